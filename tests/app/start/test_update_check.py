"""The update check: what counts as a release, and what does not."""

import asyncio
import base64
import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.desktop.preferences import Preferences
from app.desktop.update_watch import UpdateWatch
from app.start.update_check import (
    MAX_SIZE,
    Release,
    UpdateError,
    UpdateSource,
    check,
    is_due,
    judge,
    version_key,
)
from netcore.connect.certificate import load_or_make
from netcore.connect.proxies import Proxies
from netcore.connect.proxy import Proxy
from tests.netcore.connect.peers import HttpProxy, serving

ROOT = Path(__file__).resolve().parents[3]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
URL = "https://example.org/phobos"


def signed(release: bytes, key: Ed25519PrivateKey = KEY) -> bytes:
    """The file around a release."""
    parts = {"release": release, "signature": key.sign(release)}
    return json.dumps({k: base64.b64encode(v).decode() for k, v in parts.items()}).encode()


def release(**values: object) -> bytes:
    return json.dumps({"version": "0.2.0", "url": URL, "date": "2026-12-01", **values}).encode()


def test_a_newer_signed_release_is_told() -> None:
    assert judge(signed(release()), PUBLIC, "0.1.9") == Release("0.2.0", URL, "2026-12-01")


@pytest.mark.parametrize("current", ["0.2.0", "0.2.1", "1.0", "0.10.0"])
def test_what_is_not_newer_is_none(current) -> None:
    assert judge(signed(release()), PUBLIC, current) is None


def test_another_key_and_a_changed_release_are_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(UpdateError, match="not signed by the makers"):
        judge(signed(release(), other), PUBLIC, "0.1.0")
    forged = json.loads(signed(release()))
    forged["release"] = base64.b64encode(release(version="9.9.9")).decode()
    with pytest.raises(UpdateError, match="not signed by the makers"):
        judge(json.dumps(forged).encode(), PUBLIC, "0.1.0")


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"null", b"{}", b"\xff\xfe", b'{"release": 1, "signature": 2}', b"[" * 100_000],
)
def test_what_is_no_release_is_refused(answer) -> None:
    with pytest.raises(UpdateError, match="no signed release"):
        judge(answer, PUBLIC, "0.1.0")


@pytest.mark.parametrize("inside", [b"[]", b"7", release(version="../.."), release(version=3)])
def test_a_signed_release_that_is_damaged_is_refused(inside) -> None:
    with pytest.raises(UpdateError, match="damaged"):
        judge(signed(inside), PUBLIC, "0.1.0")


@pytest.mark.parametrize("url", ["http://example.org", None, 7])
def test_a_page_without_https_is_refused(url) -> None:
    with pytest.raises(UpdateError, match="HTTPS"):
        judge(signed(release(url=url)), PUBLIC, "0.1.0")


def test_versions_are_compared_by_number() -> None:
    assert version_key("0.10.0") > version_key("0.9.9") > version_key("0.9")
    with pytest.raises(ValueError, match="no version"):
        version_key("1.2-rc1")


def test_it_asks_once_a_day_and_after_a_clock_was_set_back() -> None:
    assert is_due(0.0, 1e9)
    assert not is_due(1e9, 1e9 + 3600)
    assert is_due(1e9, 1e9 + 86400)
    assert is_due(2e9, 1e9)


async def test_a_server_that_is_not_there_is_an_error_and_no_hang() -> None:
    with pytest.raises(UpdateError, match="did not answer"):
        await check(UpdateSource("https://127.0.0.1:9/update.json", PUBLIC), "0.1.0")


def test_the_makers_tool_signs_what_the_app_reads(tmp_path) -> None:
    spec = importlib.util.spec_from_file_location(
        "sign_release", ROOT / "installers/sign_release.py"
    )
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    public = bytes.fromhex(tool.keygen(tmp_path / "key"))
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        tool.keygen(tmp_path / "key")
    text = tool.sign(bytes.fromhex((tmp_path / "key").read_text()), "3.0", URL, "2027-01-01")
    assert judge(text.encode(), public, "0.1.0") == Release("3.0", URL, "2027-01-01")
    assert len(text) < MAX_SIZE


class UpdateServer:
    """Serves ``answer`` by HTTPS on the loopback; ``asked`` are the requests' heads."""

    def __init__(self, folder: Path) -> None:
        self.answer = b""
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(f"{self.requestline}\n{self.headers}")
                self.send_response(302 if outer.headers else 200)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.answer)

            def log_message(self, *_words: object) -> None:
                pass

        certificate = load_or_make(folder, ["localhost"])
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = certificate.context().wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/update.json"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The server, whose certificate the system is told to trust."""
    made = UpdateServer(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    yield made
    made.close()


async def test_a_release_is_fetched_checked_and_told(served, tmp_path, qapp) -> None:
    served.answer = signed(release())
    preferences = Preferences(tmp_path / "settings.ini")
    preferences.update_check = True
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    where = UpdateSource(served.url, PUBLIC)
    watch = UpdateWatch(preferences, lambda *words: told.put_nowait(words), where)
    watch.start()
    assert await told.get() == ("update", f"0.2.0 {URL}")
    await watch.stop()
    # Nothing of who asks goes out: no version, no system, no name of the machine.
    assert len(served.asked) == 1
    line, _, heads = served.asked[0].partition("\n")
    assert line == "GET /update.json HTTP/1.1"
    names = {each.partition(":")[0] for each in heads.split("\n") if each}
    assert names == {"Accept-Encoding", "Host", "User-Agent", "Connection"}
    assert "User-Agent: Phobos\n" in heads


async def test_it_goes_by_the_proxy_that_the_messages_take(served) -> None:
    served.answer = signed(release())
    proxy = HttpProxy("max:pw")
    async with serving(proxy) as port:
        way = Proxies(Proxy("http", "127.0.0.1", port, "max", "pw"))
        found = await check(UpdateSource(served.url, PUBLIC), "0.1.0", way)
    assert found is not None and found.version == "0.2.0"
    assert proxy.heads[0].startswith(b"CONNECT localhost:")
    with pytest.raises(UpdateError, match="SOCKS"):
        await check(
            UpdateSource(served.url, PUBLIC), "0.1.0", Proxies(Proxy("socks5", "127.0.0.1", 1))
        )


async def test_a_served_release_of_another_key_is_refused(served) -> None:
    served.answer = signed(release(), Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(UpdateError, match="not signed by the makers"):
        await check(UpdateSource(served.url, PUBLIC), "0.1.0")


async def test_a_served_file_is_read_no_further_than_its_limit(served) -> None:
    served.answer = signed(release()) + b" " * MAX_SIZE
    with pytest.raises(UpdateError, match="more than"):
        await check(UpdateSource(served.url, PUBLIC), "0.1.0")


async def test_a_way_out_of_https_is_not_taken(served) -> None:
    served.headers = {"Location": served.url.replace("https", "http")}
    with pytest.raises(UpdateError, match=r"did not answer|away from HTTPS"):
        await check(UpdateSource(served.url, PUBLIC), "0.1.0")


async def test_a_server_that_the_system_does_not_trust_is_not_believed(served, monkeypatch) -> None:
    served.answer = signed(release())
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(UpdateError, match="did not answer"):
        await check(UpdateSource(served.url, PUBLIC), "0.1.0")
    assert served.asked == []
