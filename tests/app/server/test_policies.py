"""The server's decisions in virtual time, without a socket."""

from __future__ import annotations

import dataclasses
import sqlite3

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, SampleCommand
from app.server.accounts import SESSION_DAYS, Accounts, LogIn
from app.server.chat import Chat
from app.server.connection import network_of
from app.server.conversations import Conversations
from app.server.database import Database
from app.server.messages import Messages
from app.server.outcome import Done, Later
from app.server.passwords import Passwords
from app.server.presence import Peer, Presence
from app.server.refusal import RefusedError
from app.server.sample import Sample
from app.server.service import Service
from app.server.settings import Limits
from app.server.throttle import MAX_KEYS, Throttle
from netcore.longlink.codec import Frame
from tests.app.server.clients import PASSWORD, say, string
from tests.app.server.conftest import CHEAP

DAY = 86400.0


class World:
    """A service over a real store, with a clock that we turn."""

    def __init__(self, folder, limits=None):
        self.now = 1_800_000_000.0
        self.database = Database(folder, wall=lambda: self.now)
        self.presence = Presence()
        self.accounts = Accounts(self.database)
        self.messages = Messages(self.database)
        self.conversations = Conversations(self.database, self.messages)
        sample = Sample(
            self.conversations, self.messages, self.presence, random_bytes=lambda size: b"r" * size
        )
        chat = Chat(
            self.database.server_id,
            self.accounts,
            self.conversations,
            self.messages,
            self.presence,
            sample,
            Passwords(CHEAP),
            limits or Limits(),
            clock=lambda: self.now,
            revision=self.database.revision,
        )
        self.service = Service(self.accounts, chat, sample, wall=lambda: self.now)
        self.sent = []

    def peer(self, host="192.0.2.1"):
        peer = Peer(host, lambda data: self.sent.append((peer, data)))
        self.presence.add(peer)
        return peer

    def ask(self, peer, command, request):
        outcome = self.service.frame(peer, Frame(command, 1, request.SerializeToString()))
        if isinstance(outcome, Later):
            outcome = outcome.then(outcome.job())
        return pb.Answer.FromString(outcome.body), outcome.pushes

    def log_in(self, peer, password=PASSWORD, name="Ada"):
        return self.ask(peer, Command.LOG_IN, pb.Credentials(name=name, password=password))[0]

    def sign_up(self, name="Ada", host="192.0.2.1"):
        peer = self.peer(host)
        request = pb.Credentials(name=name, password=PASSWORD)
        answer, _ = self.ask(peer, Command.SIGN_UP, request)
        assert answer.code == pb.OK
        return peer, pb.LoggedIn.FromString(answer.result).token


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.database.close()


# -- the throttle -------------------------------------------------------------------------------


def test_a_throttle_counts_in_a_sliding_window():
    throttle = Throttle(2, 60.0)
    assert [throttle.attempt("a", now) for now in (0.0, 30.0)] == [0.0, 0.0]
    assert throttle.attempt("a", 31.0) == 29.0
    assert throttle.attempt("b", 31.0) == 0.0
    assert throttle.attempt("a", 60.0) == 0.0
    assert throttle.attempt("a", 60.0) == 30.0
    throttle.forget("a")
    assert throttle.attempt("a", 60.0) == 0.0


def test_a_throttle_forgets_idle_keys():
    throttle = Throttle(1, 60.0)
    for key in range(MAX_KEYS):
        throttle.attempt(key, 0.0)
    assert throttle.attempt("new", 61.0) == 0.0
    assert len(throttle._tries) == 1


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


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_attempts_are_counted_by_network(host, network):
    assert network_of(host) == network


# -- log-ins ------------------------------------------------------------------------------------


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


def test_passwords():
    passwords = Passwords(CHEAP)
    kept = passwords.hash("a password")
    assert kept.startswith("$argon2id$")
    assert kept != passwords.hash("a password")
    assert passwords.check(kept, "a password")
    assert not passwords.check(kept, "another")
    assert not passwords.check(None, "a password")
    assert not passwords.check("no hash at all", "a password")


# -- presence -----------------------------------------------------------------------------------


def test_presence_knows_who_is_who():
    presence = Presence()
    ada, other = LogIn(1, "Ada", b"a"), LogIn(1, "Ada", b"b")
    one, two, guest = (Peer(str(number), lambda data: None) for number in range(3))
    for each in (one, two, guest):
        presence.add(each)
    assert presence.guests() == [one, two, guest]
    one.speaks_phobos = two.speaks_phobos = True
    presence.identify(one, ada)
    presence.identify(two, other)
    assert presence.guests() == [guest]
    assert presence.of_accounts([1, 2]) == [one, two]
    assert presence.of_accounts([1], but=ada) == [two]
    assert presence.of_log_in(ada) == [one]
    presence.identify(two, LogIn(2, "Bob", b"c"))
    assert presence.of_accounts([1]) == [one]
    presence.remove(one)
    presence.remove(one)
    assert presence.of_accounts([1]) == []
    assert (one.log_in, len(presence)) == (None, 2)


# -- the service --------------------------------------------------------------------------------


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


# -- the store ----------------------------------------------------------------------------------


def test_a_transaction_is_all_or_nothing(world):
    with pytest.raises(RuntimeError), world.database.transaction():
        world.database.next_revision()
        raise RuntimeError
    before = world.database.revision()
    with world.database.transaction():
        assert world.database.next_revision() == before + 1


def test_a_full_disk_loses_the_message_alone(world):
    """The store refuses to grow, as on a full disk, and works on when there is room again."""
    account = world.accounts.add("Ada", "hash")
    _, sender = world.accounts.log_in(account, "d")
    pages = world.database.one("PRAGMA page_count")[0]
    world.database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        for number in range(100):
            text = "x" * 4000
            world.messages.add("0", text, sender=sender, client_id=str(number))
    kept, _ = world.messages.page("0", account.id, limit=1000)
    world.database.execute("PRAGMA max_page_count = 1000000")
    info, new = world.messages.add("0", "there is room", sender=sender, client_id="last")
    assert (info.seq, new) == (len(kept) + 1, True)


def test_a_client_id_of_another_conversation_is_refused(world):
    _, sender = world.accounts.log_in(world.accounts.add("Ada", "hash"), "d")
    world.messages.add("0", "hi", sender=sender, client_id="1")
    with pytest.raises(RefusedError) as refused:
        world.messages.add("1", "hi", sender=sender, client_id="1")
    assert refused.value.code == pb.BAD_REQUEST


def test_a_new_account_has_read_what_was_said_before_it_came(world):
    world.messages.add_guest("0", "before", sender="~Anna")
    ada = world.accounts.add("Ada", "hash")
    seen = world.conversations.get("0", ada.id)
    assert (seen.last_seq, seen.read_seq) == (1, 1)


def test_a_store_opened_again_is_the_same(world, tmp_path):
    server_id, revision = world.database.server_id, world.database.revision()
    world.database.close()
    again = World(tmp_path)
    assert (again.database.server_id, again.database.revision()) == (server_id, revision)
    again.database.close()


def test_limits_have_sane_relations():
    limits = Limits()
    assert limits.write_buffer > limits.max_package
    assert limits.frame_timeout < limits.frame_total_timeout < limits.idle_timeout
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.max_package = 1
