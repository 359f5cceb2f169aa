"""Log-ins over months, and passwords that are guessed."""

from __future__ import annotations

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server.accounts import SESSION_DAYS
from tests.app.server.clients import PASSWORD

DAY = 86400.0


def test_a_log_in_lasts_while_it_is_used(world):
    _, token = world.sign_up()
    for _ in range(3):
        world.now += (SESSION_DAYS - 1) * DAY
        assert world.accounts.log_in_of(token) is not None
    world.now += (SESSION_DAYS + 1) * DAY
    assert world.accounts.log_in_of(token) is None
    answer, _ = world.ask(world.peer(), Command.IDENTIFY, pb.Identify(token=token))
    assert answer.code == pb.SESSION_EXPIRED


def test_no_token_and_no_password_is_kept(world, tmp_path):
    _, token = world.sign_up()
    world.database.close()
    for path in tmp_path.iterdir():
        assert token.encode() not in path.read_bytes()
        assert PASSWORD.encode() not in path.read_bytes()


def test_wrong_passwords_are_counted_by_name_and_address_and_forgiven_after_a_minute(world):
    peer, _ = world.sign_up()
    for _ in range(5):
        assert world.log_in(peer, "wrong password").code == pb.WRONG_PASSWORD
        world.now += 1
    answer = world.log_in(peer)
    assert (answer.code, answer.retry_after) == (pb.TOO_MANY_ATTEMPTS, 55)
    assert world.log_in(world.peer("192.0.2.9")).code == pb.OK
    world.now += 55
    assert world.log_in(peer).code == pb.OK
    for _ in range(5):  # a good one forgives those before it
        assert world.log_in(peer, "wrong password").code == pb.WRONG_PASSWORD


def test_many_names_from_one_address_are_counted_together(world):
    peer = world.peer()
    codes = [world.log_in(peer, name=str(number)).code for number in range(61)]
    assert codes == [pb.WRONG_PASSWORD] * 60 + [pb.TOO_MANY_ATTEMPTS]
