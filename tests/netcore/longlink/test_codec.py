"""The long link's frames."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import FrameError
from netcore.longlink.codec import (
    CLIENT_VERSION,
    HEAD_LENGTH,
    MAX_PACKAGE,
    NOOP_CMDID,
    SIGNALLING_CMDID,
    Decoder,
    Frame,
    MarsEncoder,
    encode,
)
from netcore.task import IDENTIFY_TASK_ID, INVALID_TASK_ID, NOOP_TASK_ID, SIGNALLING_TASK_ID

u32 = st.integers(0, 2**32 - 1)
frames = st.builds(Frame, u32, u32, st.binary(max_size=300))


def test_a_frame_is_the_twenty_bytes_of_mars_and_the_body():
    packed = encode(Frame(cmdid=3, seq=7, body=b"hello"), client_version=200)
    assert packed == bytes.fromhex("00000014 000000c8 00000003 00000007 00000005") + b"hello"


@given(st.lists(frames, max_size=20), st.lists(st.integers(1, 200), max_size=40))
@settings(max_examples=200, deadline=None)
def test_frames_survive_any_cutting_of_the_stream(sent: list[Frame], cuts: list[int]):
    stream = b"".join(encode(frame) for frame in sent)
    decoder = Decoder()
    got: list[Frame] = []
    for cut in cuts:
        got += decoder.feed(stream[:cut])
        stream = stream[cut:]
    got += decoder.feed(stream)
    assert got == sent
    assert decoder.pending == 0


@given(st.lists(st.binary(max_size=400), max_size=10))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_frames_or_a_frame_error_and_never_hoard(chunks: list[bytes]):
    decoder = Decoder()
    try:
        for chunk in chunks:
            decoder.feed(chunk)
            assert decoder.pending <= MAX_PACKAGE
    except FrameError:
        pass


@given(frames, st.integers(0, HEAD_LENGTH - 1), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_damaged_head_gives_another_frame_waits_or_is_refused(frame: Frame, at: int, value: int):
    damaged = bytearray(encode(frame))
    damaged[at] = value
    decoder = Decoder()
    try:
        got = decoder.feed(bytes(damaged))
    except FrameError:
        return
    assert len(got) <= 1
    assert all(len(each.body) <= len(damaged) for each in got)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (struct.pack(">IIIII", 20, 201, 3, 1, 0), "client version 201"),
        (struct.pack(">IIIII", 19, 200, 3, 1, 0), "head of 19"),
        (struct.pack(">IIIII", 0, 200, 3, 1, 0), "head of 0"),
        (struct.pack(">IIIII", 20, 200, 3, 1, MAX_PACKAGE - 19), "over the limit"),
        (struct.pack(">IIIII", 2**32 - 1, 200, 3, 1, 2**32 - 1), "over the limit"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "client version"),
    ],
)
def test_what_is_no_frame_is_refused_with_the_reason(head: bytes, says: str):
    with pytest.raises(FrameError, match=says):
        Decoder().feed(head)


def test_a_frame_of_exactly_the_limit_passes():
    body = b"x" * (MAX_PACKAGE - HEAD_LENGTH)
    assert Decoder().feed(encode(Frame(3, 1, body))) == [Frame(3, 1, body)]


def test_frames_before_a_bad_one_come_with_the_error():
    good = Frame(3, 1, b"good")
    with pytest.raises(FrameError) as caught:
        Decoder().feed(encode(good) + encode(Frame(3, 2, b""), client_version=1))
    assert caught.value.frames == [good]


def test_a_longer_head_is_skipped():
    data = struct.pack(">IIIII", 24, 200, 3, 9, 2) + b"????" + b"ok"
    assert Decoder().feed(data) == [Frame(3, 9, b"ok")]


def test_a_frame_that_is_not_whole_tells_what_it_will_be():
    decoder = Decoder()
    data = encode(Frame(3, 9, b"hello"))
    assert decoder.feed(data[:19]) == []
    assert decoder.pending_head is None
    assert decoder.feed(data[19:22]) == []
    assert decoder.pending_head == (3, 9, 25)
    assert decoder.feed(data[22:]) == [Frame(3, 9, b"hello")]


def test_the_encoder_knows_noops_pushes_and_identify_answers():
    encoder = MarsEncoder(7)
    assert encoder.pack(6, 0xFFFFFFFF, b"")[4:8] == b"\0\0\0\7"
    assert encoder.is_noop_answer(Frame(6, 0xFFFFFFFF, b""))
    assert not encoder.is_noop_answer(Frame(6, 5, b""))
    assert encoder.is_push(Frame(10001, 0, b""))
    assert not encoder.is_push(Frame(10001, 1, b""))
    assert encoder.is_identify_answer(0xFFFFFFFE, Frame(1, 0xFFFFFFFE, b""))
    assert not encoder.is_identify_answer(0, Frame(1, 0xFFFFFFFE, b""))


def test_mars_s_numbers():
    assert (HEAD_LENGTH, CLIENT_VERSION, NOOP_CMDID, SIGNALLING_CMDID) == (20, 200, 6, 243)
    assert (NOOP_TASK_ID, IDENTIFY_TASK_ID) == (0xFFFFFFFF, 0xFFFFFFFE)
    assert (SIGNALLING_TASK_ID, INVALID_TASK_ID) == (0xFFFFFFFD, 0)
    encoder = MarsEncoder()
    assert (encoder.noop_cmdid, encoder.signalling_cmdid) == (6, 243)
    assert encoder.is_push(Frame(10001, 0, b""))
    assert not encoder.is_push(Frame(10001, 1, b""))


@pytest.mark.parametrize("length", [1024 * 1024, 1024 * 1024 + 1])
def test_a_frame_of_one_mebibyte_is_the_longest(length: int):
    data = encode(Frame(3, 1, bytes(length - 20)))
    assert len(data) == length
    for decoder in (Decoder(), MarsEncoder().decoder()):
        if length > 1024 * 1024:
            with pytest.raises(FrameError):
                decoder.feed(data)
        else:
            [frame] = decoder.feed(data)
            assert len(frame.body) == length - 20


def test_a_body_is_bytes_whatever_the_loop_hands_on():
    """Windows's loop gives a bytearray before Python 3.12."""
    wire = encode(Frame(10, 1, b"body"))
    for data in (bytearray(wire), memoryview(wire)):
        (frame,) = Decoder().feed(data)
        assert type(frame.body) is bytes
        assert frame.body == b"body"
