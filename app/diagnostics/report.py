"""The HTML report: one file that opens anywhere without a network, in English or Chinese.

No script, no outside resource (its Content-Security-Policy forbids them), every text escaped. It
shows what is in the archive's JSON files, which are redacted already.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeGuard

from app.diagnostics import report_plots as plots
from app.diagnostics.history import is_moment
from netcore.sdt.result import CheckKind, Status
from netcore.sdt.verdict import Conclusion, Verdict
from netcore.sdt.words import cause_of, facts_of, name_of, say, status_of

_WORDS = {
    "title": ("Phobos diagnostics", "Phobos 诊断报告"),
    "note": ("What the sender says", "发送者的说明"),
    "verdict": ("The latest diagnosis", "最近一次诊断"),
    "no_verdict": ("No diagnosis was run.", "未运行过诊断。"),
    "link": ("Long link", "长连接"),
    "rtt": ("Round trip", "往返时间"),
    "interval": ("Heartbeat interval", "心跳间隔"),
    "tasks": ("Requests, failed ones in red", "请求（失败的为红色）"),
    "events": ("Latest events", "最近的事件"),
    "slow": ("Slowest requests", "最慢的请求"),
    "system": ("System", "系统"),
    "logs": ("Logs in this archive", "存档中的日志"),
    "none": ("Nothing was recorded.", "没有记录。"),
    "made": ("Made", "生成时间"),
    "time": ("Time", "时间"),
    "event": ("Event", "事件"),
    "what": ("What", "内容"),
    "check": ("Check", "检查"),
    "target": ("Target", "目标"),
    "result": ("Result", "结果"),
    "detail": ("Detail", "详情"),
    "queue": ("Queue", "排队"),
    "first": ("First package", "首包"),
    "whole": ("Whole", "总计"),
}
_STATES = {"CONNECTED": "good", "CONNECTING": "busy"}  # all others are bad
_QUIET = frozenset({"HeartbeatSent", "TrafficReported", "TaskPart", "AttemptStep"})
_ROWS = 120

_STYLE = """
:root{color-scheme:light dark;--ground:#fff;--text:#1b1e28;--muted:#626879;--line:#dfe2ea;
--accent:#4a5fe0;--good:#1f7a48;--bad:#c62f3a;--busy:#8f5a00;--card:#f3f4f8}
@media(prefers-color-scheme:dark){:root{--ground:#191c25;--text:#e8eaf1;--muted:#9aa1b3;
--line:#2b303d;--accent:#93a4ff;--good:#66c893;--bad:#ff8a8f;--busy:#f0bd5e;--card:#232733}}
*{box-sizing:border-box}
body{margin:0 auto;padding:28px 20px 60px;max-width:980px;background:var(--ground);
color:var(--text);font:15px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:34px 0 10px}
.id{font:600 15px ui-monospace,monospace;color:var(--accent)}.muted{color:var(--muted)}
.card{background:var(--card);border-radius:10px;padding:12px 16px;white-space:pre-wrap;
overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;color:var(--muted);font-weight:500}
td,th{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;
overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto;display:block}svg text{fill:var(--muted);font-size:12px}
.grid{stroke:var(--line)}.line{fill:none;stroke:var(--accent);stroke-width:1.8}
.dot{fill:var(--accent)}rect.good{fill:var(--good)}rect.bad{fill:var(--bad)}
rect.busy{fill:var(--busy)}.ok{color:var(--good)}.failed{color:var(--bad)}.slow{color:var(--busy)}
.skipped{color:var(--muted)}
"""


class _Page:
    """Words in one language, and the events by kind."""

    def __init__(self, events: Sequence[Mapping[str, Any]], language: str) -> None:
        self.language = "zh" if language.lower().startswith("zh") else "en"
        self.events = [event for event in events if is_moment(event.get("at"))]
        times = [float(event["at"]) for event in self.events]
        self.span = (min(times), max(times)) if times else (0.0, 0.0)

    def word(self, name: str) -> str:
        return escape(_WORDS[name][self.language == "zh"])

    def of(self, *kinds: str) -> list[Mapping[str, Any]]:
        return [event for event in self.events if event.get("event") in kinds]

    def section(self, name: str, inner: str) -> str:
        empty = f'<p class="muted">{self.word("none")}</p>'
        return f"<h2>{self.word(name)}</h2>{inner or empty}"


def report(
    *,
    id: str,
    created: float,
    note: str,
    history: Mapping[str, Any],
    diagnoses: Sequence[Mapping[str, Any]],
    system: Mapping[str, Any],
    logs: Iterable[tuple[str, int]],
    language: str = "en",
) -> str:
    """The page; the parts are the archive's JSON files, read. Damaged parts are left out."""
    page = _Page(history.get("events") or (), language)
    title = page.word("title")
    body = [
        f"<h1>{title}</h1>",
        f'<p class="muted"><span class="id">{escape(id)}</span> · {page.word("made")} '
        f"{escape(_moment(created))} · Phobos {escape(str(system.get('phobos', '')))}</p>",
    ]
    if note.strip():
        body.append(page.section("note", f'<div class="card">{escape(note.strip())}</div>'))
    body.append(page.section("verdict", _verdict(page, diagnoses)))
    body.append(page.section("link", _link(page)))
    body.append(page.section("rtt", _line(page, "HeartbeatAnswered", "rtt", 1000.0, "ms")))
    interval = _line(page, "HeartbeatSent", "interval", 1.0, "s", step=True)
    body.append(page.section("interval", interval))
    body.append(page.section("tasks", _tasks(page)))
    body.append(page.section("slow", _slowest(page)))
    body.append(page.section("events", _events(page)))
    body.append(page.section("logs", _logs(logs)))
    body.append(page.section("system", _system(system)))
    lang = "zh-CN" if page.language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title} {escape(id)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _is_number(value: object) -> TypeGuard[float]:
    """Whether a value of a file that somebody may have damaged can be drawn and shown."""
    return isinstance(value, (int, float)) and abs(value) < 1e12


def _moment(at: float, form: str = "%Y-%m-%d %H:%M:%S %z") -> str:
    try:
        return datetime.datetime.fromtimestamp(at).astimezone().strftime(form)
    except (OverflowError, ValueError, OSError):  # Windows knows 1970 to 3000 alone
        return "?"


def _clock(at: float) -> str:
    return _moment(at, "%m-%d %H:%M:%S")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    if not lines:
        return ""
    top = "".join(heads)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(text: object, css: str = "") -> str:
    return f"<td{f' class={css}' if css else ''}>{escape(str(text))}</td>"


def _head(text: str, css: str = "") -> str:
    return f"<th{f' class={css}' if css else ''}>{text}</th>"


def _verdict(page: _Page, diagnoses: Sequence[Mapping[str, Any]]) -> str:
    if not diagnoses:
        return f'<p class="muted">{page.word("no_verdict")}</p>'
    latest = diagnoses[-1]
    rows = []
    results = latest.get("results")
    for result in results if isinstance(results, list) else ():
        try:
            kind, status = CheckKind(result["kind"]), Status(result["status"])
        except (KeyError, ValueError, TypeError):
            continue
        rtt = result.get("rtt")
        time = f"{rtt * 1000:.0f} ms" if _is_number(rtt) else ""
        rows.append((
            _cell(name_of(kind, page.language)), _cell(result.get("target", "")),
            _cell(status_of(status, page.language), status.value), _cell(time, "n"),
            _cell(_found(result, kind, page.language)),
        ))  # fmt: skip
    heads = [_head(page.word(name)) for name in ("check", "target", "result")]
    heads += [_head("", "n"), _head(page.word("detail"))]
    said = _said(latest.get("verdict") or {}, page.language)
    return f'<div class="card">{escape(said)}</div>' + _table(heads, rows)


def _found(result: Mapping[str, Any], kind: CheckKind, language: str) -> str:
    detail, cause = str(result.get("detail", "")), cause_of(str(result.get("cause")), language)
    why = detail or cause if language == "en" else cause or detail
    return " · ".join(filter(None, (why, facts_of(kind, result.get("facts") or {}, language))))


def _said(verdict: Mapping[str, Any], language: str) -> str:
    try:
        values = dict(verdict.get("values") or {})
        return say(Verdict(Conclusion(verdict["finding"]), values), language)
    except (AttributeError, KeyError, ValueError, TypeError):
        return ""


def _link(page: _Page) -> str:
    changes = page.of("LinkStateChanged")
    names = list(dict.fromkeys(str(event.get("link", "")) for event in changes))
    drawn = []
    for name in names[:4]:
        own = [event for event in changes if event.get("link", "") == name]
        ends = [float(event["at"]) for event in own[1:]] + [page.span[1]]
        spans = [
            (float(event["at"]), end, str(event.get("state", "")))
            for event, end in zip(own, ends, strict=True)
        ]
        title = f"{name}" if name else "long link"
        drawn.append(plots.band(title, spans, page.span, lambda s: _STATES.get(s, "bad")))
    return "".join(drawn)


def _line(
    page: _Page, kind: str, name: str, factor: float, unit: str, *, step: bool = False
) -> str:
    points = [
        (float(event["at"]), float(event[name]) * factor)
        for event in page.of(kind)
        if _is_number(event.get(name))
    ]
    return plots.line(name, points, page.span, unit, step=step) if points else ""


def _tasks(page: _Page) -> str:
    ended = page.of("TaskEnded")
    if not ended:
        return ""
    start, end = page.span
    width = max((end - start) / 60, 1.0)
    counts: dict[int, list[int]] = {}
    for event in ended:
        bad = event.get("error_type", "OK") != "OK"
        counts.setdefault(min(int((float(event["at"]) - start) / width), 59), [0, 0])[bad] += 1
    rows = [
        (start + number * width, start + (number + 1) * width, good, bad)
        for number, (good, bad) in sorted(counts.items())
    ]
    return plots.bars("requests", rows, (start, max(end, rows[-1][1])))


def _slowest(page: _Page) -> str:
    ended = [e for e in page.of("TaskEnded") if _is_number(e.get("cost"))]
    ended.sort(key=lambda event: -event["cost"])

    def seconds(event: Mapping[str, Any], name: str) -> str:
        value = event.get(name)
        return _cell(f"{value * 1000:.0f} ms" if _is_number(value) else "", "n")

    rows = [
        (
            _cell(_clock(event["at"]), "t"),
            _cell(event.get("cgi") or event.get("cmdid", "")),
            _cell(event.get("error_type", "")),
            seconds(event, "queue"),
            seconds(event, "first_package"),
            seconds(event, "cost"),
        )
        for event in ended[:15]
    ]
    heads = [_head(page.word("time")), _head(page.word("what")), _head(page.word("result"))]
    heads += [_head(page.word(name), "n") for name in ("queue", "first", "whole")]
    return _table(heads, rows)


def _events(page: _Page) -> str:
    shown = [event for event in page.events if event.get("event") not in _QUIET][-_ROWS:]
    rows = [
        (
            _cell(_clock(event["at"]), "t"),
            _cell(event.get("event", "")),
            _cell(_facts(event)),
        )
        for event in reversed(shown)
    ]
    heads = [_head(page.word(name)) for name in ("time", "event", "what")]
    return _table(heads, rows)


def _facts(event: Mapping[str, Any]) -> str:
    parts = []
    for name, value in event.items():
        if name in ("event", "at") or value in ("", None, 0, [], {}):
            continue
        text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        parts.append(f"{name} {text}")
    return ", ".join(parts)[:400]


def _logs(logs: Iterable[tuple[str, int]]) -> str:
    rows = [(_cell(name), _cell(f"{size:,}", "n")) for name, size in logs]
    return _table([_head(""), _head("B", "n")], rows)


def _system(system: Mapping[str, Any]) -> str:
    rows = []
    for name, value in system.items():
        if name == "schema":
            continue
        if isinstance(value, Mapping):
            value = ", ".join(f"{key} {each}" for key, each in value.items() if each)
        elif isinstance(value, list):
            value = "; ".join(map(str, value))
        rows.append((_cell(name), _cell(value)))
    return _table([_head(""), _head("")], rows)
