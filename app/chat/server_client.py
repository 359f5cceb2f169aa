"""The server as the chat sees it: calls that give a result or a ChatError, pushes, and the link.

:class:`ServerClient` is netcore's :class:`~netcore.callbacks.Callbacks` for the chat. A new long
link first says who is there (the identify check, with the log-in's token); until the server has
agreed, netcore holds back every other call. On the short link each call carries the token itself.
Calls may take either link: the long one while it is up, else the short one.
"""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from google.protobuf.message import DecodeError, Message

from app.chat.bounds import MAX_DETAIL, bound, retry_after
from app.chat.errors import ChatError
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, PushCommand
from netcore.callbacks import Callbacks, Identify, IdentifyMode
from netcore.core import NetCore
from netcore.engine.task_events import TaskEnded
from netcore.errors import (
    CertificateError,
    ConnectError,
    DnsError,
    ErrorType,
    LocalCode,
    NetcoreError,
    ProxyError,
    TaskTimeoutError,
    TlsError,
)
from netcore.events import NetworkChanged, NetworkKind
from netcore.longlink.link import LinkState, LinkStateChanged
from netcore.observe import Event
from netcore.policy.weak import WeakChanged
from netcore.settings import Settings
from netcore.task import MAIN_LONGLINK, Channel, Task

_log = logging.getLogger("app.chat.server_client")

R = TypeVar("R", bound=Message)
POLL_GRACE = 5.0  # seconds beyond those that the server may keep an answer
CALL_TIMEOUT = 20.0  # seconds for a call, waiting and retries included
READY_TIMEOUT = 4.0  # seconds that a log-in waits for the long link before it takes the short one
ENDED = frozenset({"session_expired", "not_logged_in"})
"""Codes with which the identify check says that a token is good no more."""
_CAUSES = (
    (CertificateError, "untrusted_certificate"),
    (DnsError, "unknown_host"),
    (ProxyError, "proxy_failed"),
    (TlsError, "no_tls"),
)
_SAY_NOTHING = frozenset({Command.SYNC, Command.ACKNOWLEDGE})
"""Commands whose time says nothing of the network: kept back by the server, or never answered."""
_NO_MATTER = frozenset({ErrorType.CANCELED, ErrorType.LOCAL})
"""Ends of a task that say nothing about the network, but for :attr:`LocalCode.TASK_TIMEOUT`."""


class ServerClientOwner(Protocol):
    """Whom the remote tells. All are called on the loop's thread."""

    def on_link(self) -> None:
        """The link came up or went down, or is identified now; or another way carries calls."""

    def on_push(self, push: PushCommand, body: bytes) -> None:
        """The server sent something on its own."""

    def on_weak(self) -> None:
        """The network became weak, or is no longer."""

    def on_unknown(self) -> None:
        """The server does not know who is on this link, though it should."""

    def on_ended(self, code: str) -> None:
        """The server does not know the log-in any more."""

    def on_untrusted(self, error: CertificateError) -> None:
        """The link cannot be had: nobody vouches for the server's certificate."""

    def on_connect_failed(self) -> None:
        """No long link can be had just now."""

    def on_sync_wanted(self) -> None:
        """There is no long link, and it is time to ask for news by the short one."""


