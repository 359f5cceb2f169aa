"""Requests that the server itself fails, each with an answer."""

from __future__ import annotations

from app.chat import protocol
from app.chat.proto import chat_pb2 as pb
from app.chat.proto import sample_pb2 as sample
from app.chat.protocol import Command, SampleCommand
from app.server.response import Done, Later
from app.server.settings import Limits
from netcore.longlink.codec import Frame
from tests.app.server.clients import PASSWORD, say, string
from tests.app.server.world import World


def test_a_failing_store_is_answered_and_logged(world, caplog):
    peer, token = world.sign_up()
    guest = world.peer()
    world.database.close()
    request = pb.Send(conversation_id="0", client_id="1", text="hi")
    answer, pushes = world.ask(peer, Command.SEND, request)
    assert (answer.code, answer.detail, pushes) == (pb.SERVER_ERROR, "see the server's log", [])
    assert "Cannot operate on a closed database" in caplog.text
    outcome = world.service.http(Command.SYNC.path, "h", token, b"")
    assert pb.Answer.FromString(outcome.body).code == pb.SERVER_ERROR
    outcome = world.service.frame(guest, Frame(SampleCommand.SEND, 1, say("Anna", "hi")))
    assert b"the server could not keep the message" in outcome.body
    assert outcome.pushes == []


def test_a_failing_worker_is_answered(world, caplog):
    request = pb.Credentials(name="Ada", password=PASSWORD).SerializeToString()
    later = world.service.frame(world.peer(), Frame(Command.SIGN_UP, 1, request))
    assert isinstance(later, Later)
    done = later.failed(MemoryError("no 64 MiB left"))
    assert pb.Answer.FromString(done.body).code == pb.SERVER_ERROR
    assert "no 64 MiB left" in caplog.text


def test_hello2_is_filled_at_random(world):
    body = string(1, "mars") + string(2, "64KB")
    done = world.service.frame(world.peer(), Frame(SampleCommand.HELLO_2, 1, body))
    assert isinstance(done, Done)
    assert done.body.endswith(b"r" * 65536)


def test_who_writes_too_much_waits_on_every_device_and_no_longer(tmp_path):
    world = World(tmp_path, Limits(writes=3))
    peer, _token = world.sign_up("Ada")
    other, _ = world.sign_up("Bob")
    tablet = world.peer()
    assert world.log_in(tablet).code == pb.OK

    def send(by, number):
        request = pb.Send(conversation_id="0", client_id=str(number), text="hello")
        return world.ask(by, Command.SEND, request)[0]

    assert [send(peer, number).code for number in range(3)] == [pb.OK] * 3
    world.now += 4.0
    for device in (peer, tablet):
        refused = send(device, 3)
        assert (refused.code, refused.retry_after) == (pb.TOO_MANY_MESSAGES, 6)
    made = world.ask(peer, Command.CREATE, pb.Create(members=["Bob"]))[0]
    assert made.code == pb.TOO_MANY_MESSAGES
    assert send(other, 1).code == pb.OK
    world.now += 6.0
    assert send(peer, 3).code == pb.OK
    world.database.close()


def test_a_guest_that_writes_too_much_is_told(tmp_path):
    world = World(tmp_path, Limits(writes=2))
    guest = world.peer("192.0.2.7")
    body = sample.SendRequest(
        access_token="t", to="all", text="hello", topic="0", **{"from": "guest"}
    )

    def send():
        frame = Frame(SampleCommand.SEND, 1, body.SerializeToString())
        answer = sample.SendResponse.FromString(world.service.frame(guest, frame).body)
        return answer.err_code, answer.err_msg

    assert [send()[0] for _ in range(2)] == [0, 0]
    assert send() == (-1, "too many messages: wait 10.0 s")
    world.now += 10.0
    assert send()[0] == 0
    world.database.close()


