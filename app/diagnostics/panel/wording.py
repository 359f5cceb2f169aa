"""The panel's words: states, reasons and sources in the reader's language, times and sizes."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.limits import SystemSignal
from app.diagnostics.panel.links import Ping, PingState
from app.diagnostics.panel.model import Health

HEALTH = {
    Health.UNKNOWN: mark("Not connected yet"),
    Health.GOOD: mark("Connected"),
    Health.WEAK: mark("Connected, weak network"),
    Health.CONNECTING: mark("Connecting…"),
    Health.DOWN: mark("Not connected"),
    Health.OFFLINE: mark("No network"),
    Health.ASLEEP: mark("Asleep"),
}
HEALTH_TONES = {
    Health.UNKNOWN: "muted",
    Health.GOOD: "success",
    Health.WEAK: "warning",
    Health.CONNECTING: "info",
    Health.DOWN: "danger",
    Health.OFFLINE: "danger",
    Health.ASLEEP: "muted",
}

_WORDS = {
    # states of a link
    "idle": mark("idle"),
    "connecting": mark("connecting"),
    "connected": mark("connected"),
    "disconnected": mark("disconnected"),
    "connect_failed": mark("could not connect"),
    # why a link went down
    "reset": mark("reconnected on request"),
    "remote_closed": mark("the server closed it"),
    "unknown": mark("unknown"),
    "noop_timeout": mark("heartbeat not answered"),
    "decode_error": mark("received bytes are not a frame"),
    "unknown_read": mark("could not read"),
    "unknown_write": mark("could not write"),
    "task_timeout": mark("a task timed out"),
    "network_change": mark("another network"),
    "network_lost": mark("the network was lost"),
    "link_check_timeout": mark("no answer while another connection works"),
    "time_check_success": mark("a better address answers"),
    "destroyed": mark("closed"),
    # sources of addresses
    "null": mark("earlier"),
    "debug": mark("debug"),
    "dns": mark("DNS"),
    "newdns": mark("NewDNS"),
    "proxy": mark("proxy"),
    "backup": mark("backup"),
    # carriers
    "websocket": mark("WebSocket"),
    "quic": mark("QUIC"),
    # networks
    "none": mark("none"),
    "wifi": mark("Wi-Fi"),
    "wired": mark("cable"),
    "mobile": mark("mobile"),
    "other": mark("other"),
    # levels of the time-outs
    "evaluating": mark("evaluating"),
    "excellent": mark("excellent"),
    "bad": mark("bad"),
    # why the network is weak, or is no longer
    "connect_index": mark("connected by a later address"),
    "connect_rtt": mark("slow to connect"),
    "first_package": mark("slow first package"),
    "package_package": mark("slow between packages"),
    "task_slow": mark("a slow task"),
    "task_failed": mark("a failed task"),
    "good_task": mark("a quick task"),
    "expired": mark("no sign of a weak network recently"),
    "background": mark("in the background"),
    "told": mark("set manually"),
    # tasks
    "waiting": mark("waiting"),
    "running": mark("running"),
    "resting": mark("parked"),
    "done": mark("done"),
    "failed": mark("failed"),
    "long": mark("long link"),
    "short": mark("short link"),
    "both": mark("any link"),
    "minor_long": mark("minor long link"),
    "intercepted": mark("intercepted"),
    "highest": mark("highest priority"),
    "high": mark("high priority"),
    "above_normal": mark("raised priority"),
    "normal": mark("normal priority"),
    "low": mark("low priority"),
    "lowest": mark("lowest priority"),
    # stages
    "connect": mark("connect"),
    "queue": mark("queue"),
    "send": mark("send"),
    "wait": mark("first package"),
    "body": mark("body"),
    # attempts of a race
    "fresh": mark("running"),
    "stalled": mark("slow"),
    "timed_out": mark("timed out"),
    "won": mark("won"),
    "lost": mark("overtaken"),
    # limiters
    "frequency": mark("frequency"),
    "flow": mark("flow"),
    # the heartbeat
    "growing": mark("growing"),
    "stable": mark("stable"),
    # categories of the event log
    "link": mark("Links"),
    "task": mark("Tasks"),
    "address": mark("Addresses"),
    "policy": mark("Policies"),
    "system": mark("System"),
    "diagnosis": mark("Diagnosis"),
}


STAGE_WORDS = {each: _WORDS[each] for each in ("connect", "queue", "send", "wait", "body")}


def words(value: str) -> str:
    """A word of netcore in the reader's language; one that is unknown stays as it is."""
    known = _WORDS.get(value)
    return tr(known) if known is not None else value.replace("_", " ")


