"""All long links of one NetCore: created and destroyed at run time, one of them the main one.

The list half of ``mars/stn/src/longlink_task_manager.cc`` and the multi-link part of
``net_core.cc``. A minor long link belongs to hosts of its own and is created when a task first
asks for it; a task that allows ``max_minorlinks`` of more than one gets another when the first is
busy. They are named after their first host: ``host``, ``host#2``...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from netcore.errors import ConfigError
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.managed import ManagedLongLink
from netcore.task import MAIN_LONGLINK, Task


class Longlinks:
    """The long links by name; ``build`` makes one from its configuration."""

    def __init__(self, build: Callable[[LonglinkConfig], ManagedLongLink]) -> None:
        self._build = build
        self._links: dict[str, ManagedLongLink] = {}
        self._main = MAIN_LONGLINK

    def __iter__(self) -> Iterator[ManagedLongLink]:
        return iter(tuple(self._links.values()))

    def __len__(self) -> int:
        return len(self._links)

    @property
    def main(self) -> ManagedLongLink | None:
        """The main long link."""
        return self._links.get(self._main)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all."""
        return tuple(self._links)

    def get(self, name: str = "") -> ManagedLongLink | None:
        """The long link of this name; the main one for ""."""
        return self._links.get(name or self._main)

    def create(self, config: LonglinkConfig) -> ManagedLongLink:
        """A new long link, or the one of that name that is there already."""
        managed = self._links.get(config.name)
        if managed is None:
            managed = self._build(config)
            self._links[config.name] = managed
        if config.main:
            self.mark_main(config.name)
        return managed

    def pop(self, name: str) -> ManagedLongLink | None:
        """Take a long link out of the list."""
        return self._links.pop(name, None)

    def mark_main(self, name: str) -> None:
        """Make another long link the main one; raises ConfigError when there is none such."""
        if name not in self._links:
            raise ConfigError(f"there is no long link named {name!r}: create it first")
        self._main = name
        for managed in self:
            managed.main = managed.name == name

    def minors(self, host: str) -> list[ManagedLongLink]:
        """The minor long links of a host."""
        return [
            managed
            for managed in self
            if managed.config.minor and managed.config.hosts[:1] == (host,)
        ]

    def minor_free(self, task: Task) -> bool:
        """Whether a minor long link is up and idle for the task, or may yet be created."""
        if not task.minorlong_hosts:
            return False
        minors = self.minors(task.minorlong_hosts[0])
        return len(minors) < task.max_minorlinks or any(
            managed.connected and not len(managed.tasks) for managed in minors
        )

    def minor_for(self, task: Task) -> ManagedLongLink | None:
        """The best minor long link for a task, created if need be; None if it names no host."""
        hosts: Sequence[str] = task.minorlong_hosts
        if not hosts:
            return None
        minors = self.minors(hosts[0])
        idle = [each for each in minors if each.connected and not len(each.tasks)]
        if idle:
            return idle[0]
        if len(minors) < max(1, task.max_minorlinks):
            number = len(minors) + 1
            name = hosts[0] if number == 1 else f"{hosts[0]}#{number}"
            return self.create(
                LonglinkConfig(name=name, hosts=tuple(hosts), minor=True, group=task.group_name)
            )
        return min(minors, key=lambda each: len(each.tasks))
