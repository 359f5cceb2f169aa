"""How long an answer may take (``mars/stn/src/task_profile.cc``, ``mars/stn/config.h``), sans-I/O.

====================  ===========================================================================
time-out              seconds
====================  ===========================================================================
first package         base + size / rate, ``max_first_package`` at most
.. with server cost   the cost + size / rate
.. EXCELLENT network  ``excellent_first_package`` (not with server cost)
.. BAD network        ``bad_extra`` more, ``max_first_package`` at most
.. and always         ``task_delay`` more for each task sent before it, five at most
package to package    ``package_package``
read-write            first package + 64 KiB / rate: the whole answer
long polling          first package: the polling time; read-write: that + 64 KiB / rate
task                  :func:`netcore.engine.routing.task_timeout`: all attempts
====================  ===========================================================================

There is a set of numbers for mobile networks and one for all others.

Mars's public source names an extra time for a bad network (10 s, mobile 15 s: just what lies
between base and maximum) and does not use it; ``bad_extra`` is therefore 0 s. With more, a task's
first attempt may last longer than :func:`netcore.engine.routing.task_timeout` allows for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from netcore.errors import ConfigError
from netcore.observe import Event
from netcore.policy.dynamic import NetworkQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTimeouts:
    """Seconds, and bytes a second; the defaults are Mars's for Wi-Fi."""

    first_package: float = 12.0  # kBaseFirstPackageWifiTimeout
    max_first_package: float = 22.0  # kMaxFirstPackageWifiTimeout
    excellent_first_package: float = 7.0  # kDynTimeFirstPackageWifiTimeout
    bad_extra: float = 0.0  # kDynTimeExtraWifiTimeout is 10 s, mobile 15 s, and never used
    rate: float = 12 * 1024.0  # kWifiMinRate
    package_package: float = 8.0  # kWifiPackageInterval
    task_delay: float = 1.5  # kWifiTaskDelay

    def __post_init__(self) -> None:
        for name in ("first_package", "excellent_first_package", "rate", "package_package"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be more than 0")
        if self.bad_extra < 0 or self.task_delay < 0:
            raise ConfigError("bad_extra and task_delay must be 0 s or more")
        if self.max_first_package < self.first_package:
            raise ConfigError("max_first_package must not be less than first_package")


MOBILE = NetworkTimeouts(
    first_package=15.0,
    max_first_package=30.0,
    excellent_first_package=10.0,
    rate=4 * 1024.0,
    package_package=12.0,
    task_delay=3.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutSettings:
    """The time-outs of both kinds of network."""

    wifi: NetworkTimeouts = field(default_factory=NetworkTimeouts)
    mobile: NetworkTimeouts = MOBILE
    max_receive: int = 64 * 1024  # bytes that the read-write time-out allows for (kMaxRecvLen)
    delayed_tasks: int = 5  # how many tasks sent before may delay one


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutsChanged(Event):
    """Other time-outs are in force, in seconds, for a small task without server cost."""

    level: NetworkQuality
    mobile: bool
    first_package: float
    package_package: float
    read_write: float


class Timeouts:
    """The time-outs in force. The rules are in the module's docstring."""

    __slots__ = (
        "_base",
        "_by_size",
        "_delay",
        "_delayed_tasks",
        "_max",
        "_rate",
        "_settings",
        "_whole",
        "level",
        "mobile",
        "package_package",
    )

    def __init__(self, settings: TimeoutSettings | None = None) -> None:
        self._settings = settings or TimeoutSettings()
        self._delayed_tasks = self._settings.delayed_tasks
        self.use(NetworkQuality.EVALUATING, mobile=False)

    def use(self, level: NetworkQuality, *, mobile: bool) -> None:
        """The level or the kind of network is another one."""
        self.level = level
        self.mobile = mobile
        numbers = self._settings.mobile if mobile else self._settings.wifi
        self.package_package = numbers.package_package
        self._rate = numbers.rate
        self._delay = numbers.task_delay
        self._whole = self._settings.max_receive / numbers.rate
        self._by_size = level is not NetworkQuality.EXCELLENT
        self._max = numbers.max_first_package
        if level is NetworkQuality.EXCELLENT:
            self._base = self._max = numbers.excellent_first_package
        elif level is NetworkQuality.BAD:
            self._base = min(numbers.first_package + numbers.bad_extra, self._max)
        else:
            self._base = numbers.first_package

    @property
    def first_package(self) -> float:
        """The first-package time-out of a small task without server cost."""
        return self._base

    @property
    def read_write(self) -> float:
        """The read-write time-out of such a task."""
        return self._base + self._whole

    def of(self, size: int, sent: int, server_cost: float) -> tuple[float, float]:
        """First-package and read-write time-out of ``size`` bytes with ``sent`` tasks before it."""
        if server_cost > 0:
            first = server_cost + size / self._rate
        else:
            first = self._base
            if self._by_size:
                first += size / self._rate
                first = min(first, self._max)
        if sent:
            first += self._delay * (sent if sent < self._delayed_tasks else self._delayed_tasks)
        return first, first + self._whole

    def of_polling(self, polling_timeout: float) -> tuple[float, float]:
        """The same of a long-polling task."""
        return polling_timeout, polling_timeout + self._whole
