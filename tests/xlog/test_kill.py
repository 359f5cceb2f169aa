"""A kill at any moment loses no record whose call had returned; the long run is a benchmark."""

import pytest

from tests.support.xlog_kill import VARIANTS, run_variant


@pytest.mark.skipif("not hasattr(__import__('signal'), 'SIGKILL')")
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(map(str, vars(v).values())))
def test_nothing_that_was_logged_is_lost_or_doubled_by_a_kill(variant):
    returned = 0
    for seed in range(len(str(variant)), len(str(variant)) + 10):
        kills, calls, wrong = run_variant(variant, 3, seed=seed)
        assert wrong == []
        assert kills == 3
        returned += calls
        if returned:  # a kill before the first call has returned proves nothing
            break
    assert returned > 0
