"""Requests that the server itself fails, each with an answer."""

from __future__ import annotations

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, SampleCommand
from app.server.outcome import Done, Later
from netcore.longlink.codec import Frame
from tests.app.server.clients import PASSWORD, say, string


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
