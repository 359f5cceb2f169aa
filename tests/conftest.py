"""What every test shares; imports no Qt, so that tests of netcore and xlog run without it."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support import rights

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# How long an example takes is the load of the machine: speed has its benchmarks.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_NEEDS = {
    "netns": rights.namespaces,
    "mounts": rights.mounting,
    "mounts_for_all": rights.mounting_for_all,
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs a right says which, and what the system said, where it is missing."""
    for name, reason in _NEEDS.items():
        if item.get_closest_marker(name) is not None and (words := reason()):
            pytest.skip(f"cannot be run here: {words}")
