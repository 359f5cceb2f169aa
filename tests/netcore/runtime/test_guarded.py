"""Calls that hang: shared, bounded, and waited for by nobody."""

import asyncio
import subprocess
import sys
import textwrap
import threading

import pytest

from netcore.runtime.guarded import GuardedCalls, guarded, guarded_calls


async def test_a_call_s_result_and_its_exception_come_back():
    calls = GuardedCalls()
    assert await calls.run("key", lambda: 7, timeout=5) == 7

    def fails():
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await calls.run("key", fails, timeout=5)
    assert calls.threads == 0


async def test_callers_with_one_key_share_one_call():
    release, entered = threading.Event(), []

    def call():
        entered.append(1)
        release.wait(30)
        return "done"

    calls = GuardedCalls()
    with pytest.raises(TimeoutError):
        await calls.run("key", call, timeout=0.02)
    waiting = asyncio.gather(*(calls.run("key", call, timeout=30) for _ in range(5)))
    await asyncio.sleep(0)
    release.set()
    assert await waiting == ["done"] * 5
    assert entered == [1]


async def test_no_more_than_the_limit_run_and_the_others_take_their_turns():
    release = threading.Event()
    calls = GuardedCalls(limit=2)
    held = [calls.run(number, lambda: release.wait(30), timeout=30) for number in range(2)]
    first = asyncio.gather(*held)
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await calls.run("late", lambda: 1, timeout=0.02)
    waiting = asyncio.gather(*(calls.run(f"w{n}", lambda n=n: n, timeout=30) for n in range(6)))
    await asyncio.sleep(0)
    assert calls.threads == 2
    release.set()
    assert await first == [True, True]
    assert await waiting == list(range(6))
    assert calls.threads == 0


async def test_each_loop_has_its_own_calls():
    assert guarded_calls() is guarded_calls()
    mine = guarded_calls()
    others = []
    thread = threading.Thread(target=lambda: asyncio.run(keep(others)))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert others[0] is not mine


async def keep(where):
    where.append(guarded_calls())


def test_neither_the_loop_nor_the_program_waits_for_a_call_that_hangs():
    program = """
        import asyncio, threading
        from netcore.runtime.guarded import guarded

        async def main():
            try:
                await guarded("hangs", lambda: threading.Event().wait(600), timeout=0.05)
            except TimeoutError:
                print("left")

        asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["left"]


async def test_the_module_s_function_uses_the_running_loop_s():
    assert await guarded("key", threading.get_ident, timeout=5) != threading.get_ident()
