"""The whole server: store, service and the two listeners, put together."""

from __future__ import annotations

import asyncio
import errno
import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from argon2 import PasswordHasher

from app.server.accounts import Accounts
from app.server.bodies import Bodies
from app.server.body_files import BodyFiles
from app.server.chat import Chat
from app.server.connection import ClientConnection
from app.server.connections import Connections
from app.server.control import Control
from app.server.conversations import Conversations
from app.server.database import Database
from app.server.echo import Echo
from app.server.errors import UnusableStoreError
from app.server.gate import Gate
from app.server.longlink import LongLinkConnection
from app.server.mars_sample import MarsSample
from app.server.messages import Messages
from app.server.passwords import Passwords
from app.server.presence import Presence
from app.server.quic import QuicListener
from app.server.sending import Sending
from app.server.service import Service
from app.server.settings import ServerSettings
from app.server.shortlink import ShortLinkConnection
from netcore.connect.certificate import load_or_make
from netcore.connect.resolver import SystemResolver, literal
from netcore.connect.tls import show_fingerprint
from netcore.errors import ConfigError, DnsError
from netcore.runtime.alarm import Alarm

LISTEN_LOOK_UP = 10.0  # seconds for the name in --host
_log = logging.getLogger("app.server")


class ListenError(Exception):
    """A port cannot be listened on; the message says why and what to do."""


class Server:
    """The demo server. :meth:`start` it, and :meth:`close` it at the end.

    ``hasher`` is another one for tests.
    """

    def __init__(self, settings: ServerSettings, *, hasher: PasswordHasher | None = None) -> None:
        self.settings = settings
        self.longlink_port = 0
        self.shortlink_port = 0
        self.presence = Presence()
        self.fingerprint = ""  # SHA-256 of the certificate, hex; "" without TLS
        self._hasher = hasher
        self._database: Database | None = None
        self._control: Control | None = None
        self._repeats: Alarm | None = None
        self._connections: Connections | None = None
        self._listeners: list[asyncio.Server] = []
        self._quic: QuicListener | None = None
        self._certificate: Path | None = None

    @property
    def sockets(self) -> int:
        """Sockets of clients that are open."""
        return 0 if self._connections is None else self._connections.sockets

    @property
    def held(self) -> int:
        """Bytes of memory held for all clients: unread answers, requests that are not whole."""
        return 0 if self._connections is None else self._connections.held

    async def start(self) -> None:
        """Open the store and listen.

        Raises :class:`ListenError` and :class:`UnusableStoreError`, and leaves nothing open then.
        """
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> None:
        settings = self.settings
        self._database = database = Database(settings.data)
        tls = None if settings.plain else self._tls()
        presence = self.presence
        accounts = Accounts(database)
        messages = Messages(database)
        conversations = Conversations(database, messages)
        sample = MarsSample(conversations, messages, presence, limits=settings.limits)
        bodies = Bodies(database, BodyFiles(settings.data / "bodies"), settings.limits)
        try:
            bodies.tidy()
        except OSError as error:
            raise UnusableStoreError(
                f"{settings.data / 'bodies'} cannot be used: {error}"
            ) from error
        sending = Sending(
            conversations,
            messages,
            presence,
            sample,
            database,
            bodies,
            settings.limits,
            clock=time.monotonic,
        )
        self._repeats = repeats = Alarm(time.monotonic, sending.repeat)
        sending.on_deadline = repeats.by
        chat = Chat(
            database.server_id,
            accounts,
            conversations,
            messages,
            presence,
            sending,
            bodies,
            Passwords(self._hasher),
            settings.limits,
            clock=time.monotonic,
            history=database,
        )
        service = Service(accounts, chat, sample, wall=time.time, batch=database.batch)
        if settings.echo:
            soon = asyncio.get_running_loop().call_soon
            Echo(accounts, conversations, presence, service, soon=soon).start()
        self._connections = connections = Connections(settings.limits)

        def make_longlink() -> LongLinkConnection:
            return LongLinkConnection(connections, service, presence)

        self.longlink_port = await self._listen(
            "long link",
            make_longlink,
            settings.longlink_port,
            tls,
        )
        self.shortlink_port = await self._listen(
            "short link",
            lambda: ShortLinkConnection(connections, service, make_longlink),
            settings.shortlink_port,
            tls,
        )
        if tls is not None and settings.quic:
            await self._listen_quic(lambda: ShortLinkConnection(connections, service), connections)
        self._control = Control(database, settings.data)
        await self._control.start()
        _log.info(
            "long link on %s:%d, short link on %d, data in %s, %s",
            settings.host,
            self.longlink_port,
            self.shortlink_port,
            settings.data,
            f"TLS, SHA-256 {show_fingerprint(self.fingerprint)}" if tls else "without TLS",
        )

    def _tls(self) -> ssl.SSLContext:
        host = self.settings.host
        names = [] if host in ("", "0.0.0.0", "::") else [host]
        try:
            certificate = load_or_make(self.settings.data, names)
        except ConfigError as error:
            raise UnusableStoreError(str(error)) from error
        self.fingerprint = certificate.fingerprint
        self._certificate = certificate.path
        return certificate.context()

    async def _listen(
        self,
        link: str,
        make: Callable[[], ClientConnection],
        port: int,
        tls: ssl.SSLContext | None,
    ) -> int:
        option = "--" + link.replace(" ", "") + "-port"
        connections = self._connections
        assert connections is not None
        loop = asyncio.get_running_loop()
        host = self.settings.host
        try:
            found = await _addresses(host)
            listener = await loop.create_server(
                lambda: Gate(connections, make, tls),
                found[:1] if port == 0 else found,  # several would get a port for each
                port,
            )
        except OSError as error:
            where = f"port {port} of {self.settings.host}"
            if error.errno == errno.EADDRINUSE:
                text = f"{where} is taken by another program; end it, or give {option} another port"
            elif error.errno == errno.EACCES:
                text = f"{where} is not for this user; give {option} a port from 1024 on"
            else:
                text = f"{where} cannot be listened on ({error.strerror or error}); see --host"
            raise ListenError(f"the {link}'s {text}") from error
        self._listeners.append(listener)
        return int(listener.sockets[0].getsockname()[1])

    async def _listen_quic(
        self, make: Callable[[], ClientConnection], connections: Connections
    ) -> None:
        assert self._certificate is not None
        try:
            (host, *_) = await _addresses(self.settings.host)
            quic = QuicListener(connections, make)
            await quic.start(host, self.shortlink_port, self._certificate)
        except OSError as error:
            raise ListenError(
                f"UDP port {self.shortlink_port} of {self.settings.host} cannot be listened on "
                f"({error.strerror or error}); give --shortlink-port another port, or --no-quic"
            ) from error
        self._quic = quic

    async def close(self) -> None:
        """Take nobody in any more, end all connections, close the store."""
        for each in self._listeners:
            each.close()
        if self._quic is not None:
            self._quic.close()
            self._quic = None
        if self._repeats is not None:
            self._repeats.cancel()
        if self._connections is not None:
            await self._connections.close()
        self._listeners.clear()
        if self._control is not None:
            await self._control.close()
            self._control = None
        if self._database is not None:
            self._database.close()
            self._database = None


async def _addresses(host: str) -> list[str]:
    """The addresses to listen on; raises OSError. A name is looked up here, guarded."""
    own = literal(host) if host else ""
    if own is not None:
        return [own or "0.0.0.0"]
    try:
        return list((await SystemResolver().resolve(host, timeout=LISTEN_LOOK_UP)).addresses)
    except DnsError as error:
        raise OSError(str(error)) from error
