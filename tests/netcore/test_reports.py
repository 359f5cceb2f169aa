"""What is reported to the application of connections and names."""

from __future__ import annotations

from typing import Any

import pytest

from netcore.callbacks import Callbacks, Decoded
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ErrorType, FailHandle, SocketCode
from netcore.longlink.state import LinkState
from netcore.profile import AttemptProfile, FailStep, TaskProfile
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.peers import HOST, EchoPeer, refusing_port
from tests.netcore.shortlink.peers import until


class Reports(Callbacks):
    def __init__(self) -> None:
        self.connects = []
        self.names = []
        self.seconds = []

    def report_connect_profile(self, profile) -> None:
        self.connects.append((profile.ip, profile.port, profile.error_type, profile.error_code))

    def report_dns(self, host, seconds, addresses, error) -> None:
        self.seconds.append(seconds)  # what is asserted in a callback fails nothing
        self.names.append((host, tuple(addresses), bool(error)))

    def on_new_dns(self, host, longlink, extra_info):
        return (HOST,)


def settings(port: int) -> Settings:
    return Settings(
        longlink_hosts=("im.example",), longlink_ports=(port,), tls=TlsSettings(enabled=False)
    )


async def test_a_connection_that_ended_is_reported():
    reports = Reports()
    async with EchoPeer() as peer, NetCore(settings(peer.port), reports) as core:
        await core.request(Task(cmdid=3, body=b"x"))
        assert reports.names[0] == ("im.example", (HOST,), False)
        assert 0.0 <= reports.seconds[0] < 20.0
        assert not reports.connects
        peer.connections[0].transport.close()
        await until(lambda: bool(reports.connects))
        assert reports.connects[0] == (HOST, peer.port, ErrorType.SOCKET, SocketCode.SHUTDOWN)


async def test_so_is_a_connect_that_failed():
    reports = Reports()
    port = refusing_port()
    async with NetCore(settings(port), reports) as core:
        await until(lambda: core.longlink_state() is LinkState.CONNECT_FAILED)
        assert reports.connects[0][2:] == (ErrorType.SOCKET, SocketCode.MAKE_SOCKET_PREPARED)


async def test_a_task_s_report_carries_what_the_caller_gave_it_for_that():
    ended: list[TaskProfile] = []

    class Ends(Reports):
        def report_task_profile(self, profile: TaskProfile) -> None:
            ended.append(profile)

    async with EchoPeer() as peer, NetCore(settings(peer.port), Ends()) as core:
        task = Task(cmdid=3, body=b"x", report_arg="scene 7", user_id="ann", group_name="chat")
        await core.request(task)
        [profile] = ended
        assert profile.task.report_arg == "scene 7"
        assert (profile.task.user_id, profile.task.group_name) == ("ann", "chat")
        [attempt] = profile.attempts
        # Queued, named, connected, sent, first byte, last byte, end: each moment after the other.
        connect = attempt.connect
        assert connect is not None
        moments = [
            profile.start,
            connect.dns_start,
            connect.dns_end,
            connect.connect_end,
            attempt.send_start,
            attempt.first_package,
            attempt.last_package,
            attempt.end,
            profile.end,
        ]
        assert moments == sorted(moments)
        assert moments[1] > 0.0
        assert attempt.queue_cost >= connect.connect_end - connect.connect_start
        assert (attempt.sent_bytes, attempt.received_bytes) == (1, 1)
        assert attempt.step is FailStep.SUCCESS


@pytest.mark.parametrize(
    ("attempt", "step"),
    [
        ({}, FailStep.SUCCESS),
        ({"error_code": 7}, FailStep.SERVER),  # a good answer that says no
        ({"error_type": ErrorType.SERVER}, FailStep.SERVER),
        ({"error_type": ErrorType.DNS}, FailStep.DNS),
        ({"error_type": ErrorType.SOCKET}, FailStep.CONNECT),
        ({"error_type": ErrorType.NET_MSG_XP, "send_start": 1.0}, FailStep.FIRST_PACKAGE),
        (
            {"error_type": ErrorType.NET_MSG_XP, "send_start": 1.0, "first_package": 2.0},
            FailStep.PACKAGE_PACKAGE,
        ),
        (
            {"error_type": ErrorType.EN_DECODE, "send_start": 1.0, "first_package": 2.0},
            FailStep.DECODE,
        ),
        ({"error_type": ErrorType.LOCAL, "error_code": -1, "send_start": 1.0}, FailStep.TIMEOUT),
        (
            {
                "error_type": ErrorType.LOCAL,
                "error_code": -9,
                "send_start": 1.0,
                "first_package": 2.0,
            },
            FailStep.OTHER,
        ),
    ],
)
def test_how_far_an_attempt_came(attempt: dict[str, Any], step: FailStep):
    assert AttemptProfile(**attempt).step is step


async def test_a_code_of_the_application_s_own_is_in_the_report():
    ended: list[TaskProfile] = []

    class Judges(Reports):
        def buf2resp(self, task, body, channel) -> Decoded:
            return Decoded(FailHandle.NO_ERROR, 403)

        def report_task_profile(self, profile: TaskProfile) -> None:
            ended.append(profile)

    async with EchoPeer() as peer, NetCore(settings(peer.port), Judges()) as core:
        assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
    assert (ended[0].error_type, ended[0].error_code) == (ErrorType.OK, 403)
    assert ended[0].attempts[0].step is FailStep.SERVER
