"""Error types and codes are Mars's numbers (``stn.h``), and each end has its kind of error."""

from __future__ import annotations

import errno

import pytest

from netcore.errors import (
    ConnectError,
    DisconnectReason,
    DnsError,
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    SocketCode,
    TaskCancelledError,
    TaskError,
    TaskRefusedError,
    TaskTimeoutError,
    TimeoutCode,
    system_errno,
    task_error,
)


def test_the_numbers_are_mars_s():
    assert [int(each) for each in ErrorType] == list(range(11))
    assert (ErrorType.DNS, ErrorType.SOCKET, ErrorType.HTTP, ErrorType.NET_MSG_XP) == (3, 4, 5, 6)
    assert (ErrorType.EN_DECODE, ErrorType.SERVER) == (7, 8)
    assert (ErrorType.LOCAL, ErrorType.CANCELED) == (9, 10)
    local = [-1, -2, -3, -4, -5, -6, -7, -8, -9, -12, -13, -14, -15, -16]
    assert [int(each) for each in LocalCode] == local
    assert [int(each) for each in TimeoutCode] == [-500, -501, -502, -503]
    socket = [*range(-10086, -10097, -1), -10194, -10195, -10504, -10606]
    assert [int(each) for each in SocketCode] == socket
    assert {each.name: int(each) for each in FailHandle} == {
        "NO_ERROR": 0,
        "DEFAULT": -1,
        "RETRY_ALL_TASKS": -12,
        "SESSION_TIMEOUT": -13,
        "TASK_END": -14,
        "TASK_TIMEOUT": -15,
        "SILENT_TASK_END": -16,
    }
    assert [int(each) for each in DisconnectReason] == [0, *range(10000, 10022)]
    assert DisconnectReason.NOOP_TIMEOUT == 10003
    assert DisconnectReason.TASK_TIMEOUT == 10008
    assert DisconnectReason.NETWORK_CHANGE == 10009
    assert DisconnectReason.TIME_CHECK_SUCCESS == 10019


@pytest.mark.parametrize(
    ("type", "code", "kind"),
    [
        (ErrorType.LOCAL, LocalCode.TASK_TIMEOUT, TaskTimeoutError),
        (ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE, TaskTimeoutError),
        (ErrorType.HTTP, TimeoutCode.TASK, TaskTimeoutError),
        (ErrorType.SOCKET, SocketCode.NOOP_TIMEOUT, TaskTimeoutError),
        (ErrorType.LOCAL, LocalCode.CANCEL, TaskCancelledError),
        (ErrorType.LOCAL, LocalCode.CLEAR, TaskCancelledError),
        (ErrorType.LOCAL, LocalCode.RESET, TaskCancelledError),
        (ErrorType.CANCELED, SocketCode.USER_BREAK, TaskCancelledError),
        (ErrorType.LOCAL, LocalCode.NO_NET, TaskRefusedError),
        (ErrorType.LOCAL, LocalCode.ANTI_AVALANCHE, TaskRefusedError),
        (ErrorType.SOCKET, 104, TaskError),
        (ErrorType.HTTP, 404, TaskError),
    ],
)
def test_each_end_has_its_kind(type: ErrorType, code: int, kind: type[TaskError]):
    error = task_error(type, code)
    assert error.__class__ is kind
    assert (error.type, error.code) == (type, code)
    assert f"({type.name} {code})" in str(error)
    assert isinstance(error, TimeoutError) == (kind is TaskTimeoutError)


def test_a_failure_of_a_connection_says_which_kind_it_is():
    assert Failure.of_connect(ConnectError("no")) == Failure(
        ErrorType.SOCKET, SocketCode.MAKE_SOCKET_PREPARED, detail="no"
    )
    assert Failure.of_connect(DnsError("who?")) == Failure(
        ErrorType.DNS, SocketCode.DNS_MAKE_SOCKET_PREPARED, detail="who?"
    )
    closed = Failure.of_socket(None, "closed")
    assert (closed.code, closed.reason, closed.detail) == (
        SocketCode.SHUTDOWN,
        DisconnectReason.REMOTE_CLOSED,
        "closed",
    )
    reset = Failure.of_socket(ConnectionResetError(104, "reset by peer"), "closed")
    assert (reset.type, reset.code) == (ErrorType.SOCKET, 104)
    assert "reset by peer" in reset.detail
    odd = Failure.of_socket(ValueError(), "closed")
    assert (odd.code, odd.detail) == (SocketCode.RECV_ERROR, "ValueError")


class WindowsError(OSError):
    """As Windows's overlapped socket calls fail: errno 22, and a number of Windows's."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EINVAL, "words of Windows")
        self.winerror = winerror


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (WindowsError(1225), errno.ECONNREFUSED),
        (WindowsError(1231), errno.ENETUNREACH),
        (WindowsError(1232), errno.EHOSTUNREACH),
        (WindowsError(121), errno.ETIMEDOUT),
        (WindowsError(64), errno.ECONNRESET),
        (WindowsError(87), errno.EINVAL),
        (ConnectionRefusedError(errno.EINVAL, "refused"), errno.ECONNREFUSED),
        (ConnectionResetError("lost"), errno.ECONNRESET),
        (OSError(errno.ENETUNREACH, "x"), errno.ENETUNREACH),
        (EOFError(), 0),
        (None, 0),
    ],
)
def test_what_the_system_s_errors_stand_for(error: Exception | None, number: int):
    assert system_errno(error) == number


def test_a_lost_connection_s_failure_has_the_same_code_on_windows():
    assert Failure.of_socket(WindowsError(64), "closed").code == errno.ECONNRESET
