"""HTTP/1.1 as the short link speaks it, sans-I/O, on h11.

Mars: ``mars/stn/proto/shortlink_packer.cc`` and the reading half of ``mars/stn/src/shortlink.cc``;
RFC 9110 and RFC 9112. A request is a POST of octets to the task's cgi; :class:`HttpClientCodec` is
one connection's conversation, request after request::

    talk = Talk()
    data = talk.request(make_request("/mars/send", host="im.example", port=80, body=b"..."))
    answer = talk.feed(received)          # None until the answer is whole

Differs from Mars: the Host header carries the port where it is not the scheme's own; a connection
is kept as RFC 9112 section 9.3 says, not only when the peer says so; a body that ends with the
connection is an answer too; there are limits of size.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

import h11

from netcore import bounds
from netcore.connect.proxy import Proxy
from netcore.errors import ConfigError, FrameError, SocketCode

MAX_HEAD = 16 * 1024  # bytes, as h11 limits it by default
MAX_BODY = 16 * 1024 * 1024
KEEP_ALIVE_TIMEOUT = 5.0  # seconds, as Apache's default
MAX_KEEP_ALIVE_TIMEOUT = 60.0
USER_AGENT = "Phobos"
REDIRECTS = (301, 302, 307)  # reported, never followed: where to connect is the application's word

_FRAMING = ("content-length", "transfer-encoding")  # ours alone to say
_URL_SAFE = "/?:@!$&'()*+,;=-._~%"  # RFC 3986: what a path and a query may hold as it is


class ResponseError(FrameError):
    """Bytes that are no answer; ``code`` is Mars's of :attr:`~netcore.errors.ErrorType.HTTP`."""

    def __init__(self, message: str, code: SocketCode) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """A request, ready to be written; ``keep_alive`` tells whether we ask for another after it."""

    head: h11.Request
    body: bytes
    keep_alive: bool


