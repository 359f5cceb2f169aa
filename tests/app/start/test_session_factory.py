"""Log-ins are kept by how a server is reached: a token that came by TLS never leaves without it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

import pytest

from app.chat.store import Store
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


@pytest.mark.parametrize("moments", range(12))
async def test_a_window_closed_while_a_session_opens_closes_its_store(
    profile, tmp_path, monkeypatch, moments
):
    """Cancelled after a number of turns of the loop: while the store opens, or the core starts."""
    opened, closed = [], []

    class Counted(Store):
        def __init__(self, path):
            time.sleep(0.02)  # a slow disk
            super().__init__(path)
            opened.append(self)

        def close(self):
            super().close()
            closed.append(self)

    async def slow_start(_core):
        await asyncio.sleep(60)

    monkeypatch.setattr("app.chat.store.Store", Counted)
    monkeypatch.setattr("netcore.core.NetCore.start", slow_start)
    network = SessionFactory(profile, Preferences(tmp_path / "settings.ini"))
    opening = asyncio.get_running_loop().create_task(network.open(PLAIN, Listener()))
    for _ in range(moments):
        await asyncio.sleep(0.005)
    opening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await opening
    await network.close()
    assert closed == opened
