"""examples/: each program runs as a person would run it, and does what its text says."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.support.server_process import ServerProcess

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


async def run(name: str, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(EXAMPLES / name), *words),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=PIPE,
        stderr=PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_hello_is_answered(tmp_path):
    async with ServerProcess(tmp_path, "--plain") as server:
        code, out, err = await run("hello.py", "127.0.0.1", str(server.longlink_port))
    assert (code, err) == (0, "")
    assert "congratulations, world" in out


async def test_hello_says_why_there_is_no_answer(free_port):
    code, out, err = await run("hello.py", "127.0.0.1", str(free_port))
    assert code == 1
    assert out.startswith("no answer: ")
    assert "nothing listens there" in err


async def test_a_push_is_heard(tmp_path):
    async with ServerProcess(tmp_path, "--plain") as server:
        code, out, err = await run("push.py", "127.0.0.1", str(server.longlink_port))
    assert (code, out, err) == (0, "pushed: Is anybody there?\n", "")


async def test_a_large_task_goes_over_the_short_link_and_is_watched(tmp_path):
    async with ServerProcess(tmp_path, "--plain") as server:
        code, out, err = await run("large_task.py", "127.0.0.1", str(server.shortlink_port))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "  TaskSent" in lines
    assert "  ShortlinkAnswered" in lines
    [told] = [line for line in lines if line.startswith("OK after ")]
    sent = re.search(r"(\d+) bytes sent", told)
    assert sent is not None
    assert int(sent[1]) > 1_000_000


async def test_what_the_handler_logs_the_reader_reads_with_the_key_alone(tmp_path):
    code, key, err = await run("log_handler.py", str(tmp_path))
    assert (code, err) == (0, "")
    [path] = tmp_path.glob("example_*.xlog")
    assert b"customers" not in path.read_bytes()
    code, out, err = await run("read_log.py", str(path), key.strip())
    assert (code, err) == (0, "")
    assert "INFO | example.shop | open for 3 customers" in out
    assert "ZeroDivisionError" in out
    assert out.endswith("1 record(s) from WARN up\n")
    code, out, err = await run("read_log.py", str(path))
    assert code == 0
    assert "customers" not in out
    assert "!" in out  # it says that a key is missing


async def test_a_file_that_is_no_log_is_named(tmp_path):
    (tmp_path / "x.xlog").write_text("plain text")
    code, out, err = await run("read_log.py", str(tmp_path / "x.xlog"))
    assert (code, out) == (1, "")
    assert "holds no xlog block" in err


async def test_the_server_runs_inside_a_program():
    code, out, err = await run("server_in_process.py")
    assert (code, err) == (0, "")
    assert re.match(r"long link: .*congratulations, me.*\nshort link: .*congratulations, me", out)


def test_every_program_is_named_in_the_readme_and_tested():
    programs = {path.name for path in EXAMPLES.glob("*.py")}
    named = set(re.findall(r"\]\((\w+\.py)\)", (EXAMPLES / "README.md").read_text("utf-8")))
    tested = set(re.findall(r'run\("(\w+\.py)"', Path(__file__).read_text("utf-8")))
    assert programs == named == tested


@pytest.fixture
def free_port():
    import socket

    with socket.socket() as held:  # bound and not listening: a connection is refused
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
