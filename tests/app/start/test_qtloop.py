"""The loop's end. A crash takes the whole process, so these run in one of their own."""

import subprocess
import sys
import textwrap

import pytest

BEGIN = """
import asyncio, gc, sys, threading
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from app.start.qtloop import QtLoop

app = QCoreApplication([])

def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

def let_qt_run(ms):
    waiting = QEventLoop()
    QTimer.singleShot(ms, waiting.quit)
    waiting.exec()
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BEGIN + textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_closed_loop_is_collected_in_another_thread_and_qt_goes_on(cancelled):
    done = run(
        f"""
        gc.disable()
        for _ in range(20):
            loop = QtLoop(app)
            for wait in range(50):
                handle = loop.call_later(0.1 + wait / 1000, print, "rang")
                if {cancelled}:
                    handle.cancel()
            loop.close()
            del loop, handle
            in_a_thread(gc.collect)
        let_qt_run(400)
        print("went on")
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")


def test_what_is_asked_of_a_closed_loop_is_dropped():
    done = run(
        """
        loop = QtLoop(app)
        loop.call_soon(print, "too late")
        loop.close()
        loop.close()
        loop.call_later(0.01, print, "too late")
        loop.call_soon_threadsafe(print, "too late")
        let_qt_run(100)
        print(loop.is_closed())
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_it_runs_what_asyncio_asks_of_it():
    done = run(
        """
        async def work():
            async with asyncio.timeout(5):
                found = await asyncio.to_thread(threading.get_ident)
            await asyncio.sleep(0.01)
            return found != threading.get_ident()

        loop = QtLoop(app)
        with loop:
            print(loop.run_until_complete(work()))
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_threads_that_nobody_waits_for_may_call_while_the_loop_closes():
    done = run(
        """
        def call(loop, stop):
            while not stop.wait(0.0005):
                loop.call_soon_threadsafe(int)

        for _ in range(20):
            loop, stop = QtLoop(app), threading.Event()
            threads = [threading.Thread(target=call, args=(loop, stop)) for _ in range(4)]
            for each in threads:
                each.start()
            let_qt_run(5)
            loop.close()
            del loop
            gc.collect()
            let_qt_run(5)
            stop.set()
            for each in threads:
                each.join()
        print("went on")
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")