class ServerClient(Callbacks):
    """One server, reached through a :class:`~netcore.core.NetCore` of its own."""

    def __init__(self, settings: Settings) -> None:
        self.core = NetCore(settings, self)
        self.owner: ServerClientOwner | None = None
        self.token = ""
        self.identified = False  # whether the long link knows who we are
        self.up = False  # whether there is a long link
        self.epoch = b""  # of the server's store, as the long link that knows us has it
        self.network = True
        self.weak = False  # whether the network is
        self.answer_time = 0.0  # seconds that the latest answer took, all attempts included
        self.by_short = False  # whether the short link carries calls while no long one knows us
        self.device = f"{platform.node() or 'computer'} ({platform.system() or 'unknown'})"[:100]
        self._changed = asyncio.Event()
        self._failures = 0  # connects that failed, ever
        self._failure: ConnectError | None = None  # what the latest of them failed for
        self._unsubscribe = self.core.observer.subscribe(self._observe)

    def close(self) -> None:
        """Tell nobody any more; the core is closed by who started it."""
        self.owner = None
        self._unsubscribe()

    def set_token(self, token: str, *, identified: bool = False, epoch: bytes = b"") -> None:
        """Who we are from now on; "" is nobody. ``identified``: the long link knows already."""
        self.token = token
        self.epoch = epoch
        self.identified = identified and self.up
        self.by_short = False
        self.core.set_logged_in(bool(token))
        if self.identified:
            self.core.touch_tasks()

    # -- calls ----------------------------------------------------------------------------------

    async def call(
        self,
        command: Command,
        request: Message,
        result: Callable[[], R],
        *,
        channel: Channel = Channel.BOTH,
        authed: bool = True,
        retries: int = 1,
        timeout: float = 0.0,
        kept_back: float = 0.0,
    ) -> R:
        """Ask the server; raises ChatError.

        ``timeout`` in seconds bounds all of it; 0 is :data:`CALL_TIMEOUT`. What may be tried again
        may also be under way twice at once; but who is on a link is told to that link alone. The
        server may keep the answer ``kept_back`` seconds without anything being wrong.
        """
        if authed and not self.token:
            raise ChatError("not_logged_in")
        token = self.token
        task = Task(
            cmdid=command,
            cgi=command.path,
            body=request.SerializeToString(),
            channel=channel,
            need_authed=authed,
            network_status_sensitive=True,  # what fails is told at once: the chat tries again
            retry_count=retries,
            idempotent=retries > 0 and command is not Command.IDENTIFY and not kept_back,
            total_timeout=(timeout or CALL_TIMEOUT) + kept_back,
            long_polling=kept_back > 0,
            long_polling_timeout=kept_back + POLL_GRACE if kept_back else 0.0,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        was_up = self.up
        try:
            body = await self.core.request(task)
        except NetcoreError as error:
            raise self._unreached(error, was_up or self.up) from error
        try:
            answer = _answer(body)
            made = result()
            made.ParseFromString(answer.result)
            bound(made)
        except DecodeError as error:
            raise ChatError("server_error", f"{command.name}: an unreadable answer") from error
        except ChatError as error:
            if authed and token == self.token:
                self._refused(error.code)
            raise
        return made

    def acknowledge(self, revisions: Sequence[int]) -> None:
        """Tell the server that these pushes have come, if the long link is there; no answer."""
        if self.up and self.identified:
            request = pb.Acknowledge(revisions=revisions)
            self.core.start_task(
                Task(
                    cmdid=Command.ACKNOWLEDGE,
                    body=request.SerializeToString(),
                    channel=Channel.LONG,
                    send_only=True,
                    retry_count=0,
                    total_timeout=CALL_TIMEOUT,
                )
            )

    def _refused(self, code: str) -> None:
        """An authed call was refused: maybe because of who we are."""
        if code == "session_expired" or (code == "not_logged_in" and not self.up):
            self._ended(code)
        elif code == "not_logged_in" and self.owner is not None:
            self.identified = False
            self.owner.on_unknown()

    @property
    def trouble(self) -> str:
        """The code of what the latest connect failed for; "" where none did."""
        for kind, code in _CAUSES:
            if isinstance(self._failure, kind):
                return code
        return "" if self._failure is None else "no_connection"

    def next_try(self) -> float | None:
        """When the long link connects again, seconds since the epoch; None: now, or not at all."""
        for link in self.core.snapshot().links:
            if link.main:
                return link.next_connect
        return None

    @property
    def _untrusted(self) -> CertificateError | None:
        return self._failure if isinstance(self._failure, CertificateError) else None

    def _unreached(self, error: NetcoreError, up: bool) -> ChatError:
        causes = [] if self._failure is None else [self._failure]
        cause: BaseException | None = error
        while cause is not None:
            causes += [cause] if isinstance(cause, ConnectError) else []
            cause = cause.__cause__
        for kind, code in _CAUSES:
            for each in causes:
                if isinstance(each, kind):
                    made = ChatError(code, str(each))
                    made.__cause__ = each
                    return made
        timed_out = isinstance(error, TaskTimeoutError) and up
        return ChatError("timeout" if timed_out else "no_connection", str(error))

    async def ready(self, timeout: float = READY_TIMEOUT) -> None:
        """Wait until the long link is up, or its connect has failed, or ``timeout`` seconds.

        Raises ChatError "untrusted_certificate" (the certificate is the error's ``__cause__``).
        """
        failures = self._failures
        try:
            async with asyncio.timeout(timeout):
                while not self.up and self._failures == failures:
                    self.core.make_sure_longlink_connected()
                    if self.core.longlink_profile() is None:
                        return  # there is to be no long link
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return
        if self._untrusted is not None:
            raise ChatError("untrusted_certificate", str(self._untrusted)) from self._untrusted

    async def identify(self) -> None:
        """Tell a long link that is up who we are; raises ChatError."""
        request = pb.Identify(token=self.token, device=self.device)
        token = self.token
        try:
            found = await self.call(
                Command.IDENTIFY, request, pb.Identified, channel=Channel.LONG, authed=False
            )
        except ChatError as error:
            if error.code in ENDED and token == self.token:
                self._ended(error.code)
            raise
        if token == self.token and self.up:
            self._identified(found.epoch)

    # -- netcore's callbacks --------------------------------------------------------------------

    def make_sure_authed(self, host: str, user_id: str) -> bool:
        """The long link must know us; the short link is told with each call."""
        return bool(self.token) and (self.identified or not self.up)

    def identify_buffer(self, channel: str) -> Identify:
        """Say who is there as soon as somebody is."""
        if not self.token:
            return Identify(IdentifyMode.NEXT)
        request = pb.Identify(token=self.token, device=self.device)
        body, hash_ = request.SerializeToString(), self.token.encode()
        return Identify(IdentifyMode.NOW, Command.IDENTIFY, body, hash_)

    def on_identify_response(self, channel: str, body: bytes, hash: bytes) -> bool:
        """The server agreed, or the log-in is over."""
        if hash != self.token.encode():
            return False  # somebody else has logged in meanwhile
        try:
            found = pb.Identified.FromString(_answer(body).result)
            bound(found)
        except DecodeError:
            _log.error("an unreadable answer to the identify check")
            return False
        except ChatError as error:
            _log.warning("the server refuses the log-in: %s", error)
            if error.code in ENDED:
                self._ended(error.code)
                return True
            return False
        if channel == MAIN_LONGLINK:  # a spare one only carries copies
            self._identified(found.epoch)
        return True

    def on_push(self, channel: str, cmdid: int, seq: int, body: bytes) -> None:
        """Pass on what Phobos's server sends by itself; the sample's pushes are not for us."""
        try:
            push = PushCommand(cmdid)
        except ValueError:
            _log.info("a push of an unknown kind: %d", cmdid)
            return
        if self.owner is not None:
            self.owner.on_push(push, body)

    def request_sync(self) -> None:
        """The long link is down for a while."""
        if self.owner is not None and self.token:
            self.owner.on_sync_wanted()

    # -- the link -------------------------------------------------------------------------------

    def _observe(self, event: Event) -> None:
        if isinstance(event, LinkStateChanged) and event.link == MAIN_LONGLINK:
            self._link_changed(event.state)
        elif isinstance(event, NetworkChanged):
            self.network = event.kind is not NetworkKind.NONE
            self.by_short = False
            if self.owner is not None:
                self.owner.on_link()
        elif isinstance(event, WeakChanged):
            self.weak = event.weak
            if self.owner is not None:
                self.owner.on_weak()
        elif isinstance(event, TaskEnded):
            if event.error_type is ErrorType.OK and event.cmdid not in _SAY_NOTHING:
                self.answer_time = event.cost
            if event.channel is Channel.SHORT:
                self._short_ended(event)

    def _short_ended(self, event: TaskEnded) -> None:
        timed_out = event.error_code == LocalCode.TASK_TIMEOUT
        if event.error_type in _NO_MATTER and not timed_out:
            return
        by_short = not (self.up and self.identified) and event.error_type in (
            ErrorType.OK,
            ErrorType.SERVER,
        )
        if by_short != self.by_short:
            self.by_short = by_short
            if self.owner is not None:
                self.owner.on_link()

    def _link_changed(self, state: LinkState) -> None:
        self.up = state is LinkState.CONNECTED
        self.identified = False
        failed = state is LinkState.CONNECT_FAILED
        if failed:
            self._failures += 1
            profile = self.core.longlink_profile()
            self._failure = None if profile is None else profile.failure
        elif self.up:
            self._failure = None
        self._changed.set()
        if self.owner is not None:
            self.owner.on_link()
            if failed and self._untrusted is not None:
                self.owner.on_untrusted(self._untrusted)
            elif failed and self.token and self.network:
                self.owner.on_connect_failed()

    def _identified(self, epoch: bytes) -> None:
        self.identified = True
        self.epoch = epoch
        self.by_short = False
        self.core.touch_tasks()
        if self.owner is not None:
            self.owner.on_link()

    def _ended(self, code: str) -> None:
        if self.owner is not None:
            self.owner.on_ended(code)


def _answer(body: bytes) -> pb.Answer:
    """The server's answer; raises DecodeError, or ChatError for a refusal."""
    answer = pb.Answer.FromString(body)
    if answer.code != pb.OK:
        try:
            code = pb.Code.Name(answer.code).lower()
        except ValueError:  # of a later server
            code = "server_error"
        wait = retry_after(answer.retry_after)
        raise ChatError(code, answer.detail[:MAX_DETAIL], retry_after=wait)
    return answer
