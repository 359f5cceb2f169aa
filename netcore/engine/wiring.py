"""Makes the parts of one :class:`netcore.core.NetCore` out of its settings and callbacks."""

from __future__ import annotations

import random
from collections.abc import Sequence

from netcore.callbacks import Callbacks
from netcore.carriers.choice import CarrierChoice
from netcore.connect.newdns import new_dns_of
from netcore.connect.proxies import Proxies
from netcore.connect.sources import Sources
from netcore.engine.task_manager import TaskManager
from netcore.events import ActiveLogic, NetworkWatch
from netcore.links.context import Context
from netcore.longlink.codec import MarsEncoder
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.connector import LinkAddresses
from netcore.longlink.learned import LearnedHeartbeats
from netcore.longlink.managed import ManagedLongLink
from netcore.observe import Observer
from netcore.runtime.clock import Clock, SystemClock
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import Settings


def make_context(
    settings: Settings,
    callbacks: Callbacks | None,
    observer: Observer | None,
    clock: Clock | None,
    rng: random.Random | None,
) -> Context:
    """What all parts share; None is the default of each."""
    clock = clock or SystemClock()
    return Context(
        settings=settings,
        callbacks=callbacks or Callbacks(),
        clock=clock,
        rng=rng or random.Random(),
        observer=observer or Observer(),
        holder=TaskHolder("netcore"),
        network=NetworkWatch(),
        active=ActiveLogic(clock.now()),
        tls=settings.tls,
        proxies=Proxies(settings.proxy, settings.find_proxy, now=clock.now),
        carriers=CarrierChoice(websocket=settings.websocket),
    )


def make_sources(context: Context) -> Sources:
    """Where addresses come from; each look-up is reported to the application."""
    settings, callbacks = context.settings, context.callbacks

    def report(host: str, seconds: float, addresses: Sequence[str], error: str) -> None:
        context.ask(callbacks.report_dns, None, host, seconds, addresses, error)

    asks_new_dns = type(callbacks).on_new_dns is not Callbacks.on_new_dns
    return Sources(
        settings.sources(),
        new_dns=new_dns_of(
            callbacks.on_new_dns if asks_new_dns else None, settings.doh(context.proxies)
        ),
        folder=settings.folder,
        rng=context.rng,
        now=context.clock.now,
        wall=context.clock.wall,
        observer=context.observer,
        on_resolved=report,
    )


def make_longlink(
    config: LonglinkConfig,
    context: Context,
    task_manager: TaskManager,
    sources: Sources,
    heartbeats: LearnedHeartbeats,
) -> ManagedLongLink:
    """A long link of this configuration, with an encoder and a learned heartbeat of its own."""
    longlink = context.settings.longlink
    encoder = config.encoder or MarsEncoder(
        longlink.client_version,
        max_package=longlink.max_package,
        noop_interval=longlink.noop_interval,
    )
    addresses = LinkAddresses(sources, config)
    heartbeat = heartbeats.of(config.name)
    return ManagedLongLink(config, context, encoder, task_manager, addresses, heartbeat, sources)
