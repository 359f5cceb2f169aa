"""Every error and error code of netcore, in one tree.

::

    NetcoreError
    +-- ConfigError              a setting that cannot be used (says which, and what to give)
    +-- FrameError               bytes from a peer that are no frame
    +-- ConnectError             no connection could be made
    |   +-- DnsError             no address for the host
    |   +-- ProxyError           the proxy refused, or asks for other credentials
    |   +-- RefusedWebSocketError  the server speaks no WebSocket
    |   +-- TlsError             the handshake failed
    |       +-- CertificateError the certificate is not trusted (carries its fingerprint)
    +-- TaskError                a task ended without an answer (carries type and code)
        +-- TaskTimeoutError     one of the time-outs struck
        +-- TaskCancelledError   stopped, cleared or reset by the caller
        +-- TaskRefusedError     never sent: a limit, a parameter, no link, no login

Types and codes are Mars's numbers (``mars/stn/stn.h``), so that reports of both can be compared.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

# What Windows's own numbers mean (winerror.h). An overlapped socket call fails with these, and
# Python gives such an error errno 22 (EINVAL), which says nothing.
_BY_WINERROR = {
    64: errno.ECONNRESET,  # ERROR_NETNAME_DELETED
    121: errno.ETIMEDOUT,  # ERROR_SEM_TIMEOUT
    1225: errno.ECONNREFUSED,  # ERROR_CONNECTION_REFUSED
    1231: errno.ENETUNREACH,  # ERROR_NETWORK_UNREACHABLE
    1232: errno.EHOSTUNREACH,  # ERROR_HOST_UNREACHABLE
    1236: errno.ECONNABORTED,  # ERROR_CONNECTION_ABORTED
}
_BY_CLASS = (
    (ConnectionRefusedError, errno.ECONNREFUSED),
    (ConnectionResetError, errno.ECONNRESET),
    (ConnectionAbortedError, errno.ECONNABORTED),
    (BrokenPipeError, errno.EPIPE),
)


def system_errno(error: BaseException | None) -> int:
    """The errno that an error of the network stands for on every system; 0 where it has none.

    Asks the error's Windows number and its class before its ``errno``.
    """
    if not isinstance(error, OSError):
        return 0
    known = _BY_WINERROR.get(getattr(error, "winerror", None) or 0)
    if known is not None:
        return known
    if error.errno is None or error.errno == errno.EINVAL:
        named = next((number for kind, number in _BY_CLASS if isinstance(error, kind)), 0)
        # A library's own error may only hand the number on of the one that it came from.
        return named or system_errno(error.__cause__) or error.errno or 0
    return error.errno


class ErrorType(IntEnum):
    """Where a task failed (``ErrCmdType``)."""

    OK = 0
    FALSE = 1
    DIAL = 2
    DNS = 3
    SOCKET = 4
    HTTP = 5
    NET_MSG_XP = 6
    EN_DECODE = 7
    SERVER = 8
    LOCAL = 9
    CANCELED = 10


class LocalCode(IntEnum):
    """Codes of :attr:`ErrorType.LOCAL`: decided here, without asking the network."""

    TASK_TIMEOUT = -1
    TASK_RETRY = -2
    START_TASK_FAIL = -3
    ANTI_AVALANCHE = -4
    CHANNEL_SELECT = -5
    NO_NET = -6
    CANCEL = -7
    CLEAR = -8
    RESET = -9
    TASK_PARAM = -12
    FREQUENCY_LIMIT = -13
    CHANNEL_ID = -14
    LONGLINK_RELEASED = -15
    LONGLINK_UNAVAILABLE = -16


class TimeoutCode(IntEnum):
    """Codes of a network time-out, the same on both links."""

    FIRST_PACKAGE = -500
    PACKAGE_PACKAGE = -501
    READ_WRITE = -502
    TASK = -503  # on the short link: long polling


class SocketCode(IntEnum):
    """Codes of :attr:`ErrorType.SOCKET`, :attr:`ErrorType.HTTP` and :attr:`ErrorType.DNS`."""

    NETWORK_CHANGE = -10086
    MAKE_SOCKET_PREPARED = -10087
    WRITE_NON_BLOCK = -10088
    READ_ONCE = -10089
    SHUTDOWN = -10090
    RECV_ERROR = -10091
    SEND_ERROR = -10092
    NOOP_TIMEOUT = -10093
    NOOP_ALARM_TOO_LATE = -10094
    USER_BREAK = -10095
    HANDSHAKE_MISUNDERSTAND = -10096
    HTTP_SPLIT_HEAD_AND_BODY = -10194
    HTTP_PARSE_STATUS_LINE = -10195
    NET_MSG_XP_HANDLE_BUFFER = -10504
    DNS_MAKE_SOCKET_PREPARED = -10606


class FailHandle(IntEnum):
    """What a caller's decoder says about an answer (``TaskFailHandleType``)."""

    NO_ERROR = 0
    DEFAULT = -1
    RETRY_ALL_TASKS = -12
    SESSION_TIMEOUT = -13
    TASK_END = -14
    TASK_TIMEOUT = -15
    SILENT_TASK_END = -16


