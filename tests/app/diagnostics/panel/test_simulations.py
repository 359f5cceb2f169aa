"""What is tried out from the panel, on a NetCore that is connected to the demo server."""

import asyncio

import pytest

from app.diagnostics.panel.event_feed import EventFeed
from app.diagnostics.panel.model import Health, PanelModel
from app.diagnostics.panel.simulations import LABEL, Simulations
from app.server.server import Server
from app.server.settings import ServerSettings
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.events import NetworkKind
from netcore.settings import Settings
from netcore.task import Channel, Task


@pytest.fixture
async def core(tmp_path):
    server = Server(
        ServerSettings(
            data=tmp_path, host="127.0.0.1", longlink_port=0, shortlink_port=0, plain=True
        )
    )
    await server.start()
    made = NetCore(
        Settings(
            longlink_hosts=("127.0.0.1",),
            longlink_ports=(server.longlink_port,),
            shortlink_hosts=("127.0.0.1",),
            shortlink_port=server.shortlink_port,
            tls=TlsSettings(enabled=False),
        )
    )
    await made.start()
    yield made
    await made.close()
    await server.close()


async def until(holds) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  (the state is not ours to signal)
            await asyncio.sleep(0.01)


@pytest.fixture
async def feed(core):
    made = EventFeed(lambda: core)
    made.open()
    await until(lambda: made.model.health() is Health.GOOD)
    yield made
    made.close()


def signals(model: PanelModel) -> list[tuple[str, str]]:
    return [(each.kind, each.value) for each in model.signals.latest]


async def test_a_real_link_fills_the_model(core, feed):
    model = feed.model
    await until(lambda: model.link.ping(feed.now()).rtt > 0)
    assert model.link.port == core.longlink_profile().port
    race = model.races.latest()
    assert race is None or race.winner == 0  # it may have connected before we listened
    for channel in (Channel.LONG, Channel.SHORT):
        task = Task(cmdid=1, cgi="/mars/hello", channel=channel, body=b"x", retry_count=0)
        core.start_task(task)
        await until(lambda task=task: task.task_id not in model.tasks.running)
    records = model.tasks.latest(2)
    assert {each.channel for each in records} == {"long", "short"}
    assert model.odd == 0
    for each in records:
        assert each.over
    short = next(each for each in records if each.channel == "short")
    assert short.attempts[0].sent <= short.attempts[0].written <= short.ended


async def test_the_link_is_dropped_and_comes_back(core, feed):
    model, simulations = feed.model, Simulations(lambda: core)
    assert simulations.drop()
    assert model.link.state == "disconnected"
    assert (model.link.reason, model.link.detail) == ("reset", "dropped by hand")
    await until(lambda: model.health() is Health.GOOD)
    assert model.link.last_detail == "dropped by hand"
    assert model.races.latest().winner == 0


async def test_sleep_is_pretended_until_it_is_ended(core, feed):
    model, simulations = feed.model, Simulations(lambda: core)
    assert simulations.sleep()
    assert not simulations.sleep()
    assert model.health() is Health.ASLEEP
    simulations.end()
    assert signals(model) == [("slept", ""), ("woke", "")]
    assert not simulations.pretending
    await until(lambda: model.health() is Health.GOOD)


async def test_another_network_is_pretended_and_the_real_one_given_back(core, feed):
    core.network_changed(NetworkKind.WIRED, "eth0")
    model, simulations = feed.model, Simulations(lambda: core)
    assert simulations.network(NetworkKind.MOBILE)
    assert (model.signals.kind, model.signals.label) == ("mobile", LABEL)
    assert model.limits.mobile
    assert simulations.network(NetworkKind.WIFI)  # from one to another: the real one is still known
    simulations.end()
    assert (model.signals.kind, model.signals.label) == ("wired", "eth0")
    await until(lambda: model.health() is Health.GOOD)


async def test_no_network_is_pretended(core, feed):
    model, simulations = feed.model, Simulations(lambda: core)
    assert simulations.network(NetworkKind.NONE)
    await until(lambda: model.health() is Health.OFFLINE)
    assert model.link.reason == "network_lost"
    simulations.end()
    await until(lambda: model.health() is Health.GOOD)


async def test_the_systems_own_word_ends_what_is_pretended(core, feed):
    simulations = Simulations(lambda: core)
    simulations.network(NetworkKind.WIFI)
    simulations.noticed("wifi", LABEL)
    assert simulations.pretending == "network"
    core.network_changed(NetworkKind.WIRED, "eth1")
    simulations.noticed("wired", "eth1")
    assert not simulations.pretending
    simulations.end()
    assert feed.model.signals.label == "eth1"


async def test_a_weak_network_is_pretended(core, feed):
    assert Simulations(lambda: core).weak()
    assert feed.model.health() is Health.WEAK
    assert feed.model.limits.weak_reason == "told"


def test_without_a_core_nothing_can_be_tried():
    simulations = Simulations(lambda: None)
    assert not simulations.possible
    assert not (simulations.drop() or simulations.sleep() or simulations.network(NetworkKind.WIFI))
    assert not simulations.weak()
    simulations.end()
