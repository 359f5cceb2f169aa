"""What is reported to the application of connections and names."""

from __future__ import annotations

from netcore.callbacks import Callbacks
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ErrorType, SocketCode
from netcore.longlink.state import LinkState
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.peers import HOST, EchoPeer, refusing_port
from tests.netcore.shortlink.peers import until


class Reports(Callbacks):
    def __init__(self) -> None:
        self.connects = []
        self.names = []

    def report_connect_profile(self, profile) -> None:
        self.connects.append((profile.ip, profile.port, profile.error_type, profile.error_code))

    def report_dns(self, host, seconds, addresses, error) -> None:
        assert seconds >= 0.0
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
