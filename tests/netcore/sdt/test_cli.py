"""``phobos-net check`` as people and scripts call it."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from netcore.connect.proxy import Proxy
from netcore.sdt import cli

QUICK = ["--plain", "--no-trace", "--doh", "", "--portal", ""]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refused(*words):
    port = str(free_port())
    return cli.main(["check", *QUICK, "--longlink-port", port, "--shortlink-port", port, *words])


def test_a_server_that_is_not_there_is_1_and_said_in_a_paragraph(capsys):
    assert refused("--language", "en") == 1
    printed = capsys.readouterr()
    assert "no chat server is running there" in printed.out
    assert "[1/" in printed.err


def test_json_goes_to_the_standard_output_alone(capsys):
    assert refused("--json", "--language", "zh") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "phobos-net/1"
    assert found["verdict"]["finding"] == "server_refuses"
    assert "没有运行聊天服务器" in found["verdict"]["text"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--longlink-port", "70000"], "--longlink-port must be 1 to 65535"),
        (["--proxy", "ftp://x"], "proxy"),
        (["--doh", "http://x"], "https://"),
        (["--portal", "https://x"], "http://"),
        (["--pin", "zz"], "fingerprint"),
        (["--ca-file", "/nowhere/ca.pem"], "/nowhere/ca.pem"),
    ],
)
def test_a_wrong_argument_is_2_and_one_line(words, said, capsys):
    base = ["check", "--no-trace", "--doh", "", "--portal", ""]
    assert cli.main([*base, *words]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("phobos-net: ")
    assert said in error


def test_a_pipe_whose_reader_has_gone_is_no_error_of_ours():
    reading, writing = os.pipe()
    os.close(reading)
    port = str(free_port())
    done = subprocess.run(
        [sys.executable, "-m", "netcore.sdt.cli", "check", *QUICK, "--language", "en",
         "--longlink-port", port, "--shortlink-port", port],
        stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 1  # the server that is not there
    assert all(line.startswith("[") for line in done.stderr.splitlines())


def test_ctrl_c_ends_it_with_a_verdict_on_what_is_known():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, "-m", "netcore.sdt.cli", "check", *QUICK, "--json",
             "--longlink-port", port, "--shortlink-port", port],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip
        process.stderr.readline()  # the first result is there
        # Windows sends no Ctrl+C to one program alone, but Ctrl+Break.
        try:
            process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        except SystemError:  # os.kill() on Windows, where these tests have no console
            process.kill()
            process.communicate()
            pytest.skip("without a console there is no Ctrl+Break")
        output, _ = process.communicate(timeout=20)
    assert json.loads(output)["cancelled"]
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("system", Proxy("http", "proxy.example", 3128)),
        ("none", None),
        ("socks5://own.example", Proxy("socks5", "own.example", 1080)),
    ],
)
async def test_the_way_that_is_checked_can_be_chosen(choice, expected, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert await cli.proxies_of(choice).of("chat.example") == expected
