"""What of netcore's errors the chat tells apart."""

from __future__ import annotations

import pytest

from app.chat.server_client import ServerClient
from netcore.errors import (
    CertificateError,
    ConnectError,
    DnsError,
    ErrorType,
    ProxyError,
    TlsError,
    task_error,
)
from netcore.settings import Settings

FAILED = task_error(ErrorType.SOCKET, -10087)


@pytest.fixture
async def remote():
    made = ServerClient(Settings(longlink_hosts=("127.0.0.1",), longlink_ports=(1,)))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DnsError("no such name"), "unknown_host"),
        (ProxyError("407"), "proxy_failed"),
        (TlsError("no TLS there"), "no_tls"),
        (CertificateError("who is that", "ab" * 32), "untrusted_certificate"),
        (ConnectError("refused"), "no_connection"),
    ],
)
async def test_a_call_that_fails_says_what_the_connect_failed_for(remote, error, code) -> None:
    remote._failure = error  # the long link's, of its latest connect
    assert remote._unreached(FAILED, up=False).code == code
    remote._failure = None
    alone = task_error(ErrorType.SOCKET, -10087)
    alone.__cause__ = error  # the short link's own
    assert remote._unreached(alone, up=False).code == code


async def test_a_certificate_goes_before_all_else(remote) -> None:
    remote._failure = DnsError("no such name")
    failed = task_error(ErrorType.SOCKET, -10087)
    failed.__cause__ = CertificateError("who is that", "ab" * 32)
    told = remote._unreached(failed, up=False)
    assert told.code == "untrusted_certificate" and told.__cause__ is failed.__cause__


async def test_silence_of_a_link_that_is_up_is_a_timeout(remote) -> None:
    late = task_error(ErrorType.LOCAL, -1)
    assert remote._unreached(late, up=True).code == "timeout"
    assert remote._unreached(late, up=False).code == "no_connection"
