"""Requests that the server itself fails, each with an answer."""

from __future__ import annotations

from app.chat.proto import chat_pb2 as pb
from app.chat.proto import sample_pb2 as sample
from app.chat.protocol import Command, SampleCommand
from app.server.outcome import Done, Later
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
