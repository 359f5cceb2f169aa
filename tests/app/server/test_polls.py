"""Requests that wait for news over the short link."""

from __future__ import annotations

import asyncio

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server import polls
from tests.app.server.clients import PATIENCE, frame, request


@pytest.fixture
async def two(house):
    """Ada on a long link, Bob with a token alone, and their conversation."""
    ada, bob = await house.person("Ada"), await house.person("Bob")
    made = await ada.create("Bob")
    await bob.conversation()
    await bob.close()
    return ada, bob.token, made.id


async def now(http, token) -> pb.Synced:
    return pb.Synced.FromString((await http.ask(Command.SYNC, pb.Sync(), token)).result)


async def poll(http, token, since, wait=25):
    """Ask, and give the answer's task once the server has the request."""
    body = pb.Sync(since=since, wait=wait).SerializeToString()
    http.write(request(Command.SYNC.path, body, f"Authorization: Bearer {token}"))
    task = asyncio.create_task(http.answer())  # noqa: TID251
    await asyncio.sleep(0.05)
    return task


async def answered(task) -> pb.Answer:
    async with asyncio.timeout(PATIENCE):
        status, _, body = await task
    assert status == 200
    return pb.Answer.FromString(body)


async def test_an_answer_is_kept_back_until_there_is_news(house, two):
    ada, token, chat = two
    http = await house.http()
    since = (await now(http, token)).revision
    task = await poll(http, token, since)
    assert not task.done()
    await ada.send(chat, "hello", "1")
    synced = pb.Synced.FromString((await answered(task)).result)
    assert [(each.id, each.last.text) for each in synced.conversations] == [(chat, "hello")]
    assert len(house.server.presence) == 1  # Ada's long link: the poll is no peer any more
    # The connection goes on as any other.
    assert (await now(http, token)).revision == synced.revision


async def test_without_news_it_is_answered_in_time(house, two):
    _, token, _ = two
    http = await house.http()
    found = await now(http, token)
    task = await poll(http, token, found.revision, wait=1)
    assert not task.done()
    synced = pb.Synced.FromString((await answered(task)).result)
    assert not synced.conversations and synced.revision == found.revision


async def test_what_is_new_already_is_answered_at_once(house, two):
    _, token, chat = two
    synced = pb.Synced.FromString((await answered(await poll(await house.http(), token, 0))).result)
    assert chat in [each.id for each in synced.conversations]


async def test_a_log_in_that_ends_ends_the_waiting(house, two):
    _, token, _ = two
    http, other = await house.http(), await house.http()
    task = await poll(http, token, (await now(http, token)).revision)
    await other.ask(Command.LOG_OUT, pb.LogOut(), token)
    assert (await answered(task)).code == pb.SESSION_EXPIRED


async def test_a_client_that_goes_leaves_nothing_behind(house, two):
    _, token, _ = two
    http = await house.http()
    task = await poll(http, token, (await now(http, token)).revision, wait=1)
    task.cancel()
    await http.close()
    async with asyncio.timeout(PATIENCE):
        while len(house.server.presence) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_an_account_has_so_many_and_the_oldest_is_answered(house, two, monkeypatch):
    monkeypatch.setattr(polls, "POLLS_BY_ACCOUNT", 2)
    _, token, _ = two
    since = (await now(await house.http(), token)).revision
    tasks = [await poll(await house.http(), token, since) for _ in range(3)]
    assert (await answered(tasks[0])).code == pb.OK
    assert not tasks[1].done() and not tasks[2].done()
    for task in tasks[1:]:
        task.cancel()


async def test_a_long_link_is_answered_at_once(house):
    ada = await house.person("Ada")
    found = await ada.sync()
    synced = await ada.call(Command.SYNC, pb.Sync(since=found.revision, wait=25), pb.Synced)
    assert not synced.conversations


async def test_the_server_ends_though_somebody_waits(house, two):
    _, token, _ = two
    http = await house.http()
    task = await poll(http, token, (await now(http, token)).revision)
    async with asyncio.timeout(PATIENCE):
        await house.server.close()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await task


async def test_beside_a_long_link_it_is_answered_for_what_is_not_acknowledged(house, two):
    ada, token, chat = two
    bob, http = await house.phobos(), await house.http()
    await bob.identify(token)
    since = (await now(http, token)).revision
    task = await poll(http, token, since)
    await ada.send(chat, "acknowledged", "1")
    pushed = await bob.message()
    bob.write(frame(Command.ACKNOWLEDGE, 9, acknowledgement(pushed)))
    await bob.nothing_came()
    await asyncio.sleep(1.2)  # longer than the usual time
    assert not task.done()
    await ada.send(chat, "lost", "2")
    synced = pb.Synced.FromString((await answered(task)).result)
    assert [each.last.text for each in synced.conversations] == ["lost"]
    assert (await bob.message()).text == "lost"  # the long link had it first


def acknowledgement(pushed: pb.MessageInfo) -> bytes:
    return pb.Acknowledge(revisions=[pushed.revision]).SerializeToString()