def weak_reason(value: str) -> str:
    """Why the network is weak, or is no longer."""
    return tr("another network") if value == "reset" else words(value)


@lru_cache(maxsize=4096)  # a table asks for the same ones at each paint
def clock(at: float, *, millis: bool = False) -> str:
    """The local time of day; "?" for what is no time."""
    try:
        moment = datetime.fromtimestamp(at).astimezone()
    except (OverflowError, ValueError, OSError):
        return "?"
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}" if millis else f"{moment:%H:%M:%S}"


def ms(seconds: float) -> str:
    """A short time: ``34 ms``, ``1.2 s``, ``5 min``."""
    if seconds < 0.01:
        return tr("{n} ms", n=f"{seconds * 1000:.1f}".removesuffix(".0"))
    if seconds < 1:
        return tr("{n} ms", n=f"{seconds * 1000:.0f}")
    if seconds < 60:
        return tr("{n} s", n=f"{seconds:.1f}".removesuffix(".0") if seconds < 10 else int(seconds))
    return span(seconds)


def span(seconds: float) -> str:
    """A time for people: ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = int(seconds)
    if whole < 60:
        return tr("{n} s", n=whole)
    if whole < 3600:
        if whole % 60 == 0:
            return tr("{n} min", n=whole // 60)
        return tr("{m} min {s} s", m=whole // 60, s=whole % 60)
    if whole < 86_400:
        return tr("{h} h {m} min", h=whole // 3600, m=whole % 3600 // 60)
    return tr("{d} d {h} h", d=whole // 86_400, h=whole % 86_400 // 3600)


def ago(seconds: float) -> str:
    """How long ago."""
    return tr("just now") if seconds < 1 else tr("{time} ago", time=span(seconds))


def size(count: float) -> str:
    """``12.5 kB``."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def ping_words(ping: Ping) -> tuple[str, str]:
    """The round trip and its age; an old one says that it is old before it says how long it was."""
    if ping.state is PingState.NONE:
        return "–", tr("no round-trip time")
    if ping.state is PingState.WAITING:
        return "?", tr("no answer for {time}", time=ms(ping.age))
    if ping.state is PingState.LIVE:
        return ms(ping.rtt), ago(ping.age)
    return tr("was {time}", time=ms(ping.rtt)), ago(ping.age)


def signal_words(signal: SystemSignal) -> str:
    """A signal of the operating system as a sentence."""
    if signal.kind == "network":
        if signal.value == "none":
            return tr("The network was lost")
        name = words(signal.value)
        if signal.label:
            return tr("Network: {kind} “{label}”", kind=name, label=signal.label)
        return tr("Network: {kind}", kind=name)
    if signal.kind == "woke" and signal.seconds:
        return tr("Woke after {time}", time=span(signal.seconds))
    return tr(_SIGNALS.get((signal.kind, signal.value), signal.kind))


_SIGNALS = {
    ("active", "front"): mark("Phobos came to the front"),
    ("active", "behind"): mark("Phobos went to the background"),
    ("active", "away"): mark("No one is at the computer"),
    ("portal", "found"): mark("The network asks you to log in"),
    ("portal", "gone"): mark("The log-in page is gone"),
    ("power", "mains"): mark("On mains power"),
    ("power", "battery"): mark("On battery power"),
    ("power", "unknown"): mark("Unknown power source"),
    ("slept", ""): mark("Going to sleep"),
    ("woke", ""): mark("Woke"),
}
