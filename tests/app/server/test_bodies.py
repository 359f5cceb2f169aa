import errno
import hashlib

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_PIECE, Command
from app.server.settings import Limits
from tests.app.server.world import World

BODY = bytes(range(256)) * 40
HASH = hashlib.sha256(BODY).digest()
LIMITS = Limits(body_size=20_000, bodies=25_000, requests=0, writes=0)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, LIMITS)
    yield made
    made.database.close()


def upload(world, peer, offset=0, data=b"", *, body=BODY, size=None):
    request = pb.Upload(
        hash=hashlib.sha256(body).digest(), size=size or len(body), offset=offset, data=data
    )
    answer, _ = world.ask(peer, Command.UPLOAD, request)
    return answer.code, pb.Uploaded.FromString(answer.result)


def download(world, peer, offset=0, limit=0, body_hash=HASH):
    request = pb.Download(hash=body_hash, offset=offset, limit=limit)
    answer, _ = world.ask(peer, Command.DOWNLOAD, request)
    return answer.code, pb.Downloaded.FromString(answer.result)


def create(world, peer, *names):
    answer, _ = world.ask(peer, Command.CREATE, pb.Create(members=names, client_id="c"))
    return pb.ConversationInfo.FromString(answer.result).id


def send(world, peer, conversation_id, *hashes, client_id="m"):
    request = pb.Send(
        conversation_id=conversation_id, client_id=client_id, content=b"x", bodies=hashes
    )
    return world.ask(peer, Command.SEND, request)[0].code


def stored(tmp_path):
    return sorted(each.name for each in (tmp_path / "bodies").rglob("*") if each.is_file())


def test_pieces_are_put_together_and_each_answer_says_where_to_go_on(world, tmp_path):
    ada, _ = world.sign_up("Ada")
    assert upload(world, ada) == (pb.OK, pb.Uploaded())
    assert upload(world, ada, 0, BODY[:4000]) == (pb.OK, pb.Uploaded(held=4000))
    # The same again, with a gap, and over the border: only what is next is kept.
    assert upload(world, ada, 0, BODY[:4000]) == (pb.OK, pb.Uploaded(held=4000))
    assert upload(world, ada, 5000, BODY[5000:]) == (pb.OK, pb.Uploaded(held=4000))
    assert upload(world, ada) == (pb.OK, pb.Uploaded(held=4000))
    done = (pb.OK, pb.Uploaded(held=len(BODY), complete=True))
    assert upload(world, ada, 3000, BODY[3000:]) == done
    assert upload(world, ada) == done
    assert stored(tmp_path) == [HASH.hex()]
    assert download(world, ada) == (pb.OK, pb.Downloaded(size=len(BODY), data=BODY))
    assert download(world, ada, 100, 7) == (
        pb.OK,
        pb.Downloaded(size=len(BODY), data=BODY[100:107]),
    )
    assert download(world, ada, 1 << 60) == (pb.OK, pb.Downloaded(size=len(BODY)))


def test_an_upload_goes_on_after_the_server_was_started_again(tmp_path):
    first = World(tmp_path, LIMITS)
    first.sign_up("Ada")
    upload(first, next(iter(first.presence.known())), 0, BODY[:5000])
    first.database.close()
    second = World(tmp_path, LIMITS)
    second.bodies.tidy()
    ada = second.peer()
    second.log_in(ada)
    assert upload(second, ada)[1].held == 5000
    assert upload(second, ada, 5000, BODY[5000:])[1].complete
    second.database.close()


def test_a_kill_between_the_file_and_the_database_costs_nothing(world, tmp_path):
    ada, _ = world.sign_up("Ada")
    request = pb.Upload(hash=HASH, size=len(BODY), data=BODY)
    key = world.bodies.upload(ada.log_in, request)
    assert world.bodies.take(key, request).complete
    world.bodies.undo(key)  # the database was never told
    assert upload(world, ada) == (pb.OK, pb.Uploaded(held=len(BODY), complete=True))
    assert stored(tmp_path) == [HASH.hex()]


def test_who_may_read_is_who_sent_it_and_who_is_where_it_was_sent(world):
    ada, _ = world.sign_up("Ada")
    bob, _ = world.sign_up("Bob")
    eve, _ = world.sign_up("Eve")
    upload(world, ada, 0, BODY)
    assert download(world, bob)[0] == pb.NO_SUCH_BODY
    both = create(world, ada, "Bob")
    assert send(world, ada, both, HASH) == pb.OK
    assert download(world, bob)[1].data == BODY
    assert download(world, eve)[0] == pb.NO_SUCH_BODY
    # Who reads it may send it on, without its bytes; who knows only the hash may not.
    assert upload(world, bob)[1].complete
    assert send(world, bob, both, HASH) == pb.OK
    assert send(world, eve, create(world, eve, "Bob"), HASH) == pb.NO_SUCH_BODY


def test_a_body_is_kept_once_but_its_hash_is_no_key_to_it(world, tmp_path):
    ada, _ = world.sign_up("Ada")
    eve, _ = world.sign_up("Eve")
    upload(world, ada, 0, BODY)
    assert upload(world, eve) == (pb.OK, pb.Uploaded())
    assert upload(world, eve, 0, BODY)[1].complete
    assert stored(tmp_path) == [HASH.hex()]


def test_a_body_in_a_public_conversation_is_everybodys(world):
    ada, _ = world.sign_up("Ada")
    world.conversations.ensure_public("0", "Notices")
    upload(world, ada, 0, BODY)
    assert send(world, ada, "0", HASH) == pb.OK
    eve, _ = world.sign_up("Eve")
    assert download(world, eve)[1].data == BODY


