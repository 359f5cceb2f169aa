"""A kill at any moment loses no record whose call had returned; the long run is a benchmark."""

import pytest

from tests.support.xlog_kill import VARIANTS, run_variant


@pytest.mark.skipif("not hasattr(__import__('signal'), 'SIGKILL')")
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(map(str, vars(v).values())))
def test_nothing_that_was_logged_is_lost_or_doubled_by_a_kill(variant):
    kills, calls, wrong = run_variant(variant, 3, seed=len(str(variant)))
    assert wrong == []
    assert kills == 3
    assert calls >= 0
