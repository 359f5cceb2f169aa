"""The verdict on a link on wake-up."""

from __future__ import annotations

import pytest

from netcore.longlink.wake import Wake, judge_wake


@pytest.mark.parametrize(
    ("connected", "connecting", "silence", "verdict"),
    [
        (False, False, 0.0, Wake.CONNECT),
        (False, True, 0.0, Wake.RECONNECT),
        (True, False, 1.0, Wake.KEEP),
        (True, False, 30.0, Wake.PROBE),
        (True, False, 899.0, Wake.PROBE),
        (True, False, 900.0, Wake.RECONNECT),
    ],
)
def test_a_link_is_judged_by_its_silence_on_wake(
    connected: bool, connecting: bool, silence: float, verdict: Wake
):
    assert judge_wake(connected=connected, connecting=connecting, silence=silence) is verdict
