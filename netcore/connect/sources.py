"""Where addresses come from, and in which order they are tried.

Mars: ``mars/stn/src/net_source.cc``.

Rules
    1. A debug address, if one is set for the host or the link, is the only one used.
    2. Else newdns (the caller's own answer, or DNS over HTTPS) gives the addresses; when it has
       none, the DNS; never both.
    3. They are ranked (:mod:`netcore.connect.ranking`), and at most 5 are taken.
    4. Backup addresses top the list up, shuffled, on the low-priority ports if there are any.
       They are put in when the places are not filled, and, once only one kind of source
       has filled all 5, as a sixth. Those in the list already are left out while there are others.
       A host without backup addresses gets its last DNS answer as such, or itself if it is one.
    5. While the app is inactive, 4 places are shared out among the hosts and backup fills the rest.
    6. Where only IPv6 exists, IPv4 addresses are turned into their NAT64 form; where only IPv4
       exists, IPv6 addresses that lead off this machine are left out while there are others.
    7. What is known is tried at once: several hosts are looked up side by side, and once one has an
       address the others are waited for PATIENCE longer, as is the DNS where newdns has answered
       (its answer is wanted for backup alone), and the NAT64 prefix where an IPv6 address is there.
       A look-up that comes later serves the next connect (:mod:`netcore.connect.lookup`).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from netcore.connect.addresses import (
    EndpointReported,
    EndpointsChosen,
    NameResolved,
    NewDns,
    OnResolved,
    SourcesSettings,
)
from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.families import AddressFamilies
from netcore.connect.ipstack import LocalStack, detect_stack
from netcore.connect.lookup import Lookup
from netcore.connect.proxies import by_name
from netcore.connect.ranking import Ranking
from netcore.connect.resolver import (
    PATIENCE,
    CachingResolver,
    Resolver,
    SystemResolver,
    literal,
)
from netcore.connect.store import load_json, save_json, set_aside
from netcore.errors import DnsError
from netcore.observe import Observer
from netcore.runtime.task_holder import TaskHolder

__all__ = [
    "EndpointReported",
    "EndpointsChosen",
    "NameResolved",
    "NewDns",
    "OnResolved",
    "Sources",
    "SourcesSettings",
]

MAX_ENDPOINTS = 5  # kNumMakeCount
FILE_NAME = "ip_ranking.json"
CHOSEN_KEPT = 50

_Found = tuple[tuple[str, ...], AddressSource]  # a host's addresses, and who gave them


class Sources:
    """Gives the addresses of hosts, and learns from how they did.

    ``new_dns`` comes before ``resolver`` (the system's, cached, by default). ``folder`` keeps the
    ranking over restarts. ``now`` and ``wall`` are clocks in seconds, ``stack`` detects the local
    IP stack; ``on_resolved`` is called with each lookup; ``active`` is the app's (see rule 5), set
    from outside. ``chosen`` keeps the latest lists by ``(longlink, hosts)``, for those who want to
    show them.
    """

    def __init__(
        self,
        settings: SourcesSettings | None = None,
        *,
        new_dns: NewDns | None = None,
        resolver: Resolver | None = None,
        folder: Path | None = None,
        rng: random.Random | None = None,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        stack: Callable[[], LocalStack] = detect_stack,
        observer: Observer | None = None,
        on_resolved: OnResolved | None = None,
    ) -> None:
        self.settings = settings or SourcesSettings()
        self.active = True
        self._rng = rng or random.Random()
        self._now = now
        self._wall = wall
        self._observer = observer
        resolver = resolver or CachingResolver(SystemResolver(), clock=now)
        self._lookup = Lookup(self.settings, resolver, new_dns, now, observer, on_resolved)
        self._file = None if folder is None else folder / FILE_NAME
        self.ranking = Ranking(self._rng)
        self.chosen: dict[tuple[bool, tuple[str, ...]], tuple[Endpoint, ...]] = {}
        self._holder = TaskHolder("sources")
        self._families = AddressFamilies(self._lookup.resolver, self._holder, now, stack)
        self._load()

    @property
    def new_dns(self) -> NewDns | None:
        """Whom to ask before the DNS; may be changed at any time."""
        return self._lookup.new_dns

    @new_dns.setter
    def new_dns(self, new_dns: NewDns | None) -> None:
        self._lookup.new_dns = new_dns

    # ------------------------------------------------------------------------ addresses

    async def endpoints(
        self,
        host: str | Sequence[str],
        *,
        longlink: bool,
        minor: bool = False,
        ports: Sequence[int] = (),
        cgi: str = "",
        extra_info: Mapping[str, str] | None = None,
        proxied: bool = False,
    ) -> list[Endpoint]:
        """The addresses of one host or several, in the order of trying.

        ``ports`` are used instead of the settings'; ``minor`` and ``cgi`` choose debug addresses.
        ``proxied``: where no address is known, the names themselves, for a proxy to look up.
        Raises :class:`~netcore.errors.DnsError` when there is none.
        """
        hosts = [host] if isinstance(host, str) else list(host)
        if longlink and not hosts:
            hosts = list(self.settings.longlink_hosts)
        found = self._debug(hosts, longlink, minor, ports, cgi)
        if not found:
            found = await self._gather(hosts, longlink, tuple(ports), extra_info or {})
            found = await self._families.translated(found)
        if not found and proxied:
            found = by_name(hosts, tuple(ports) or self._ports(longlink, backup=False))
        if not found:
            raise DnsError(self._why_none(hosts))
        self.chosen[longlink, tuple(hosts)] = tuple(found)
        if len(self.chosen) > CHOSEN_KEPT:
            del self.chosen[next(iter(self.chosen))]
        if self._observer is not None and self._observer.active:
            self._observer.emit(
                EndpointsChosen(
                    hosts=tuple(hosts),
                    longlink=longlink,
                    addresses=tuple(map(str, found)),
                    sources=tuple(each.source.name for each in found),
                )
            )
        return found

    def _why_none(self, hosts: Sequence[str]) -> str:
        if not hosts:
            return "no address is known: no host is set"
        told = [self._lookup.why(host) for host in hosts]
        return "; ".join(filter(None, told)) or (
            f"no address for {', '.join(hosts)}; check the name and the connection"
        )

    async def close(self) -> None:
        """Give up look-ups under way."""
        await self._holder.close()
        await self._lookup.close()

    async def dns_addresses(self, host: str, *, longlink: bool = True) -> tuple[str, ...]:
        """What newdns, else the DNS says now, unranked; empty when neither knows."""
        addresses, _ = await self._lookup.addresses(host, longlink, {})
        return addresses

    def debug_shortlink(self, hosts: Sequence[str], cgi: str) -> bool:
        """Whether a debug address stands for these hosts on the short link."""
        return bool(self._debug(hosts, False, False, (), cgi))

    def _debug(
        self, hosts: Sequence[str], longlink: bool, minor: bool, ports: Sequence[int], cgi: str
    ) -> list[Endpoint]:
        settings = self.settings
        own_ports = tuple(ports) or (
            tuple(settings.longlink_ports) if longlink else (settings.shortlink_port,)
        )
        first = hosts[0] if hosts else ""
        if not longlink and cgi in settings.cgi_debug:
            ip, port = settings.cgi_debug[cgi]
            return [Endpoint(ip, port or 80, first, AddressSource.DEBUG)]
        for host in hosts:
            if host in settings.debug_ips:
                ip = settings.debug_ips[host]
                return [Endpoint(ip, port, host, AddressSource.DEBUG) for port in own_ports]
        if longlink:
            ip = settings.minorlong_debug_ip if minor else settings.longlink_debug_ip
        else:
            ip = settings.shortlink_debug_ip
        return [Endpoint(ip, port, first, AddressSource.DEBUG) for port in own_ports] if ip else []

    async def _gather(
        self,
        hosts: Sequence[str],
        longlink: bool,
        ports: tuple[int, ...],
        extra_info: Mapping[str, str],
    ) -> list[Endpoint]:
        found: list[Endpoint] = []
        known = await self._look_up(hosts, longlink, extra_info)
        main = ports or self._ports(longlink, backup=False)
        backup = ports or self._ports(longlink, backup=True)
        if self.active:
            kinds = 0

            def limit() -> int:
                return MAX_ENDPOINTS + (kinds == 1 and len(found) == MAX_ENDPOINTS)

            for host in hosts:
                added = self._named(host, main, limit() - len(found), known)
                found += added
                kinds += bool(added)
            for host in hosts:
                added = await self._backups(host, backup, limit(), found)
                found += added
                kinds += bool(added)
            return found
        share, more = divmod(MAX_ENDPOINTS - 1, max(len(hosts), 1))
        limit_now = 0
        for index, host in enumerate(hosts):
            if limit_now >= MAX_ENDPOINTS - 1:
                break
            limit_now += share + (index < more)
            found += self._named(host, main, limit_now - len(found), known)
        for host in hosts:
            if len(found) >= MAX_ENDPOINTS:
                break
            found += await self._backups(host, backup, MAX_ENDPOINTS, found)
        return found

    async def _look_up(
        self, hosts: Sequence[str], longlink: bool, extra_info: Mapping[str, str]
    ) -> dict[str, _Found]:
        """Rule 7."""
        if len(hosts) == 1:
            return {hosts[0]: await self._lookup.addresses(hosts[0], longlink, extra_info)}
        asked = {
            host: self._holder.start(self._lookup.addresses(host, longlink, extra_info), host)
            for host in dict.fromkeys(hosts)
        }
        running = set(asked.values())
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if any(task.result()[0] for task in done):
                if running:
                    await asyncio.wait(running, timeout=PATIENCE)
                break
        return {host: task.result() for host, task in asked.items() if task.done()}

    def _named(
        self, host: str, ports: Sequence[int], count: int, known: Mapping[str, _Found]
    ) -> list[Endpoint]:
        if count <= 0 or host not in known:
            return []
        addresses, source = known[host]
        candidates = self._make(host, addresses, ports, source)
        return self.ranking.order(candidates, count, self._now())

    async def _backups(
        self, host: str, ports: Sequence[int], limit: int, found: Sequence[Endpoint]
    ) -> list[Endpoint]:
        count = limit - len(found)
        if count <= 0:
            return []
        ips = await self._backup_ips(host, found)
        taken = {each.ip for each in found}
        wanted = count + len(ports) if count < len(ports) else count
        for ip in tuple(ips):
            if len(ips) * len(ports) <= wanted:
                break
            if ip in taken:
                ips.remove(ip)
        there = {(each.ip, each.port) for each in found}
        candidates = [
            each
            for each in self._make(host, ips, ports, AddressSource.BACKUP)
            if (each.ip, each.port) not in there
        ]
        self._rng.shuffle(candidates)
        return candidates[:count]

    async def _backup_ips(self, host: str, found: Sequence[Endpoint]) -> list[str]:
        given = self.settings.backup_ips.get(host) or self._lookup.last_answer(host)
        own = literal(host)
        if given is None and own is not None:  # else a ban would leave such a host without any
            given = [own]
        if given is None and any(
            each.host == host and each.source is AddressSource.NEWDNS for each in found
        ):
            await self._lookup.ask_dns_beside(host)  # which newdns made needless until now
            given = self._lookup.last_answer(host)
        return list(given or ())

    def _make(
        self, host: str, addresses: Sequence[str], ports: Sequence[int], source: AddressSource
    ) -> list[Endpoint]:
        usable = self._families.usable(addresses)
        return [Endpoint(ip, port, host, source) for ip in usable for port in ports]

    def _ports(self, longlink: bool, *, backup: bool) -> tuple[int, ...]:
        if not longlink:
            return (self.settings.shortlink_port,)
        if backup and self.settings.low_priority_ports:
            return tuple(self.settings.low_priority_ports)
        return tuple(self.settings.longlink_ports)

    # ------------------------------------------------------------------------ learning

    def report(self, endpoint: Endpoint, ok: bool) -> None:
        """How using an address went; debug addresses and names are not ranked."""
        if endpoint.source in (AddressSource.DEBUG, AddressSource.PROXY):
            return
        ip = self._families.original(endpoint.ip)
        now = self._now()
        if not self.ranking.report(ip, endpoint.port, ok, now, self._wall()):
            return
        if self._observer is not None and self._observer.active:
            banned = self.ranking.banned_for(ip, endpoint.port, now)
            self._observer.emit(EndpointReported(address=str(endpoint), ok=ok, banned_for=banned))

    def ban_by_server(self, ip: str) -> None:
        """The server at ``ip`` asks not to be used for 30 minutes (``AddServerBan``)."""
        own, now = self._families.original(ip), self._now()
        self.ranking.ban_by_server(own, now)
        if self._observer is not None and self._observer.active:
            banned = self.ranking.banned_for(own, 0, now)
            self._observer.emit(EndpointReported(address=ip, ok=False, banned_for=banned))

    def forgive(self, ip: str) -> None:
        """An address proved good again: forget its failures."""
        self.ranking.forgive(self._families.original(ip))

    def disable_ipv6(self) -> None:
        """Use no IPv6 address until the network changes (``DisableIPv6``)."""
        self._families.disable_ipv6()

    def on_network_change(self, label: str) -> None:
        """We are on the network called ``label``, or on none ("")."""
        self.save()
        self.ranking.on_network(label, self._wall())
        self._families.forget()
        self._lookup.forget()

    # ------------------------------------------------------------------------ persistence

    def save(self) -> None:
        """Write the ranking to its file, if there is one; a failure is logged."""
        if self._file is not None:
            save_json(self._file, self.ranking.as_dict(self._wall()))

    def _load(self) -> None:
        if self._file is None:
            return
        try:
            self.ranking.restore(load_json(self._file), self._wall())
        except ValueError as error:
            set_aside(self._file, str(error))
