"""The short link's settings."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import ConfigError

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlinkSettings:
    """Seconds, bytes and counts (``shortlink.cc``, ``shortlink_task_manager.cc``, ``http.cc``).

    ``bypass_proxy`` lets a task's last retry go without the proxy, as Mars always does; it is off
    because someone who sets a proxy may not want to be seen without it.
    """

    keep_alive: bool = True  # a task's own Connection header has the last word
    keep_alive_timeout: float = 5.0  # KDefaultKeepAliveTimeout, when the peer names none
    max_keep_alive_timeout: float = 60.0  # a peer that names this or more gets the default
    max_idle: int = 16  # connections kept for later requests
    pool_ban: float = 5 * 60.0  # BAN_INTERVAL, after a reused connection did badly
    max_running: int = 32  # tasks on the network at once; long-polling ones do not count
    max_head: int = 16 * 1024  # of an answer, as h11 limits it by default
    max_body: int = 16 * _MIB  # of an answer
    retry_interval: float = 1.0  # DEF_TASK_RETRY_INTERNAL
    run_loop: float = 1.0  # how often tasks held back by the login gate are looked at again
    weak_parallel: float = 2.0  # on a weak network: until another attempt beside one; 0: never
    wake_grace: float = 10.0  # that every task has left after a sleep, at least
    user_agent: str = "Phobos"
    bypass_proxy: bool = False

    def __post_init__(self) -> None:
        for name in ("keep_alive_timeout", "run_loop", "max_running", "max_head", "max_body"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} of the short link must be more than 0")
        for name in ("max_idle", "pool_ban", "retry_interval", "weak_parallel", "wake_grace"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} of the short link must be 0 or more")
