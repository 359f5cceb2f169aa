"""Log-ins over months, and passwords that are guessed."""

from __future__ import annotations

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server.accounts import SESSION_DAYS
from app.server.errors import RefusedError
from netcore.longlink.codec import Frame
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


def test_guesses_from_everywhere_wait_longer_and_longer_and_keep_nobody_out_for_good(world):
    world.sign_up("Ada", host="192.0.2.1")
    networks = iter(range(1000))

    def guess(password="wrong password"):
        return world.log_in(world.peer(f"198.51.100.{next(networks)}"), password)

    assert [guess().code for _ in range(10)] == [pb.WRONG_PASSWORD] * 10
    waits = []
    for _ in range(10):
        refused = guess()
        assert refused.code == pb.TOO_MANY_ATTEMPTS
        waits.append(refused.retry_after)
        assert guess(PASSWORD).code == pb.TOO_MANY_ATTEMPTS  # and asking on makes it no longer
        world.now += refused.retry_after
        assert guess().code == pb.WRONG_PASSWORD
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    # The person, from where they were before: not delayed at all.
    assert world.log_in(world.peer("192.0.2.1")).code == pb.OK
    # From elsewhere: within five minutes, and known there from then on.
    stranger = world.peer("203.0.113.1")
    assert world.log_in(stranger).retry_after == 300
    world.now += 300
    assert world.log_in(stranger).code == pb.OK
    assert guess().code == pb.WRONG_PASSWORD
    assert world.log_in(world.peer("203.0.113.1")).code == pb.OK
    # And after an hour without a wrong one all is forgotten.
    world.now += 3600
    assert [guess().code for _ in range(10)] == [pb.WRONG_PASSWORD] * 10


def test_a_token_makes_its_network_known(world):
    _, token = world.sign_up("Ada")
    account = world.accounts.find("Ada")
    moved = world.peer("203.0.113.7")
    assert not world.accounts.knows_network(account.id, "203.0.113.7")
    world.ask(moved, Command.IDENTIFY, pb.Identify(token=token))
    assert world.accounts.knows_network(account.id, "203.0.113.7")
    world.now += (SESSION_DAYS + 1) * DAY
    assert not world.accounts.knows_network(account.id, "203.0.113.7")


def test_a_network_is_kept_for_the_last_twenty(world):
    world.sign_up("Ada", host="first")
    account = world.accounts.find("Ada")
    for number in range(20):
        world.now += 1
        world.accounts.note_network(account.id, f"net-{number}")
    known = [world.accounts.knows_network(account.id, f"net-{number}") for number in range(20)]
    assert known == [True] * 20
    assert not world.accounts.knows_network(account.id, "first")


def test_failed_log_ins_are_logged_and_passwords_are_not(world, caplog):
    peer, _ = world.sign_up("Ada")
    world.log_in(peer, "wrong password")
    world.log_in(peer, name="my secret password")  # typed into the wrong field
    assert "a log-in as 'Ada' from 192.0.2.1 failed: wrong password" in caplog.text
    assert "a log-in from 192.0.2.1 failed: no such account" in caplog.text
    assert "my secret password" not in caplog.text
    assert caplog.text.count("wrong password") == 1


def test_a_password_that_was_not_looked_at_is_no_try(world):
    peer, _ = world.sign_up("Ada")
    request = pb.Credentials(name="Ada", password="wrong password").SerializeToString()
    for _ in range(200):
        later = world.service.frame(peer, Frame(Command.LOG_IN, 1, request))
        later.failed(RefusedError(pb.SERVER_ERROR, "too many passwords at a time"))
    assert world.log_in(peer).code == pb.OK
    request = pb.Credentials(name="Bob", password=PASSWORD).SerializeToString()
    for _ in range(200):
        later = world.service.frame(peer, Frame(Command.SIGN_UP, 1, request))
        later.failed(RefusedError(pb.SERVER_ERROR, "too many passwords at a time"))
    world.sign_up("Bob")
