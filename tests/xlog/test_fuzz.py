"""Mutated logs: no exception but our own, no hang, memory bounded by the input.

``python -m tests.support.xlog_fuzz --inputs 1000000`` does the same a million times.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.xlog_fuzz import MEMORY_BASE, MEMORY_FACTOR, Mutator, check_one, measured
from tests.xlog.samples import DATA, PRIVATE_KEY

SEEDS = [path.read_bytes()[:30_000] for path in sorted(DATA.glob("*.xlog"))]
SEEDS += [path.read_bytes() for path in sorted(DATA.glob("*.mmap3"))]


@given(st.binary(max_size=3000))
def test_any_bytes_are_read(data):
    check_one(data, [PRIVATE_KEY])


@given(st.integers(0, 1 << 60))
def test_mutated_logs_are_read(seed):
    check_one(Mutator(SEEDS, seed).next(), [PRIVATE_KEY])


@pytest.mark.parametrize("seed", range(2))
def test_memory_is_bounded_by_the_input(seed):
    for data in Mutator(SEEDS, seed).several(12):
        assert measured(data, [PRIVATE_KEY]) <= MEMORY_BASE + MEMORY_FACTOR * len(data)
