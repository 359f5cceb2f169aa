"""Log-ins are kept by how a server is reached: a token that came by TLS never leaves without it."""

from __future__ import annotations

import json

import pytest

from app.desktop.preferences import Preferences, ServerAddress
from app.start.profile import Profile
from app.start.session_factory import SessionFactory


class Listener:
    """Is told everything and minds nothing."""

    def __getattr__(self, name):
        return lambda *_arguments: None


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path)


async def resumed(network: SessionFactory, address: ServerAddress) -> str:
    """Who is logged in when the app starts with an address, and with which token."""
    session = await network.open(address, Listener())
    try:
        account = await session.resume()
        token = network.core is not None and session._remote.token
        return f"{account.name} {token}" if account is not None else ""
    finally:
        await session.close()
        await network.close()


SECURE = ServerAddress("127.0.0.1", 1, 1)
PLAIN = ServerAddress("127.0.0.1", 1, 1, plain=True)


@pytest.mark.parametrize("demo", [False, True])
async def test_a_log_in_goes_by_the_way_that_it_came(profile, tmp_path, demo):
    network = SessionFactory(
        profile,
        Preferences(tmp_path / "settings.ini"),
        demo=(SECURE, tmp_path / "server") if demo else None,
    )
    at = "demo" if demo else "127.0.0.1:1"
    kept = {"name": "Ada", "server_id": "s", "token": "by-tls"}
    profile.log_in.write_text(json.dumps({at: kept}))
    assert await resumed(network, SECURE) == "Ada by-tls"
    assert await resumed(network, PLAIN) == ""
    plain = {"name": "Ada", "server_id": "s", "token": "in-the-clear"}
    profile.log_in.write_text(json.dumps({at: kept, "127.0.0.1:1 plain": plain}))
    assert await resumed(network, PLAIN) == "Ada in-the-clear"
    assert await resumed(network, SECURE) == "Ada by-tls"
