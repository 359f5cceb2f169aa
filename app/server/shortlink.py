"""The short link's side of a client: HTTP/1.1 POSTs on one connection, one after the other.

h11 keeps the protocol. What it refuses ends the connection with a status that says so. A GET that
asks for a WebSocket (RFC 6455) turns the connection into a long link.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

import h11

from app.server.connection import SLICE, ClientConnection
from app.server.connections import Connections
from app.server.response import Done, Held, Later
from app.server.service import BadBodyError, NotFoundError, Service
from netcore.carriers.layered import LayeredProtocol
from netcore.carriers.websocket import PATH as WEBSOCKET_PATH
from netcore.carriers.websocket import WebSocketMachine

LINGER = 2.0  # seconds: closing on a client that still sends would take the answer from it
MAX_HEAD = 16 * 1024  # bytes of a request line and its headers
_log = logging.getLogger("app.server.shortlink")


class ShortLinkConnection(ClientConnection):
    """One connection of the short link."""

    link = "short link"

    def __init__(
        self,
        connections: Connections,
        service: Service,
        make_longlink: Callable[[], ClientConnection] | None = None,
    ) -> None:
        super().__init__(connections)
        self._service = service
        self._make_longlink = make_longlink
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._request: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._busy = False
        self._leave: Callable[[], None] | None = None  # ends the waiting for news
        self._since = 0.0  # when the last answer was given, or the connection opened
        self._refused = False  # the last answer is given: what still comes is dropped
        self._begun = 0.0  # when the first byte of the request in hand came; 0: there is none

    def opened(self) -> None:
        """Wait for a request."""
        self._since = self.loop.time()

    def received(self, data: bytes) -> None:
        """Bytes of requests."""
        if self._refused:
            return
        if not self._begun:
            self._begun = self.loop.time()
        self._http.receive_data(data)
        self._work()

    def finished(self) -> None:
        """Say so when a request is not whole."""
        if self._begun and not self._refused and not self.closing:
            self.end("the client closed in the middle of a request")

    def unfinished(self) -> int:
        """The request that is not whole yet, and what came behind it."""
        return self._size + len(self._http.trailing_data[0])

    def deadline(self) -> tuple[float, str]:
        """Time-outs of a request and of the silence between two."""
        if self._refused:
            return self._since + LINGER, "the last answer is given"
        if self._begun:
            limit = self.limits.request_timeout
            return self._begun + limit, f"a request is not whole after {limit:g} s"
        return self._since + self.limits.keep_alive, "no further request"

    def ready(self) -> None:
        """Go on."""
        self._work()

    def _work(self) -> None:
        left = SLICE
        while left and not (self._busy or self._refused or self.closing or self.stalled):
            if not self._step():
                break
            left -= 1
        if not left:
            self.soon(self._work)
        self.listen(bool(left) and not self._busy)
        self.watch()

    def _step(self) -> bool:
        """Take one event of the protocol; False when there is none to go on with."""
        try:
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            self._refuse(HTTPStatus(error.error_status_hint), str(error))
            return False
        if event is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue and self._may_go_on():
                self.write(self._sent(h11.InformationalResponse(status_code=100, headers=[])))
            return False
        if isinstance(event, h11.Request):
            self._request = event
            self._body.clear()
            self._size = 0
            return self._may_go_on()
        if isinstance(event, h11.Data):
            self._size += len(event.data)
            if self._size > self.limits.max_package:
                self._too_large()
                return False
            self._body.append(bytes(event.data))
            return True
        if isinstance(event, h11.EndOfMessage):
            body = b"".join(self._body)
            self._body.clear()
            self._size = 0
            if self._asks_for_websocket():
                self._become_longlink()
                return False
            self._handle(body)
            return True
        return False  # ConnectionClosed, or PAUSED after an answer that closes

    def _may_go_on(self) -> bool:
        """Whether the request's head promises something to be taken; else it is refused."""
        assert self._request is not None
        if self._asks_for_websocket():
            return True
        if self._request.method != b"POST":
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "POST only")
            return False
        length = self._header(b"content-length")
        if length.isdigit() and int(length) > self.limits.max_package:
            self._too_large()
            return False
        return True

    def _asks_for_websocket(self) -> bool:
        request = self._request
        return (
            self._make_longlink is not None
            and request is not None
            and request.method == b"GET"
            and request.target.partition(b"?")[0] == WEBSOCKET_PATH.encode()
            and self._header(b"upgrade").lower() == b"websocket"
        )

    def _become_longlink(self) -> None:
        request = self._request
        assert request is not None and self._make_longlink is not None
        headers = [(bytes(name), bytes(value)) for name, value in request.headers]
        try:
            machine = WebSocketMachine.server(headers, WEBSOCKET_PATH)
        except ValueError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return
        early, _ = self._http.trailing_data
        transport = self.hand_on()
        connection = self._make_longlink()
        layer = LayeredProtocol(machine, connection)
        transport.set_protocol(layer)
        transport.resume_reading()
        connection.begin(layer.connect(transport), self.host, self.address)
        if early:
            layer.data_received(early)

    def _too_large(self) -> None:
        limit = self.limits.max_package
        self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body of over {limit} bytes")

    def _handle(self, body: bytes) -> None:
        assert self._request is not None
        path = self._request.target.decode("ascii").partition("?")[0]
        scheme, _, token = self._header(b"authorization").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            token = ""
        try:
            outcome = self._service.http(path, self.host, token.strip(), body)
        except NotFoundError:
            self._answer(HTTPStatus.NOT_FOUND, b"no such path\n", "text/plain")
        except BadBodyError as error:
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n".encode(), "text/plain")
        else:
            if isinstance(outcome, Later):
                self._busy = True
                self.wait_for(outcome, self._go_on)
            elif isinstance(outcome, Held):
                self._busy = True
                self._hold(outcome)
            else:
                self._tell(outcome)

    def _hold(self, held: Held) -> None:
        """Answer when there is news, or in time."""

        def answer() -> None:
            if self._leave is not None:
                self._leave_hold()
                self._go_on(held.again())

        def soon() -> None:  # whoever makes the news is in the middle of it
            self.soon(answer)

        leave = held.join(soon)
        timer = self.loop.call_later(held.seconds, self.guard, answer)

        def end() -> None:
            leave()
            timer.cancel()

        self._leave = end

    def closed(self) -> None:
        """Wait for no news any more."""
        self._leave_hold()

    def _leave_hold(self) -> None:
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    def _go_on(self, done: Done) -> None:
        self._busy = False
        self._tell(done)
        self._work()

    def _tell(self, done: Done) -> None:
        if done.body is None:
            self._answer(HTTPStatus.NO_CONTENT, b"")
        else:
            self._answer(HTTPStatus.OK, done.body)
        for peer, data in done.pushes:
            peer.send(data)

    def _header(self, name: bytes) -> bytes:
        assert self._request is not None
        for each, value in self._request.headers:
            if each == name:
                return bytes(value)
        return b""

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes,
        kind: str = "application/octet-stream",
        *,
        last: bool = False,
    ) -> None:
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        if status is HTTPStatus.NO_CONTENT:
            headers = []
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "POST"))
        if last:
            headers.append(("Connection", "close"))
        response = h11.Response(
            status_code=status, headers=headers, reason=status.phrase.encode("ascii")
        )
        if self._request is not None and self._request.method == b"HEAD":
            body = b""
        events = [response, h11.Data(data=body), h11.EndOfMessage()]
        self.write(b"".join(self._sent(each) for each in events))
        self._since = self.loop.time()
        self._begun = self._since if self._http.trailing_data[0] else 0.0
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        elif last:
            self._refused = True
        else:
            self.end("the last answer is given")

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Answer what cannot be gone on with, and end the connection."""
        _log.info("%s %s: %d, %s", self.link, self.address, status, reason)
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._answer(status, f"{reason}\n".encode(), "text/plain; charset=utf-8", last=True)
        else:
            self.end(reason)

    def _sent(self, event: h11.Event) -> bytes:
        return self._http.send(event) or b""