class Response(NamedTuple):
    """A whole answer. Header names are in lower case.

    ``keep_alive`` is for how many seconds the connection may wait for another request; 0: not.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    keep_alive: float

    def header(self, name: str) -> str:
        """The value of a header by its lower-case name, "" if there is none."""
        return next((value for each, value in self.headers if each == name), "")

    @property
    def location(self) -> str:
        """Where a redirection points, "" if this is none."""
        given = self.header("location") if self.status in REDIRECTS else ""
        return bounds.words(given, bounds.MAX_LOCATION)


def make_request(
    cgi: str,
    *,
    host: str,
    port: int,
    body: bytes,
    tls: bool = False,
    headers: Mapping[str, str] | None = None,
    keep_alive: bool = True,
    user_agent: str = USER_AGENT,
    forward: Proxy | None = None,
) -> Request:
    """A task's request; its own ``headers`` replace ours of the same name.

    ``forward`` is the HTTP proxy that is asked for the whole URL (only without TLS). Raises
    :class:`~netcore.errors.ConfigError` for a header that HTTP does not allow.
    """
    path = quote(cgi if cgi.startswith("/") else f"/{cgi}", safe=_URL_SAFE)
    name = f"[{host.partition('%')[0]}]" if ":" in host else host  # a zone is this machine's own
    authority = name if port == (443 if tls else 80) else f"{name}:{port}"
    fields = {
        "host": ("Host", authority),
        "accept": ("Accept", "*/*"),
        "user-agent": ("User-Agent", user_agent),
        "cache-control": ("Cache-Control", "no-cache"),
        "content-type": ("Content-Type", "application/octet-stream"),
        "connection": ("Connection", "keep-alive" if keep_alive else "close"),
    }
    if forward is not None and forward.username:
        login = base64.b64encode(f"{forward.username}:{forward.password}".encode()).decode()
        fields["proxy-authorization"] = ("Proxy-Authorization", f"Basic {login}")
    for key, value in (headers or {}).items():
        if key.lower() not in _FRAMING:
            fields[key.lower()] = (key, value)
    fields["content-length"] = ("Content-Length", str(len(body)))
    target = f"http://{authority}{path}" if forward is not None else path
    try:
        head = h11.Request(method="POST", target=target, headers=list(fields.values()))
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        raise ConfigError(f"the headers of the task for {cgi} cannot be sent: {error}") from error
    wanted = fields["connection"][1].lower()
    return Request(head, body, "close" not in wanted)


class HttpClientCodec:
    """One connection's requests and answers, one at a time."""

    __slots__ = (
        "_body",
        "_default_keep",
        "_head",
        "_http",
        "_keep",
        "_max_body",
        "_max_head",
        "_max_keep",
        "_size",
    )

    def __init__(
        self,
        *,
        max_head: int = MAX_HEAD,
        max_body: int = MAX_BODY,
        keep_alive_timeout: float = KEEP_ALIVE_TIMEOUT,
        max_keep_alive_timeout: float = MAX_KEEP_ALIVE_TIMEOUT,
    ) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=max_head)
        self._max_head = max_head
        self._max_body = max_body
        self._default_keep = keep_alive_timeout
        self._max_keep = max_keep_alive_timeout
        self._head: h11.Response | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._keep = False

    def request(self, request: Request) -> bytes:
        """The bytes to write; the answer to the request before must have come."""
        http = self._http
        if http.our_state is h11.DONE:
            http.start_next_cycle()
        self._head = None
        self._body = []
        self._size = 0
        self._keep = request.keep_alive
        head = http.send(request.head)
        body = http.send(h11.Data(data=request.body)) if request.body else b""
        return (head or b"") + (body or b"") + (http.send(h11.EndOfMessage()) or b"")

    def feed(self, data: bytes) -> Response | None:
        """Bytes came; the answer when it is whole. Raises :class:`ResponseError`."""
        self._http.receive_data(data)
        return self._read()

    def end(self) -> Response | None:
        """The peer closed: the answer, if its body was to end so. Raises :class:`ResponseError`.

        None when the answer had not begun, or was whole before; one that broke off is an error.
        """
        if self._head is None:
            return None
        self._http.receive_data(b"")
        return self._read()

    def _read(self) -> Response | None:
        http = self._http
        while True:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError as error:
                raise self._wrong(str(error)) from error
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return None
            if isinstance(event, h11.ConnectionClosed):  # again and again, however often asked
                return None
            if isinstance(event, h11.Data):
                self._size += len(event.data)
                if self._size > self._max_body:
                    raise self._too_big()
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.Response):
                if sum(len(name) + len(value) for name, value in event.headers) > self._max_head:
                    raise self._wrong("its headers are too long")  # h11 limits only halves
                self._head = event
                if _length(event) > self._max_body:
                    raise self._too_big()
            elif isinstance(event, h11.EndOfMessage):
                return self._whole()

    def _whole(self) -> Response:
        head = self._head
        assert head is not None
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers
        )
        http = self._http
        keep = 0.0
        # What follows an answer that nothing was asked after belongs to nobody: do not go on.
        if http.our_state is h11.DONE and http.their_state is h11.DONE and self._keep:
            pending, closed = http.trailing_data
            if not pending and not closed:
                keep = self._keep_alive(headers)
        reason = bounds.words(bytes(head.reason))
        return Response(head.status_code, reason, headers, b"".join(self._body), keep)

    def _keep_alive(self, headers: tuple[tuple[str, str], ...]) -> float:
        for name, value in headers:
            if name != "keep-alive":
                continue
            for part in value.split(","):
                key, _, number = part.partition("=")
                number = number.strip()
                if key.strip().lower() == "timeout" and number.isdecimal():
                    seconds = float(number)
                    if 0 < seconds < self._max_keep:
                        return seconds
        return self._default_keep

    def _wrong(self, why: str) -> ResponseError:
        if self._head is None:
            fields = any(word in why for word in ("header", "Content-Length", "Transfer-Encoding"))
            code = (
                SocketCode.HTTP_SPLIT_HEAD_AND_BODY if fields else SocketCode.HTTP_PARSE_STATUS_LINE
            )
            return ResponseError(f"the answer is no HTTP/1.1: {why}", code)
        return ResponseError(
            f"the answer's body is not as its head says: {why}",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        )

    def _too_big(self) -> ResponseError:
        return ResponseError(
            f"the answer is bigger than {self._max_body} bytes (max_body of the short link)",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        )


def _length(head: h11.Response) -> int:
    for name, value in head.headers:
        if name == b"content-length":
            return int(value)
    return 0
