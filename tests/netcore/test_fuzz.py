"""Mutated frames and answers: no exception but our own, no hang, nothing left.

``python -m tests.support.frames_fuzz`` does the same a million times.
"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import FrameError
from netcore.longlink.codec import MAX_PACKAGE, Decoder
from tests.support.frames_fuzz import ANSWERS, FRAMES, Mutator, check_answer, check_frames, live


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_end_in_frames_or_a_frame_error(reads: list[bytes]):
    decoder = Decoder()
    with contextlib.suppress(FrameError):
        for read in reads:
            decoder.feed(read)
    assert decoder.pending <= MAX_PACKAGE


@pytest.mark.parametrize("seed", range(4))
def test_mutated_frames(seed: int):
    mutator = Mutator(FRAMES, seed)
    for _ in range(1000):
        check_frames(mutator)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_answers(seed: int):
    mutator = Mutator(ANSWERS, seed)
    for _ in range(100):
        check_answer(mutator)


async def test_a_live_link_comes_up_again_after_each_refused_frame_and_then_carries_a_request():
    result = await live(200, seed=1)
    assert isinstance(result["connections"], int)
    assert result["connections"] >= 50