class DisconnectReason(IntEnum):
    """Why a long link went down (``LongLinkErrCode``)."""

    NONE = 0
    RESET = 10000
    REMOTE_CLOSED = 10001
    UNKNOWN = 10002
    NOOP_TIMEOUT = 10003
    DECODE_ERROR = 10004
    UNKNOWN_READ = 10005
    UNKNOWN_WRITE = 10006
    DECODE_ERR = 10007
    TASK_TIMEOUT = 10008
    NETWORK_CHANGE = 10009
    IDC_CHANGE = 10010
    NETWORK_LOST = 10011
    SELECT_ERROR = 10012
    PIPE_ERROR = 10013
    HAS_NEW_DNS_IP = 10014
    SELECT_EXCEPTION = 10015
    LINK_CHECK_TIMEOUT = 10016
    FORCE_NEW_DNS = 10017
    LINK_CHECK_ERROR = 10018
    TIME_CHECK_SUCCESS = 10019
    DESTROYED = 10020
    LINK_DETECT_END = 10021


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a connection or an attempt of a task failed, on its way from where it was noticed.

    ``reason`` is the long link's word for what took it down, ``detail`` the same for a person;
    ``timed_out`` tells whether it was the peer's silence that ended it.
    """

    type: ErrorType
    code: int = 0
    reason: DisconnectReason = DisconnectReason.NONE
    detail: str = ""
    timed_out: bool = False

    @classmethod
    def of_connect(cls, error: ConnectError) -> Failure:
        """The failure of a connection that could not be made."""
        if isinstance(error, DnsError):
            return cls(ErrorType.DNS, SocketCode.DNS_MAKE_SOCKET_PREPARED, detail=str(error))
        return cls(ErrorType.SOCKET, SocketCode.MAKE_SOCKET_PREPARED, detail=str(error))

    @classmethod
    def of_socket(cls, error: Exception | None, closed: str) -> Failure:
        """The failure of a connection that was lost; ``closed`` says what None means: it ended."""
        reason = DisconnectReason.REMOTE_CLOSED
        if error is None:
            return cls(ErrorType.SOCKET, SocketCode.SHUTDOWN, reason, closed)
        code = system_errno(error) or SocketCode.RECV_ERROR
        return cls(ErrorType.SOCKET, code, reason, str(error) or type(error).__name__)

    @classmethod
    def local(cls, code: int, detail: str = "") -> Failure:
        """A failure that was decided here, without asking the network."""
        return cls(ErrorType.LOCAL, code, detail=detail)

    @classmethod
    def undecodable(cls, code: int) -> Failure:
        """An answer that the application's decoder did not like."""
        return cls(ErrorType.EN_DECODE, code)


class NetcoreError(Exception):
    """The root of all errors that netcore raises on purpose."""


class ConfigError(NetcoreError, ValueError):
    """A setting that cannot be used; the message names it and says what would do."""


class FrameError(NetcoreError, ValueError):
    """Bytes from a peer that cannot be a frame; the link that read them must close.

    ``frames`` are those that came whole before the bad bytes, in the same read.
    """

    def __init__(self, message: str, frames: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.frames = frames


class ConnectError(NetcoreError):
    """No connection to any of the addresses; ``attempts`` tells what each address answered."""

    def __init__(self, message: str, attempts: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.attempts = attempts


class DnsError(ConnectError):
    """The host has no address that we could find."""


class ProxyError(ConnectError):
    """The proxy refused the connection, or asks for other credentials."""


class RefusedWebSocketError(ConnectError):
    """The server answered, and speaks no WebSocket: it is pointless to ask it again soon."""


class TlsError(ConnectError):
    """The TLS handshake failed."""


class CertificateError(TlsError):
    """The peer's certificate is not trusted.

    ``fingerprint`` is the SHA-256 of the certificate (DER) as lower-case hex, or "" when the peer
    sent none: what a person compares before they pin it.
    """

    def __init__(self, message: str, fingerprint: str = "") -> None:
        super().__init__(message)
        self.fingerprint = fingerprint


class TaskError(NetcoreError):
    """A task ended without a good answer; ``type`` and ``code`` are Mars's numbers."""

    def __init__(self, message: str, type: ErrorType, code: int) -> None:
        super().__init__(f"{message} ({type.name} {code})")
        self.type = type
        self.code = code


class TaskTimeoutError(TaskError, TimeoutError):
    """A first-package, package-package, read-write or task time-out."""


class TaskCancelledError(TaskError):
    """The task was stopped, cleared or reset before it ended."""


class TaskRefusedError(TaskError):
    """The task was never sent: a limit, a wrong parameter, no link or no login."""


def task_error(type: ErrorType, code: int, message: str = "") -> TaskError:
    """The fitting :class:`TaskError` for a type and code."""
    text = message or f"the task failed: {type.name.lower()}"
    if type is ErrorType.CANCELED or (
        type is ErrorType.LOCAL and code in (LocalCode.CANCEL, LocalCode.CLEAR, LocalCode.RESET)
    ):
        return TaskCancelledError(message or "the task was cancelled", type, code)
    if code in (*TimeoutCode, SocketCode.NOOP_TIMEOUT) or (
        type is ErrorType.LOCAL and code == LocalCode.TASK_TIMEOUT
    ):
        return TaskTimeoutError(message or "the task timed out", type, code)
    if type is ErrorType.LOCAL:
        return TaskRefusedError(text, type, code)
    return TaskError(text, type, code)