def test_bytes_that_do_not_have_the_hash_are_thrown_away(world, tmp_path):
    ada, _ = world.sign_up("Ada")
    assert upload(world, ada, 0, b"x" * len(BODY))[0] == pb.BAD_BODY
    assert stored(tmp_path) == []
    assert upload(world, ada, 0, BODY)[1].complete


def test_a_size_that_was_a_lie_does_not_stand_in_the_way_of_the_right_one(world):
    ada, _ = world.sign_up("Ada")
    assert upload(world, ada, 0, BODY + b"more", size=len(BODY) + 9)[1].held == len(BODY) + 4
    assert upload(world, ada)[1].held == 0
    assert upload(world, ada, 0, BODY)[1].complete
    assert upload(world, ada, size=5)[0] == pb.BAD_BODY


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (pb.Upload(hash=b"short", size=5), pb.BAD_REQUEST),
        (pb.Upload(hash=HASH), pb.BAD_REQUEST),
        (pb.Upload(hash=HASH, size=5, offset=3, data=b"xxx"), pb.BAD_REQUEST),
        (pb.Upload(hash=HASH, size=5, offset=1 << 63, data=b"x"), pb.BAD_REQUEST),
        (pb.Upload(hash=HASH, size=20_000, data=bytes(MAX_PIECE + 1)), pb.BAD_REQUEST),
        (pb.Upload(hash=HASH, size=20_001), pb.BODY_TOO_LARGE),
        (pb.Upload(hash=HASH, size=1 << 63), pb.BODY_TOO_LARGE),
    ],
)
def test_what_makes_no_sense_is_refused(world, request_, code):
    ada, _ = world.sign_up("Ada")
    assert world.ask(ada, Command.UPLOAD, request_)[0].code == code


def test_nobody_uploads_or_downloads_without_a_log_in(world):
    assert upload(world, world.peer())[0] == pb.NOT_LOGGED_IN
    assert download(world, world.peer())[0] == pb.NOT_LOGGED_IN


def test_what_is_announced_counts_for_the_quota(world):
    ada, _ = world.sign_up("Ada")
    assert upload(world, ada, 0, BODY[:1])[0] == pb.OK
    other = b"y" * 15_000
    assert upload(world, ada, body=other)[0] == pb.QUOTA_FULL
    assert upload(world, ada, 1, BODY[1:])[1].complete
    assert upload(world, ada, body=other)[0] == pb.QUOTA_FULL
    assert upload(world, ada, body=other[:14_000])[0] == pb.OK


def test_a_full_disk_puts_off_and_keeps_what_is_there(world, monkeypatch):
    ada, _ = world.sign_up("Ada")
    upload(world, ada, 0, BODY[:4000])

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(world.bodies._files, "take", full)
        request = pb.Upload(hash=HASH, size=len(BODY), offset=4000, data=BODY[4000:])
        answer, _ = world.ask(ada, Command.UPLOAD, request)
        assert (answer.code, answer.retry_after) == (pb.SERVER_FULL, 30)
    assert upload(world, ada)[1].held == 4000


def test_two_pieces_of_one_body_are_not_written_at_a_time(world):
    ada, _ = world.sign_up("Ada")
    request = pb.Upload(hash=HASH, size=len(BODY), data=BODY)
    key = world.bodies.upload(ada.log_in, request)
    assert upload(world, ada, 0, BODY)[0] == pb.TOO_EARLY
    world.bodies.finish(key, len(BODY), world.bodies.take(key, request))
    assert upload(world, ada)[1].complete


def test_what_nobody_goes_on_with_expires_and_what_a_message_refers_to_does_not(world, tmp_path):
    ada, _ = world.sign_up("Ada")
    world.sign_up("Bob")
    for body in (b"in a message", b"in none"):
        assert upload(world, ada, 0, body, body=body)[1].complete
    used = hashlib.sha256(b"in a message").digest()
    assert send(world, ada, create(world, ada, "Bob"), used) == pb.OK
    upload(world, ada, 0, BODY[:10])
    world.now += LIMITS.unfinished - 1
    world.bodies.sweep()
    assert len(stored(tmp_path)) == 3
    world.now += 601
    world.bodies.sweep()
    assert stored(tmp_path) == [used.hex()]
    assert upload(world, ada)[1].held == 0


def test_a_part_that_the_database_does_not_know_is_deleted_at_the_start(world, tmp_path):
    ada, _ = world.sign_up("Ada")
    upload(world, ada, 0, BODY[:10])
    (tmp_path / "bodies" / "parts" / "9-00").write_bytes(b"x")
    world.bodies.tidy()
    assert stored(tmp_path) == [f"{ada.log_in.account_id}-{HASH.hex()}"]


def test_a_message_that_waits_for_another_brings_its_bodies_along(world):
    ada, _ = world.sign_up("Ada")
    bob, _ = world.sign_up("Bob")
    both = create(world, ada, "Bob")
    upload(world, ada, 0, BODY)
    early = pb.Send(conversation_id=both, client_id="2", content=b"x", bodies=[HASH], after="1")
    assert world.ask(ada, Command.SEND, early)[0].code == pb.TOO_EARLY
    assert download(world, bob)[0] == pb.NO_SUCH_BODY
    assert send(world, ada, both, client_id="1") == pb.OK
    assert download(world, bob)[1].data == BODY
