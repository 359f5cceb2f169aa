"""What addresses a host has, by whom the caller trusts most (``mars/stn/src/net_source.cc``).

A numeric address stands for itself. Else newdns is asked: a callback of the app, or DNS over HTTPS;
when it has none, takes too long or fails, the DNS. Each answer is told, and the last one of the DNS
is kept, for it serves as backup addresses (rule 4 of :mod:`netcore.connect.sources`).

Nobody who is silent is waited for twice: newdns or a DNS that failed within the last FAILURE_KEPT
seconds is asked beside what is known otherwise, and its answer serves the next connect.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any

from netcore import bounds
from netcore.checking import strings
from netcore.connect.addresses import NameResolved, NewDns, OnResolved, SourcesSettings
from netcore.connect.endpoint import AddressSource
from netcore.connect.resolver import FAILURE_KEPT, PATIENCE, CachingResolver, Resolver, literal
from netcore.errors import DnsError
from netcore.observe import Observer
from netcore.runtime.clock import NEVER
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("netcore.connect.sources")


class Lookup:
    """Looks names up. ``new_dns`` comes before ``resolver`` and may be changed at run time."""

    def __init__(
        self,
        settings: SourcesSettings,
        resolver: Resolver,
        new_dns: NewDns | None,
        now: Callable[[], float],
        observer: Observer | None,
        on_resolved: OnResolved | None,
    ) -> None:
        self.new_dns = new_dns
        self.resolver = resolver
        self._settings = settings
        self._now = now
        self._observer = observer
        self._on_resolved = on_resolved
        self._last_answers: dict[str, list[str]] = {}  # of the DNS
        self._errors: dict[str, str] = {}  # why the DNS had no address, the last time
        self._new_dns_silent: dict[str, float] = {}  # until when it is not waited for
        self._dns_failed: dict[str, float] = {}
        self._beside: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._holder = TaskHolder("lookup")

    async def addresses(
        self, host: str, longlink: bool, extra_info: Mapping[str, str]
    ) -> tuple[tuple[str, ...], AddressSource]:
        """The host's addresses, and who gave them; none when nobody knows."""
        own = literal(host)
        if own is not None:
            return (own,), AddressSource.DNS
        if self.new_dns is not None:
            addresses = await self._by_new_dns(self.new_dns, host, longlink, extra_info)
            if addresses:
                return addresses, AddressSource.NEWDNS
        return await self.ask_dns(host), AddressSource.DNS

    async def ask_dns(self, host: str) -> tuple[str, ...]:
        """What the DNS says; none when it does not know."""
        started = self._now()
        try:
            answer = await self.resolver.resolve(host, timeout=self._settings.dns_timeout)
        except DnsError as error:
            self._errors[host] = str(error)
            self._dns_failed[host] = self._now() + FAILURE_KEPT
            self._resolved(host, self.resolver.kind, (), started, str(error))
            return ()
        self._errors.pop(host, None)
        self._dns_failed.pop(host, None)
        self._resolved(host, self.resolver.kind, answer.addresses, started, "")
        self._last_answers[host] = list(answer.addresses)
        return answer.addresses

    async def ask_dns_beside(self, host: str) -> None:
        """Ask the DNS for what is not needed at once; see :meth:`last_answer`.

        Waits no longer than PATIENCE: a slow answer serves the next connect. One that failed a
        moment ago is not asked.
        """
        if self._now() >= self._dns_failed.get(host, -NEVER):
            await self._wait_beside(f"dns {host}", self.ask_dns, host)

    def last_answer(self, host: str) -> list[str] | None:
        """What the DNS said of a host when it was last asked; None if it never was."""
        return self._last_answers.get(host)

    def why(self, host: str) -> str:
        """Why the DNS had no address for ``host`` the last time; "" when it had one."""
        return self._errors.get(host, "")

    def forget(self) -> None:
        """Another network: what is kept belongs to the old one."""
        self._new_dns_silent.clear()
        self._dns_failed.clear()
        self._beside.clear()
        if isinstance(self.resolver, CachingResolver):
            self.resolver.forget()

    async def close(self) -> None:
        """Give up what is still asked."""
        await self._holder.close()
        if isinstance(self.resolver, CachingResolver):
            await self.resolver.close()

    async def _wait_beside(
        self, name: str, ask: Callable[..., Any], *arguments: Any
    ) -> tuple[str, ...]:
        """What ``ask`` gives if it does so within PATIENCE; else it goes on by itself."""
        asking = self._beside.get(name)
        if asking is None or asking.done():
            asking = self._beside[name] = self._holder.start(ask(*arguments), name)
        done, _ = await asyncio.wait({asking}, timeout=PATIENCE)
        return asking.result() if done and not asking.cancelled() else ()

    async def _by_new_dns(
        self, new_dns: NewDns, host: str, longlink: bool, extra_info: Mapping[str, str]
    ) -> tuple[str, ...]:
        arguments = (new_dns, host, longlink, extra_info)
        if self._now() < self._new_dns_silent.get(host, -NEVER):
            return await self._wait_beside(f"newdns {host}", self._ask_new_dns, *arguments)
        return await self._ask_new_dns(*arguments)

    async def _ask_new_dns(
        self, new_dns: NewDns, host: str, longlink: bool, extra_info: Mapping[str, str]
    ) -> tuple[str, ...]:
        started = self._now()
        error = ""
        addresses: tuple[str, ...] = ()
        try:
            async with asyncio.timeout(self._settings.new_dns_timeout):
                answer = new_dns(host, longlink, extra_info)
                given = await answer if inspect.isawaitable(answer) else answer
            # A wrong answer must not become a name that the socket would look up again.
            plain = (literal(each) for each in strings("the answer of newdns", given))
            addresses = bounds.addresses(each for each in plain if each is not None)
        except TimeoutError:
            error = f"no answer within {self._settings.new_dns_timeout:g} s"
        except Exception as failure:  # the app's own code: its fault must not stop us
            if not isinstance(failure, DnsError):
                _log.exception("the newdns callback failed for %s", host)
            error = str(failure) or type(failure).__name__
        if addresses:
            self._new_dns_silent.pop(host, None)
        elif self._now() - started > PATIENCE:  # of no use, and slow to say so
            self._new_dns_silent[host] = self._now() + FAILURE_KEPT
        self._resolved(host, "newdns", addresses, started, error)
        return addresses

    def _resolved(
        self, host: str, kind: str, addresses: tuple[str, ...], started: float, error: str
    ) -> None:
        seconds = self._now() - started
        if self._on_resolved is not None:
            self._on_resolved(host, seconds, addresses, error)
        if self._observer is not None and self._observer.active:
            self._observer.emit(
                NameResolved(
                    host=host, kind=kind, addresses=addresses, seconds=seconds, error=error
                )
            )
