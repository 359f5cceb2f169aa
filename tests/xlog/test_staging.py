"""The staged memory buffer as bytes, and its readers."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xlog.samples import PRIVATE_KEY, PUBLIC_KEY, READER_KEYS, needs_kept_keys
from tests.xlog.writing import open_log
from xlog import key_cache, staging
from xlog.blocks import BlockMaker
from xlog.buffer import StagedBuffer
from xlog.buffer_reader import staged_text
from xlog.errors import FormatError, NotXlogError, SourceError
from xlog.findings import FindingKind
from xlog.format import BlockKind
from xlog.keys import KeyRing
from xlog.mapping import BusyError, Mapping, open_mapping
from xlog.reader import Reader
from xlog.settings import BUFFER_SIZE


def buffer_of(mapping, public_key=None):
    maker = BlockMaker("zlib", None, public_key)
    return StagedBuffer(mapping, maker, pid=1, now=2.0)


@settings(max_examples=40)
@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=40), st.booleans())
def test_lines_come_back_in_their_order(lines, crypt):
    mapping = Mapping(None)
    buffer = buffer_of(mapping, READER_KEYS.public if crypt else None)
    kept = b""
    for line in lines:
        if not buffer.append(line):
            if not buffer.roll(7):
                break
            assert buffer.append(line)
        kept += line
        if len(kept) < 3000:
            assert staged_text(bytes(mapping.memory), KeyRing([PRIVATE_KEY])) == kept
    data = bytes(mapping.memory)
    assert staged_text(data, KeyRing([PRIVATE_KEY])) == kept
    if crypt and kept:
        assert staged_text(data, KeyRing()) is None


def test_regions_are_used_in_turn_and_keep_their_order():
    mapping = Mapping(None)
    buffer = buffer_of(mapping, READER_KEYS.public)
    text = b""
    for turn in range(7):
        assert buffer.roll(turn)
        line = b"turn %d\n" % turn * 10
        assert buffer.append(line)
        text += line
        assert staged_text(bytes(mapping.memory), KeyRing([PRIVATE_KEY])) == text
        if turn > 1:  # the oldest goes to the file
            pending = buffer.oldest()
            assert text.startswith(buffer.text(pending))
            text = text[pending.used :]
            buffer.release(pending)
    assert buffer.has_room()


def test_a_full_buffer_has_no_room_until_something_is_released():
    buffer = buffer_of(Mapping(None))
    while buffer.append(b"x" * 1000) or buffer.roll(1):
        pass
    assert not buffer.has_room()
    assert not buffer.roll(1)
    buffer.release(buffer.oldest())
    assert buffer.roll(1)
    assert buffer.append(b"again")


@given(st.text(max_size=600), st.integers(0, 1 << 60), st.binary(max_size=50), st.booleans())
def test_an_intent_comes_back(name, offset, data, cached):
    memory = memoryview(bytearray(BUFFER_SIZE))
    prologue = staging.build_prologue(
        BlockKind.ASYNC_ZLIB_PLAIN, size=BUFFER_SIZE, pid=1, begun=1.0, key=None
    )
    memory[: len(prologue)] = prologue
    at = staging.region_offset(1, staging.region_size(BUFFER_SIZE))
    staging.begin_region(memory, at, hour=1, order=1, base=0)
    staging.USED.pack_into(memory, at, 3)
    intent = staging.Intent.of(data, cached=cached, name=name, offset=offset)
    staging.set_intent(memory, at, intent)
    (region,) = staging.parse(memory).regions
    assert region.intent[2:] == intent[2:]
    if len(name.encode()) <= staging.NAME_LIMIT:
        assert region.intent == intent
    staging.clear_intent(memory, at)
    assert staging.parse(memory).regions[0].intent is None
    staging.clear_region(memory, at)
    assert staging.parse(memory).regions == []


@given(st.binary(max_size=2000), st.integers(0, 1 << 20), st.binary(min_size=16, max_size=16))
def test_the_cipher_can_begin_anywhere_in_its_stream(data, base, key):
    enciphered = staging.stream_cipher(key, base).update(data)
    assert staging.decipher(enciphered, key, base) == data
    whole = staging.stream_cipher(key).update(bytes(base % 5000) + data)
    assert staging.decipher(data, key, base % 5000) == whole[base % 5000 :]


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_stage_or_refused(data):
    for damaged in (data, staging.SIGNATURE + data):
        try:
            staging.parse(damaged)
        except FormatError:
            pass
        assert staged_text(damaged, KeyRing()) in (None, b"") or staging.is_stage(damaged)


# Read as a log


@pytest.mark.parametrize("key", [None, pytest.param(PUBLIC_KEY, marks=needs_kept_keys)])
def test_a_buffer_of_ours_is_read_as_a_log(tmp_path, key):
    with open_log(tmp_path, public_key=key) as log:
        for number in range(10):
            log.log(2, "t", f"message {number}")
        reader = Reader(log.buffer_file, [PRIVATE_KEY])
        (block,) = reader
        assert block.data.count(b"message") == 10
        assert not block.findings
        assert block.header.kind.is_crypt is bool(key)
        assert reader.decode(block.span).data == block.data
        assert list(reader.spans()) == [block.span]
        log.flush_sync()
        with pytest.raises(SourceError, match="was written out"):
            reader.decode(block.span)
        if key:
            log.log(2, "t", "x")
            (locked,) = Reader(log.buffer_file)
            assert [f.kind for f in locked.findings] == [FindingKind.NEEDS_KEY]


def test_a_damaged_prologue_is_told(tmp_path):
    path = tmp_path / "x.mmap3"
    path.write_bytes(staging.SIGNATURE + b"\xff" * 600)
    with pytest.raises(NotXlogError, match="prologue"):
        list(Reader(path))


# The mapped file


def test_the_file_has_its_size_reserved_and_outlives_the_mapping(tmp_path):
    mapping, slot = open_mapping(tmp_path / "new", "app")
    assert slot == 1
    mapping.memory[:5] = b"hello"
    path = mapping.path
    assert path.stat().st_size == BUFFER_SIZE
    if sys.platform != "win32":
        assert path.stat().st_blocks * 512 >= BUFFER_SIZE
    assert mapping.in_place()
    mapping.close()
    assert path.read_bytes()[:5] == b"hello"
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o77 == 0


def test_a_buffer_in_use_is_left_to_its_user(tmp_path):
    first, _ = open_mapping(tmp_path, "app")
    with pytest.raises(BusyError):
        Mapping(first.path)
    second, slot = open_mapping(tmp_path, "app")
    assert slot == 2
    second.close(remove=True)
    first.close()
    assert [path.name for path in tmp_path.iterdir()] == ["app.mmap3"]


@pytest.mark.parametrize("size", [0, 100, BUFFER_SIZE + 5000])
def test_a_file_of_another_size_is_made_to_fit(tmp_path, size):
    (tmp_path / "app.mmap3").write_bytes(b"\1" * size)
    mapping, _ = open_mapping(tmp_path, "app")
    assert bytes(mapping.memory[: min(size, 100)]) == b"\1" * min(size, 100)
    mapping.close()
    assert (tmp_path / "app.mmap3").stat().st_size == BUFFER_SIZE


@pytest.mark.skipif(sys.platform == "win32", reason="only an administrator can make links there")
def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "app.mmap3").symlink_to(tmp_path / "target")
    with pytest.raises(OSError):
        open_mapping(tmp_path, "app")
    assert (tmp_path / "target").read_bytes() == b"precious"


def test_numbers_are_little_endian_in_the_file():
    mapping = Mapping(None)
    mapping.words[2] = 0x01020304
    mapping.quads[2] = 0x0102030405060708
    assert bytes(mapping.memory[8:12]) == b"\4\3\2\1"
    assert bytes(mapping.memory[16:24]) == b"\x08\7\6\5\4\3\2\1"


# The kept key


@pytest.mark.skipif(sys.platform == "win32", reason="no user numbers there, and no kept keys")
def test_a_key_is_kept_for_its_buffer_alone(tmp_path):
    buffer, client, key = tmp_path / "a.mmap3", b"c" * 64, b"k" * 16
    assert key_cache.keep(buffer, client, key, tmp_path)
    assert key_cache.find(buffer, client, tmp_path) == key
    assert key_cache.find(buffer, b"d" * 64, tmp_path) is None
    assert key_cache.find(tmp_path / "b.mmap3", client, tmp_path) is None
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    key_cache.forget(buffer, tmp_path)
    assert key_cache.find(buffer, client, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_where_no_key_can_be_kept_the_growing_block_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(key_cache, "MEMORY_DIR", tmp_path / "none")
    with open_log(tmp_path / "logs", public_key=PUBLIC_KEY) as log:
        log.log(2, "t", "x")
        assert log.buffer_file.read_bytes()[0] == BlockKind.ASYNC_ZLIB_CRYPT
