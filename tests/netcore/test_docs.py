"""docs/netcore.md: its samples run, and its tables are those of the code.

``python -m tests.netcore.test_docs`` writes the tables anew.
"""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

import netcore
from netcore.callbacks import Callbacks
from netcore.connect.certificate import load_or_make
from netcore.connect.tls import TlsSettings
from netcore.observe import Event
from netcore.settings import Settings
from tests.netcore.connect.peers import HttpProxy, serving
from tests.netcore.peers import HOST, EchoPeer
from tests.netcore.shortlink.peers import http_peer

PAGE = Path(__file__).parents[2] / "docs" / "netcore.md"
SAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


# -- tables -------------------------------------------------------------------------------------


def words(thing: object, *, whole: bool = False) -> str:
    parts = (inspect.getdoc(thing) or "").split("\n\n")
    text = " ".join(parts if whole else parts[:1]).replace("\n", " ")
    return re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"`\1`", text).replace("``", "`")


def callbacks_table() -> str:
    rows = ["| callback | does |", "|---|---|"]
    for name, method in vars(Callbacks).items():
        if name.startswith("_"):
            continue
        names = ", ".join(list(inspect.signature(method).parameters)[1:])
        rows.append(f"| `{name}({names})` | {words(method)} |")
    return "\n".join(rows)


def all_events() -> dict[str, type[Event]]:
    for module in pkgutil.walk_packages(netcore.__path__, "netcore."):
        if not module.name.endswith(".cli"):
            importlib.import_module(module.name)

    def below(kind: type[Event]) -> Iterator[type[Event]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    found = {each.__name__: each for each in below(Event) if each.__module__.startswith("netcore.")}
    return {
        name: getattr(sys.modules[kind.__module__], name) for name, kind in sorted(found.items())
    }


def events_table() -> str:
    rows = ["| event | in | tells |", "|---|---|---|"]
    for name, kind in all_events().items():
        names = ", ".join(
            f"`{each.name}`" for each in dataclasses.fields(kind) if each.name != "at"
        )
        fields = f" {names}" if names else ""
        rows.append(f"| `{name}` | `{kind.__module__}` | {words(kind)}{fields} |")
    return "\n".join(rows)


def settings_table() -> str:
    parts: list[str] = []
    queue: list[tuple[str, type]] = [("Settings", Settings)]
    seen = set()
    while queue:
        path, kind = queue.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        comments = field_comments(kind)
        rows = [
            f"**`{kind.__name__}`** (`{kind.__module__}`)"
            + ("" if kind is Settings else f", `{path}`"),
            "",
            words(kind, whole=True),
            "",
            "| field | default | |",
            "|---|---|---|",
        ]
        for each in dataclasses.fields(kind):
            value = (
                each.default_factory()  # type: ignore[misc]
                if each.default_factory is not dataclasses.MISSING
                else each.default
            )
            if dataclasses.is_dataclass(value):
                queue.append((f"{path}.{each.name}", type(value)))
                shown = f"`{type(value).__name__}`, below"
            elif isinstance(value, Enum):
                shown = f"`{value.name}`"
            elif value is dataclasses.MISSING:
                shown = ""
            else:
                shown = f"`{value:g}`" if isinstance(value, float) else f"`{value!r}`"
            rows.append(f"| `{each.name}` | {shown} | {comments.get(each.name, '')} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def field_comments(kind: type) -> dict[str, str]:
    """What stands behind a field in the source."""
    comments = {}
    for line in textwrap.dedent(inspect.getsource(kind)).splitlines():
        found = re.match(r"\s+(\w+):.*?\s{2}# (.*)", line)
        if found:
            comments[found[1]] = found[2].replace("|", "\\|")
    return comments


TABLES = {"callbacks": callbacks_table, "events": events_table, "settings": settings_table}


def with_tables(text: str) -> str:
    for name, table in TABLES.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        made = table()
        text = re.sub(
            pattern, lambda found, made=made: found[1] + made + "\n" + found[2], text, flags=re.S
        )
    return text


def test_the_tables_are_those_of_the_code():
    text = PAGE.read_text("utf-8")
    assert text == with_tables(text), "run: python -m tests.netcore.test_docs"


# -- samples ------------------------------------------------------------------------------------


def samples() -> list[str]:
    """Each sample, moved down to its own lines of the page, so that errors point there."""
    text = PAGE.read_text("utf-8")
    codes = []
    for found in SAMPLE.finditer(text):
        line = text[: found.start(1)].count("\n")
        codes.append("\n" * line + found[1])
    return codes


async def run(source: str, names: dict[str, object]) -> None:
    code = compile(source, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, names)
    if inspect.iscoroutine(result):
        await result


async def test_the_samples_run(tmp_path, capsys):
    certificate = load_or_make(tmp_path, [HOST])
    pinned = TlsSettings(pins=frozenset([certificate.fingerprint]))
    proxy = HttpProxy(login="me:secret")
    async with (
        EchoPeer(tls=certificate.context()) as long,
        http_peer(tls=certificate.context()) as short,
        serving(proxy) as proxy_port,
    ):
        places = {
            '"im.example"': f'"{HOST}"',
            "proxy.example:3128": f"{HOST}:{proxy_port}",
            "8081": str(long.port),
            "8080": str(short.port),
        }
        names: dict[str, object] = {"__name__": "sample"}
        sources = samples()
        assert len(sources) >= 15
        for source in sources:
            for there, here in places.items():
                source = source.replace(there, here)
            if "settings" in names and "CertificateError" not in source:
                names["settings"] = dataclasses.replace(names["settings"], tls=pinned)
            elif "settings" in names:
                names["settings"] = dataclasses.replace(names["settings"], tls=TlsSettings())
            async with asyncio.timeout(20):
                await run(source, names)
        assert proxy.heads  # the sample about proxies went through it
        assert long.frames
        assert short.seen
    printed = capsys.readouterr().out
    assert "is this the server's? " in printed
    assert "default-longlink CONNECTED" in printed
    assert "failed:" not in printed


@pytest.mark.parametrize("name", [*TABLES])
def test_the_page_has_a_place_for_each_table(name):
    text = PAGE.read_text("utf-8")
    assert text.count(f"<!-- {name} -->") == text.count(f"<!-- /{name} -->") == 1


def test_its_links_lead_somewhere():
    text = PAGE.read_text("utf-8")
    heads = {
        re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in heads, target
        elif not target.startswith("http"):
            assert (PAGE.parent / target).exists() or target == "stn.md", target


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
