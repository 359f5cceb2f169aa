"""Settings that cannot be used are refused with words."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.shortlink.config import ShortlinkSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keep_alive_timeout", 0.0),
        ("run_loop", -1.0),
        ("max_running", 0),
        ("max_head", 0),
        ("max_body", -5),
        ("max_idle", -1),
        ("pool_ban", -0.1),
        ("retry_interval", -1.0),
        ("weak_parallel", float("nan")),
        ("wake_grace", -1.0),
    ],
)
def test_a_number_out_of_range_is_named(name, value):
    with pytest.raises(ConfigError, match=name):
        ShortlinkSettings(**{name: value})


def test_zero_switches_off_what_may_be_off():
    ShortlinkSettings(max_idle=0, pool_ban=0.0, retry_interval=0.0, weak_parallel=0.0)


def test_the_defaults_are_mars_s_where_it_has_them():
    settings = ShortlinkSettings()
    assert (settings.keep_alive_timeout, settings.max_keep_alive_timeout) == (5.0, 60.0)
    assert settings.pool_ban == 5 * 60.0
    assert (settings.retry_interval, settings.run_loop) == (1.0, 1.0)
    assert (settings.max_head, settings.max_body) == (16 * 1024, 16 * 1024 * 1024)
    assert (settings.max_idle, settings.max_running) == (16, 32)
    assert (settings.weak_parallel, settings.wake_grace) == (2.0, 10.0)
    assert not settings.bypass_proxy
