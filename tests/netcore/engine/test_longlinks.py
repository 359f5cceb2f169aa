"""The list of long links: names, the main one, and minor links made as tasks ask for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from netcore.engine.longlinks import Longlinks
from netcore.errors import ConfigError
from netcore.longlink.config import LonglinkConfig
from netcore.task import DEFAULT_GROUP, MAIN_LONGLINK, Channel, Task


@dataclass
class Fake:
    """What the list looks at in a carrier."""

    config: LonglinkConfig
    connected: bool = True
    tasks: list[int] = field(default_factory=list)
    main: bool = False

    @property
    def name(self) -> str:
        return self.config.name


def links() -> Longlinks:
    return Longlinks(Fake)  # type: ignore[arg-type]


def task(*hosts: str, most: int = 1, group: str = DEFAULT_GROUP) -> Task:
    return Task(cmdid=3, minorlong_hosts=list(hosts), max_minorlinks=most, group_name=group)


def test_a_link_is_made_once_and_found_by_its_name():
    them = links()
    one = them.create(LonglinkConfig(name="one"))
    assert them.create(LonglinkConfig(name="one")) is one
    assert them.get("one") is one
    assert (them.names, len(them), list(them)) == (("one",), 1, [one])
    assert them.pop("one") is one
    assert them.pop("one") is None
    assert len(them) == 0


def test_the_main_link_is_the_one_without_a_name_and_can_be_another():
    them = links()
    assert them.main is None
    main = them.create(LonglinkConfig(name=MAIN_LONGLINK, main=True))
    other = them.create(LonglinkConfig(name="other"))
    assert them.get("") is them.main is main
    them.mark_main("other")
    assert them.get("") is them.main is other
    assert (main.main, other.main) == (False, True)
    third = them.create(LonglinkConfig(name="third", main=True))
    assert them.main is third
    with pytest.raises(ConfigError, match="create it first"):
        them.mark_main("nowhere")


def test_a_minor_link_is_made_for_the_task_s_hosts_in_its_group():
    them = links()
    wanted = task("media.example", "backup.example", group="media")
    assert them.minor_free(wanted)
    made = them.minor_for(wanted)
    assert made is not None
    config = made.config
    assert (config.name, config.hosts) == ("media.example", ("media.example", "backup.example"))
    assert (config.minor, config.keep_alive, config.main) == (True, True, False)
    assert (config.group, config.channel) == ("media", Channel.MINOR_LONG)
    assert them.minor_for(wanted) is made  # it is idle
    assert them.minor_for(task("other.example")) is not made


def test_a_task_that_names_no_host_gets_none():
    them = links()
    assert not them.minor_free(task())
    assert them.minor_for(task()) is None
    assert len(them) == 0


@pytest.mark.parametrize("state", ["busy", "down"])
def test_while_the_only_one_allowed_is_busy_or_down_none_is_free_but_it_may_have_to_do(state: str):
    them = links()
    only = them.minor_for(task("media.example"))
    if state == "busy":
        only.tasks.append(1)
    else:
        only.connected = False
    assert not them.minor_free(task("media.example"))
    assert them.minor_for(task("media.example")) is only
    assert len(them) == 1


def test_a_task_that_allows_several_gets_another_while_the_first_is_busy():
    them = links()
    several = task("media.example", most=2)
    first = them.minor_for(several)
    first.tasks += [1, 2]
    assert them.minor_free(several)
    second = them.minor_for(several)
    assert second.config.name == "media.example#2"
    second.tasks.append(3)
    assert not them.minor_free(several)
    assert them.minor_for(several) is second  # the one with fewer tasks
    first.tasks.clear()
    assert them.minor_free(several)
    assert them.minor_for(several) is first
    assert them.names == ("media.example", "media.example#2")


def test_a_link_of_the_same_name_that_is_no_minor_one_does_not_count():
    them = links()
    plain = them.create(LonglinkConfig(name="plain", hosts=("media.example",)))
    assert them.minors("media.example") == []
    assert them.minor_for(task("media.example")) is not plain
