"""phobos-server as a process: its line, its ends, its refusals, SIGKILL and TLS."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sqlite3
import ssl
import sys
import threading

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server import __main__ as entry
from app.server.database import FILE_NAME
from netcore.connect.certificate import load_or_make
from netcore.connect.tls import TlsSettings
from netcore.runtime.stalls import StallSettings
from netcore.runtime.task_holder import TaskHolder
from netcore.runtime.watchdog import Watchdog
from tests.app.server.clients import HOST, PATIENCE, Http, frame
from tests.support.server_process import ROOT, ServerProcess


def test_the_defaults():
    settings = entry.settings_from(entry.parser().parse_args([]))
    assert (settings.host, settings.longlink_port, settings.shortlink_port) == (
        "0.0.0.0",
        8081,
        8080,
    )
    assert not settings.plain
    assert settings.data.name == "phobos-server"


@pytest.mark.parametrize(
    "bad", [["--longlink-port", "x"], ["--shortlink-port", "65536"], ["--nope"]]
)
def test_a_wrong_argument_is_told_in_one_line(bad, capsys):
    with pytest.raises(SystemExit) as ended:
        entry.main(bad)
    assert ended.value.code == 2
    assert "phobos-server: error: " in capsys.readouterr().err


async def test_it_says_where_it_listens_and_ends_when_told(tmp_path):
    async with ServerProcess(tmp_path, "--plain") as server:
        client = await server.client()
        await client.nothing_came()
        assert await server.terminate() == 0
        assert await client.was_closed() == b""
        await client.close()
    assert "asked to end" in server.log
    assert "Traceback" not in server.log


async def test_it_ends_with_the_process_that_holds_its_input(tmp_path):
    async with ServerProcess(tmp_path, "--plain", "--end-with-stdin") as server:
        await (await server.client()).close()
        assert server.process.stdin is not None
        server.process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            assert await server.process.wait() == 0


async def test_a_name_of_several_addresses_gets_one_port(tmp_path):
    async with ServerProcess(tmp_path, "--plain", "--host", "localhost") as server:
        reader, writer = await asyncio.open_connection("localhost", server.longlink_port)
        writer.write(frame(6, 1))
        assert await reader.readexactly(20) == frame(6, 1)
        writer.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_the_server_allows_itself_as_many_files_as_it_takes_clients():
    import resource

    kept = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, kept[1]))
        entry._allow_files(300)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300
        entry._allow_files(200)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, kept)


async def test_it_ends_while_a_password_is_checked(tmp_path):
    async with ServerProcess(tmp_path, "--plain") as server:
        client = await server.client()
        request = pb.Credentials(name="Ada", password="long enough").SerializeToString()
        client.write(frame(Command.SIGN_UP, 1, request) + frame(Command.SIGN_UP, 2, request))
        await client.writer.drain()
        assert await server.terminate() == 0
        await client.close()
    assert "Traceback" not in server.log


@pytest.mark.parametrize("link", ["longlink", "shortlink"])
async def test_a_port_that_is_taken(tmp_path, link):
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        ports = (port, 0) if link == "longlink" else (0, port)
        code, out, err = await ServerProcess(tmp_path, ports=ports).run()
    assert (code, out) == (entry.EXIT_LISTEN, "")
    last = err.splitlines()[-1]
    assert last.startswith("phobos-server: ")
    assert f"port {port} of {HOST} is taken by another program" in last
    assert f"give --{link}-port another port" in last
    assert "Traceback" not in err


async def test_an_address_that_is_not_ours(tmp_path):
    code, _, err = await ServerProcess(tmp_path, "--host", "192.0.2.1").run()
    assert code == entry.EXIT_LISTEN
    assert "see --host" in err
    assert "Traceback" not in err


async def test_a_data_folder_that_cannot_be_used(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    code, out, err = await ServerProcess(blocked / "data").run()
    assert (code, out) == (entry.EXIT_DATA, "")
    assert "the data folder" in err
    assert "--data" in err
    assert "Traceback" not in err


async def test_a_data_folder_that_another_server_uses(tmp_path):
    async with ServerProcess(tmp_path, "--plain") as first:
        code, _, err = await ServerProcess(tmp_path, "--plain").run()
        assert code == entry.EXIT_DATA
        assert f"another server uses the data folder {tmp_path}" in err
        client = await first.client()  # which is not disturbed
        await client.sign_up("Ada")
        await client.close()


async def test_a_damaged_database_is_told_and_left_alone(tmp_path):
    path = tmp_path / FILE_NAME
    for damage in (b"no database at all" * 1000, None):
        if damage is None:
            path.unlink()
            async with ServerProcess(tmp_path, "--plain") as server:
                client = await server.client()
                await client.sign_up("Ada")
                for number in range(200):
                    await client.send("0", "x" * 1000, str(number))
                await client.close()
                await server.terminate()
            whole = bytearray(path.read_bytes())
            for at in range(40_000, len(whole), 4096):
                whole[at : at + 64] = os.urandom(64)
            damage = bytes(whole)
        path.write_bytes(damage)
        code, out, err = await ServerProcess(tmp_path, "--plain").run()
        assert (code, out) == (entry.EXIT_DATA, "")
        assert f"{path} cannot be used as the server's database" in err
        assert "move it away" in err
        assert "Traceback" not in err
        assert path.read_bytes() == damage


async def test_a_database_of_a_later_version_is_told(tmp_path):
    database = sqlite3.connect(tmp_path / FILE_NAME)
    database.execute("PRAGMA user_version = 99")
    database.close()
    code, _, err = await ServerProcess(tmp_path).run()
    assert code == entry.EXIT_DATA
    assert "format 99" in err


async def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path):
    """Killed again and again in the middle of a stream of messages, on the same ports."""
    ports = (0, 0)
    token = conversation = ""
    acknowledged: dict[str, int] = {}
    number = 0
    for life in range(4):
        async with ServerProcess(tmp_path, "--plain", "--write-limit", "0", ports=ports) as server:
            ports = (server.longlink_port, server.shortlink_port)
            client = await server.client()
            if not token:
                token = (await client.sign_up("Ada")).token
                other = await (await server.client()).sign_up("Bob")
                conversation = (await client.create("Bob", client_id="c")).id
                await other.close()
            else:
                await client.identify(token)
            if acknowledged:  # the last one before the kill again, as a client would
                client_id, seq = list(acknowledged.items())[-1]
                again = await client.send(conversation, client_id, client_id)
                assert (again.seq, again.duplicate) == (seq, True)
            # All at once, and the server dies while it answers.
            wanted = 400 if life < 3 else 10
            for _ in range(wanted):
                number += 1
                request = pb.Send(
                    conversation_id=conversation, client_id=str(number), text=str(number)
                )
                client.write(frame(Command.SEND, number, request.SerializeToString()))
            for _ in range(wanted // 2):
                got = await client.receive()
                answer = pb.Answer.FromString(got.body)
                assert answer.code == pb.OK
                acknowledged[str(got.seq)] = pb.Sent.FromString(answer.result).seq
            await server.kill()
            rest = await client.was_closed()
            assert b"Traceback" not in rest
            await client.close()
    async with ServerProcess(tmp_path, "--plain", ports=ports) as server:
        client = await server.client()
        await client.identify(token)
        kept: dict[str, int] = {}
        more = True
        last = 0
        while more:
            page = await client.pull(conversation, after=last)
            for each in page.messages:
                assert each.seq == last + 1  # without a gap, each once
                last = each.seq
                kept[each.client_id] = each.seq
            more = page.more
        assert len(kept) == last
        assert acknowledged.items() <= kept.items()
        await client.close()


async def test_tls_is_the_default_and_its_certificate_stays_the_same(tmp_path):
    for _ in range(2):
        async with ServerProcess(tmp_path) as server:
            fingerprint = load_or_make(tmp_path).fingerprint
            context = TlsSettings(pins=frozenset([fingerprint])).context()
            assert context is not None
            client = await server.client(context)
            wrapped = client.writer.get_extra_info("ssl_object")
            assert wrapped.version() == "TLSv1.3"
            await client.nothing_came()
            http = await Http.connect(server.shortlink_port, context)
            answer = await http.ask(Command.FIND, pb.Find())
            assert answer.code == pb.NOT_LOGGED_IN
            with pytest.raises(ssl.SSLCertVerificationError):
                await server.client(TlsSettings(pins=frozenset(["ab" * 32])).context())
            plain = await server.client()
            plain.write(frame(6, 1))
            assert frame(6, 1) not in await plain.was_closed()
            await plain.close()
            await http.close()
            await client.close()
            assert await server.terminate() == 0
        assert "clients without TLS need --plain" in server.log


async def test_a_whole_chat_by_tls_in_one_process(start):
    house = await start(plain=False)
    house.tls = TlsSettings(pins=frozenset([house.server.fingerprint])).context()
    ada, bob = await house.person("Ada"), await house.person("Bob")
    made = await ada.create("Bob")
    await bob.conversation()
    await ada.send(made.id, "🚀" * 16_000, "1")
    assert len((await bob.message()).text) == 16_000
    guest = await house.guest()
    await ada.send("0", "hi", "2")
    await bob.message()
    await guest.heard()


@pytest.mark.skipif(sys.platform == "win32", reason="no folder modes there")
async def test_what_is_kept_can_be_read_by_its_owner_alone(tmp_path):
    async with ServerProcess(tmp_path) as server:
        pins = frozenset([load_or_make(tmp_path).fingerprint])
        client = await server.client(TlsSettings(pins=pins).context())
        await client.close()
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path.name


async def test_clients_of_a_closed_pipe_do_not_end_it(tmp_path):
    """Who started the server may not be there any more to read its line."""
    server = ServerProcess(tmp_path, "--plain")
    reading, writing = os.pipe()
    os.close(reading)
    server.process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app.server", *server.options),
        cwd=ROOT,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    os.close(writing)
    assert server.process.stderr is not None
    async with asyncio.timeout(20):
        while b"long link on" not in await server.process.stderr.readline():
            pass
    assert await server.terminate() == 0


async def test_a_loop_that_stands_still_is_in_the_servers_log(tmp_path, monkeypatch):
    noticed = threading.Event()

    class Noticed(logging.Handler):
        def emit(self, record):
            noticed.set()

    log, handler = logging.getLogger("netcore.watchdog"), Noticed()
    log.addHandler(handler)
    hasty = StallSettings(period=0.02, stall=0.05)
    monkeypatch.setattr(entry, "Watchdog", lambda: Watchdog(hasty))
    ready = asyncio.Event()
    monkeypatch.setattr(entry, "_say", lambda line: ready.set())
    arguments = ["--plain", "--host", HOST, "--longlink-port", "0", "--shortlink-port", "0"]
    settings = entry.settings_from(entry.parser().parse_args([*arguments, "--data", str(tmp_path)]))
    tasks = TaskHolder("serving")
    tasks.start(entry.serve(settings), "serve")
    await ready.wait()
    assert noticed.wait(30.0)
    await tasks.close()
    log.removeHandler(handler)
