"""Files from one person to another through a real server, cut and killed on the way."""

from __future__ import annotations

import asyncio
import hashlib
import random

import pytest

from app.chat.errors import ChatError
from app.chat.files import FileInfo, file_of
from app.chat.model import MessageState
from app.chat.transfers import PieceSize, TransferState
from tests.support.people import Person

BODY = random.Random(1).randbytes(3_000_000)


async def eventually(condition, timeout=30.0):
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.fixture
async def pair(crowd):
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    chat = await ada.session.create_conversation(["Bob"])
    await bob.until(lambda: bob.session.conversations())
    return ada, bob, chat.id


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "holiday.bin"
    path.write_bytes(BODY)
    return path


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(PieceSize, "FIRST", 16 * 1024)
    monkeypatch.setattr(PieceSize, "MOST", 64 * 1024)


def held(person: Person, client_id: str) -> int:
    progress = person.session.files.progress(client_id)
    return 0 if progress is None else progress.done


async def get(person: Person, chat: str):
    """Fetch the newest message's file; its bytes."""
    message = person.session.messages(chat)[-1]
    person.session.files.fetch(message)
    await eventually(lambda: person.session.files.path(message))
    return person.session.files.path(message).read_bytes()


async def test_a_file_goes_from_one_to_another(pair, source, tmp_path) -> None:
    ada, bob, chat = pair
    message = await ada.session.files.send(chat, source, " look ")
    assert message.state is MessageState.WAITING
    await bob.sees(chat, "[holiday.bin, 3.0 MB]\nlook")
    assert await get(bob, chat) == BODY
    got = bob.session.messages(chat)[-1]
    assert file_of(got).caption == "look"
    await bob.session.files.save(got, tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == BODY
    assert (await bob.session.files.named(got)).name == "holiday.bin"
    assert ada.session.files.transfers.sent == bob.session.files.transfers.received == len(BODY)


async def test_what_the_server_has_from_us_is_not_sent_again(pair, source) -> None:
    ada, bob, chat = pair
    for number in (1, 2):
        await ada.session.files.send(chat, source)
        await bob.sees(chat, *["[holiday.bin, 3.0 MB]"] * number)
    assert ada.session.files.transfers.sent == len(BODY)


async def test_texts_do_not_wait_for_a_file(pair, source, small_pieces) -> None:
    ada, bob, chat = pair
    message = await ada.session.files.send(chat, source)
    ada.session.files.pause(message.client_id)
    ada.session.send(chat, "meanwhile")
    await bob.sees(chat, "meanwhile")
    progress = ada.session.files.progress(message.client_id)
    assert progress.state is TransferState.PAUSED
    ada.session.files.go_on(message)
    await bob.sees(chat, "meanwhile", "[holiday.bin, 3.0 MB]")


async def test_a_cancelled_file_is_gone_here_and_never_arrives(pair, source, small_pieces) -> None:
    ada, bob, chat = pair
    message = await ada.session.files.send(chat, source)
    ada.session.files.cancel(message)
    assert ada.session.messages(chat) == []
    ada.session.send(chat, "after")
    await bob.sees(chat, "after")


async def test_a_restart_of_the_server_costs_a_piece_at_most(
    pair, source, server, small_pieces
) -> None:
    ada, bob, chat = pair
    message = await ada.session.files.send(chat, source)
    await eventually(lambda: held(ada, message.client_id) > len(BODY) // 3)
    await server.stop()
    await server.start()
    await bob.sees(chat, "[holiday.bin, 3.0 MB]")
    bob.session.files.fetch(bob.session.messages(chat)[-1])
    await eventually(lambda: bob.session.files.transfers.received > len(BODY) // 3)
    await server.stop()
    await server.start()
    assert await get(bob, chat) == BODY
    assert ada.session.files.transfers.sent <= len(BODY) * 1.05
    assert bob.session.files.transfers.received <= len(BODY) * 1.05


async def test_a_restart_of_the_client_goes_on_where_it_was(pair, source, small_pieces) -> None:
    ada, bob, chat = pair
    message = await ada.session.files.send(chat, source)
    await eventually(lambda: held(ada, message.client_id) > len(BODY) // 3)
    first = ada.session.files.transfers
    await ada.close()
    source.unlink()
    await ada.open()
    await ada.session.resume()
    await bob.sees(chat, "[holiday.bin, 3.0 MB]")
    assert first.sent + ada.session.files.transfers.sent <= len(BODY) * 1.05
    assert await get(bob, chat) == BODY


async def test_what_the_server_will_not_take_fails_with_the_reason(pair, source) -> None:
    ada, _bob, chat = pair
    with pytest.raises(ChatError, match="nowhere"):
        await ada.session.files.send("nowhere", source)
    message = await ada.session.files.send(chat, source)
    await eventually(lambda: ada.session.messages(chat)[0].state is MessageState.SENT)
    info = file_of(message)
    # A lie about the size: refused for good, here and there.
    lie = FileInfo("x", "", 5, info.hash)
    desk = ada.session.files.transfers
    desk.start("lie", lie, up=False)
    await eventually(lambda: desk.progress("lie").error)
    assert desk.progress("lie").error == "bad_body"
    unknown = FileInfo("x", "", 5, hashlib.sha256().digest())
    desk.start("nobody's", unknown, up=False)
    await eventually(lambda: desk.progress("nobody's").error)
    assert desk.progress("nobody's").error == "no_such_body"


def test_the_piece_follows_the_wire() -> None:
    size = PieceSize()
    for _ in range(20):
        size.took(size.size, 0.01)
    assert size.size == PieceSize.MOST
    for _ in range(20):
        size.took(size.size, size.size / 40_000)
    assert size.size == 40_000
    for _ in range(20):
        size.failed()
    assert size.size == PieceSize.LEAST
    size.took(10, 0.5)  # the last of a file
    assert size.size == PieceSize.LEAST