def test_reading_is_throttled_by_account_and_by_network(tmp_path):
    world = World(tmp_path, Limits(requests=4))
    peer, token = world.sign_up("Ada")
    tablet = world.peer()
    assert world.log_in(tablet).code == pb.OK
    other, _ = world.sign_up("Bob")
    mark = pb.MarkRead(conversation_id="0", seq=0)
    reads = [(Command.SYNC, pb.Sync()), (Command.PULL, pb.Pull(conversation_id="0"))]
    reads += [(Command.FIND, pb.Find(prefix="b")), (Command.MARK_READ, mark)]
    for command, request in reads:
        assert world.ask(peer, command, request)[0].code == pb.OK
    world.now += 4.0
    reads.append((Command.CREATE, pb.Create(members=["nobody"])))
    for device in (peer, tablet):
        for command, request in reads:
            refused = world.ask(device, command, request)[0]
            assert (refused.code, refused.retry_after) == (pb.TOO_MANY_REQUESTS, 6), command
    by_http = world.service.http(Command.SYNC.path, "h", token, b"")
    assert pb.Answer.FromString(by_http.body).code == pb.TOO_MANY_REQUESTS
    assert world.ask(other, Command.SYNC, pb.Sync())[0].code == pb.OK
    # A message goes through: writing has a limit of its own.
    send = pb.Send(conversation_id="0", client_id="1", text="hello")
    assert world.ask(peer, Command.SEND, send)[0].code == pb.OK
    world.now += 6.0
    assert world.ask(peer, Command.SYNC, pb.Sync())[0].code == pb.OK
    # Who is nobody yet is counted by network: guesses of tokens, and what guests ask for.
    nobody = [world.peer("198.51.100.1") for _ in range(2)]
    wrong = [world.ask(nobody[n % 2], Command.IDENTIFY, pb.Identify(token="x")) for n in range(5)]
    expected = [pb.SESSION_EXPIRED] * 4 + [pb.TOO_MANY_REQUESTS]
    assert [answer.code for answer, _ in wrong] == expected
    hello = string(1, "mars") + string(2, "128KB")
    guest = world.peer("198.51.100.2")
    answers = [
        world.service.frame(guest, Frame(SampleCommand.HELLO_2, 1, hello)).body for _ in range(5)
    ]
    assert [len(each) > 128 * 1024 for each in answers] == [True] * 4 + [False]
    assert b"too many requests: wait 10.0 s" in answers[4]
    world.database.close()


def test_a_full_disk_is_said_to_be_one_and_nothing_is_lost(world, caplog):
    peer, token = world.sign_up()
    guest = world.peer()
    pages = world.database.one("PRAGMA page_count")[0]
    world.database.execute(f"PRAGMA max_page_count = {pages}")
    refused = None
    sent = 0
    while refused is None:
        request = pb.Send(conversation_id="0", client_id=str(sent), text="x" * 4000)
        answer, pushes = world.ask(peer, Command.SEND, request)
        if answer.code == pb.OK:
            sent += 1
        else:
            refused = answer
            assert pushes == []
    assert (refused.code, refused.retry_after) == (pb.SERVER_FULL, 30)
    assert "the server's disk is full" in refused.detail
    assert "disk of the data folder is full" in caplog.text
    assert "Traceback" not in caplog.text
    outcome = world.service.frame(guest, Frame(SampleCommand.SEND, 1, say("Anna", "y" * 9000)))
    assert b"the server's disk is full" in outcome.body
    # What needs no room works on: reading, and a log-in whose use cannot be noted.
    world.now += 7200.0
    moved = world.peer("203.0.113.1")
    assert world.ask(moved, Command.IDENTIFY, pb.Identify(token=token))[0].code == pb.OK
    assert world.ask(peer, Command.SYNC, pb.Sync())[0].code == pb.OK
    world.database.execute("PRAGMA max_page_count = 1000000")
    answer, _ = world.ask(peer, Command.SEND, request)
    assert (answer.code, pb.Sent.FromString(answer.result).seq) == (pb.OK, sent + 1)


def test_names_of_any_length_are_refused_before_they_are_looked_at(world, monkeypatch):
    """80,000 combining marks take NFKC seconds; they are never given to it."""
    looked_at = []

    def normalize(form, text):
        looked_at.append(len(text))
        return text

    peer, _ = world.sign_up()
    monkeypatch.setattr("app.chat.protocol.unicodedata.normalize", normalize)
    long = "a" + "\u0301\u0316" * 20_000
    requests = [
        (Command.CREATE, pb.Create(members=[long, long]), pb.NO_SUCH_PERSON),
        (Command.LOG_IN, pb.Credentials(name=long, password="x" * 9), pb.WRONG_PASSWORD),
        (Command.SIGN_UP, pb.Credentials(name=long, password="x" * 9), pb.BAD_NAME),
        (Command.FIND, pb.Find(prefix=long), pb.OK),
        (Command.CREATE, pb.Create(members=["b"], title=long), pb.BAD_TITLE),
    ]
    for command, request, code in requests:
        assert world.ask(peer, command, request)[0].code == code
    assert protocol.name_key(long) == long  # it is nobody's
    assert max(looked_at, default=0) <= protocol.MAX_NAME
