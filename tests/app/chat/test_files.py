import hashlib

import pytest

from app.chat.errors import ChatError
from app.chat.files import (
    BodyFolder,
    FileInfo,
    content_of,
    fallback_text,
    parse,
    safe_name,
    size_text,
)
from app.chat.proto import chat_pb2 as pb

BODY = b"some bytes of a body" * 100
HASH = hashlib.sha256(BODY).digest()
INFO = FileInfo("a.txt", "text/plain", len(BODY), HASH)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../.bashrc", "bashrc"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
        ("..", "file"),
        ("", "file"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.log", "_com1.log"),
        ("console.txt", "console.txt"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\0b\nc.txt", "abc.txt"),
        ('what? "really": yes|no.txt', "what_ _really__ yes_no.txt"),
        ("ends in dots... ", "ends in dots"),
        ("照片 1.png", "照片 1.png"),
    ],
)
def test_a_name_is_a_name_and_no_path(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["x" * 5000 + ".tar.gz", "照" * 5000 + ".png", "." * 5000])
def test_a_long_name_is_cut_and_keeps_its_ending(name):
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 255
    assert safe == "file" or safe.endswith(name.rpartition(".")[2])


def test_a_file_survives_the_way_through_a_message():
    info = FileInfo("a.png", "image/png", 7, HASH, "look", 30, 20, b"thumb", b"blur")
    assert parse(content_of(info)) == info
    assert fallback_text(info) == "[a.png, 7 B]\nlook"


@pytest.mark.parametrize(
    "file",
    [
        pb.File(name="a", size=5, hash=b"short"),
        pb.File(name="a", size=0, hash=HASH),
        pb.File(name="a", size=1 << 60, hash=HASH),
    ],
)
def test_what_makes_no_sense_is_no_file(file):
    content = pb.Content(type="file", version=1, body=file.SerializeToString())
    assert parse(content.SerializeToString()) is None


def test_what_is_no_file_is_none():
    assert parse(b"") is None
    assert parse(b"\xff\xff") is None
    assert parse(pb.Content(type="file", version=1, body=b"\xff").SerializeToString()) is None
    assert parse(pb.Content(type="poll", version=1).SerializeToString()) is None


def test_what_is_too_large_is_left_out():
    file = pb.File(
        name="../a", size=5, hash=HASH, width=1 << 31, height=9, thumbnail=bytes(1 << 17),
        blur=bytes(5000), type="\n",
    )  # fmt: skip
    content = pb.Content(type="file", version=1, body=file.SerializeToString())
    assert parse(content.SerializeToString()) == FileInfo("a", "", 5, HASH)


@pytest.mark.parametrize(
    ("name", "may"),
    [("a.png", True), ("A.PDF", True), ("a.exe", False), ("png", False), ("a.png.desktop", False)],
)
def test_only_what_is_no_program_may_be_opened(name, may):
    assert FileInfo(name, "image/png", 1, HASH).may_be_opened is may


def test_sizes_in_words():
    assert [size_text(n) for n in (1, 999, 1000, 52_400_000, 999_600, 2 * 10**13)] == [
        "1 B", "999 B", "1.0 kB", "52 MB", "1.0 MB", "20 TB",
    ]  # fmt: skip


def test_a_copy_is_taken_and_kept_by_its_hash(tmp_path):
    (tmp_path / "a").write_bytes(BODY)
    folder = BodyFolder(tmp_path / "files")
    assert folder.keep(folder.copy_in(tmp_path / "a", "1")) == (HASH, len(BODY))
    assert folder.has(INFO)
    assert folder.read(HASH, 5, 3) == BODY[5:8]
    assert folder.named(INFO).name == "a.txt"
    assert folder.named(INFO).read_bytes() == BODY


def test_what_cannot_be_sent_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    folder = BodyFolder(tmp_path / "files")
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 11)
    monkeypatch.setattr("app.chat.files.MAX_SIZE", 10)
    for name, code in (
        ("empty", "empty_file"), ("large", "body_too_large"), ("none", "no_such_file"),
        ("files", "no_such_file"),
    ):  # fmt: skip
        with pytest.raises(ChatError) as caught:
            folder.copy_in(tmp_path / name, "1")
        assert caught.value.code == code
    assert list((tmp_path / "files").iterdir()) == []


def test_what_comes_is_appended_and_whole_only_with_its_hash(tmp_path):
    folder = BodyFolder(tmp_path)
    assert folder.fetched(INFO) == 0
    assert folder.append(INFO, 0, BODY[:700]) == 700
    assert folder.append(INFO, 0, BODY[:700]) == 700  # the same again
    assert folder.fetched(INFO) == 700
    assert not folder.has(INFO)
    assert folder.append(INFO, 700, BODY[700:]) == len(BODY)
    assert folder.has(INFO)
    other = FileInfo("b", "", 3, HASH[::-1])
    with pytest.raises(ChatError, match="hash"):
        folder.append(other, 0, b"xyz")
    assert folder.fetched(other) == 0


def test_more_than_there_can_be_is_thrown_away(tmp_path):
    folder = BodyFolder(tmp_path)
    folder.append(INFO, 0, BODY[:-1])
    assert folder.fetched(FileInfo("a", "", 5, HASH)) == 0
