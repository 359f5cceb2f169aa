"""``phobos-net``: the diagnosis on the command line (docs/diagnosis.md).

Progress goes to the standard error, the verdict (or all as JSON) to the standard output. Ctrl+C
ends it with a verdict on what is known by then. Exit codes: 0 messages get through, 1 they do not
(the verdict says why), 2 a wrong argument.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import locale
import os
import signal
import sys
from collections.abc import Sequence

from netcore.connect.proxies import Proxies
from netcore.connect.proxy import Proxy
from netcore.connect.system_proxy import system_proxy
from netcore.connect.tls import TlsSettings
from netcore.errors import ConfigError
from netcore.runtime.streams import prepare_streams
from netcore.sdt.plan import DOH_URL, PORTAL_URL, DiagnosisPlan
from netcore.sdt.result import CheckKind, CheckResult, Status
from netcore.sdt.run import Diagnosis, diagnose, plan_for
from netcore.sdt.words import LANGUAGES, facts_of, name_of, say, status_of

SCHEMA = "phobos-net/1"
"""Of the JSON output; docs/diagnosis.md describes it."""

_MARKS = {Status.OK: "+", Status.SLOW: "~", Status.FAILED: "-", Status.SKIPPED: "o"}


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="phobos-net",
        description="Diagnose the network between this computer and a chat server.",
    )
    commands = top.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="run all checks and say what is wrong",
        description="Pings, resolves names, connects and traces the route, then says what is "
        "wrong and what to do. Exit codes: 0 messages get through, 1 they do not, 2 wrong "
        "arguments.",
    )
    check.add_argument("host", nargs="?", default="127.0.0.1", help="the chat server")
    check.add_argument("--longlink-port", type=int, default=8081, metavar="N")
    check.add_argument("--shortlink-port", type=int, default=8080, metavar="N")
    check.add_argument("--plain", action="store_true", help="connect without TLS")
    check.add_argument(
        "--pin", action="append", default=[], metavar="HEX",
        help="trust the certificate with this SHA-256 fingerprint",
    )  # fmt: skip
    check.add_argument("--ca-file", metavar="PEM", help="trust only these authorities")
    check.add_argument(
        "--proxy", metavar="URL", default="system",
        help="use this proxy (http://host:port, socks5://host:port), the one in the system's "
        "settings ('system', the default) or none ('none')",
    )  # fmt: skip
    check.add_argument("--doh", default=DOH_URL, metavar="URL", help="DNS over HTTPS; '' for none")
    check.add_argument(
        "--portal",
        default=PORTAL_URL,
        metavar="URL",
        help="page for the captive-portal check; '' for none",
    )
    check.add_argument("--no-trace", action="store_true", help="skip the traceroute")
    check.add_argument("--json", action="store_true", help="print the whole diagnosis as JSON")
    check.add_argument(
        "--language", choices=LANGUAGES, help="language of the output (default: the system's)"
    )
    return top


def _plan(arguments: argparse.Namespace) -> DiagnosisPlan:
    for name in ("longlink_port", "shortlink_port"):
        if not 0 < getattr(arguments, name) < 65536:
            option = name.replace("_", "-")
            raise ConfigError(f"--{option} must be 1 to 65535, not {getattr(arguments, name)}")
    tls = TlsSettings(
        enabled=not arguments.plain, pins=frozenset(arguments.pin), ca_file=arguments.ca_file
    )
    plan = plan_for(arguments.host, arguments.longlink_port, arguments.shortlink_port, tls)
    plan.doh_url = arguments.doh
    plan.portal_url = arguments.portal
    plan.trace = not arguments.no_trace
    plan.proxies = proxies_of(arguments.proxy)
    return plan


def proxies_of(choice: str) -> Proxies:
    """The proxies that ``--proxy`` names; raises ConfigError."""
    if choice == "none":
        return Proxies()
    return Proxies(find=system_proxy) if choice == "system" else Proxies(Proxy.from_url(choice))


def line_of(result: CheckResult, language: str) -> str:
    """One line for people."""
    text = f"{_MARKS[result.status]} {name_of(result.kind, language)} {result.target}: "
    text += status_of(result.status, language)
    if result.rtt is not None:
        text += f", {result.rtt * 1000:.0f} ms"
    if result.detail:
        text += f" ({result.detail})"
    found = facts_of(result.kind, result.facts, language)
    if found:
        text += ("\n    " if result.kind is CheckKind.TRACEROUTE else ", ") + found
    return text


async def _check(arguments: argparse.Namespace, language: str) -> Diagnosis:
    plan = _plan(arguments)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGINT, stop.set)
    except NotImplementedError:  # Windows, whose Ctrl+Break is a signal too
        for number in (signal.SIGINT, getattr(signal, "SIGBREAK", signal.SIGINT)):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))

    def show(result: CheckResult, done: int, total: int) -> None:
        print(f"[{done}/{total}] {line_of(result, language)}", file=sys.stderr, flush=True)

    return await diagnose(plan, progress=show, cancel=stop)


def _language(wanted: str | None) -> str:
    name = wanted or locale.getlocale()[0] or "en"
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of ``phobos-net``."""
    prepare_streams()
    arguments = parser().parse_args(argv)
    language = _language(arguments.language)
    try:
        diagnosis = asyncio.run(_check(arguments, language))
    except ConfigError as error:
        print(f"phobos-net: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 1
    if arguments.json:
        found = {"schema": SCHEMA, **diagnosis.as_dict()}
        found["verdict"]["text"] = say(diagnosis.verdict, language)
        text = json.dumps(found, ensure_ascii=False, indent=2)
    else:
        text = say(diagnosis.verdict, language)
    try:
        print(text, flush=True)
    except OSError:
        # The reader of the pipe has gone (`| head`), which Windows calls EINVAL: be quiet, also at
        # the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if diagnosis.verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
