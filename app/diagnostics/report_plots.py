"""Plots as inline SVG, drawn from plain numbers: lines, bars over time, and a band of states.

All texts are escaped; colours are CSS variables of the page, so light and dark work alike. Times
are seconds since the epoch, shown in the local time of the person who made the export.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from html import escape

WIDTH, HEIGHT = 920, 190
BAND_HEIGHT = 76
MOST_DOTS = 120  # points that are marked one by one
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 26

Point = tuple[float, float]
Span = tuple[float, float, str]  # from, to, state


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers from ``low`` to ``high``, about ``count`` of them (steps of 1, 2 or 5)."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = math.ceil(low / step)
    return [step * number for number in range(first, math.floor(high / step + 1e-9) + 1)]


_STEPS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400)


def time_ticks(start: float, end: float, count: int = 7) -> list[tuple[float, str]]:
    """Round local times between two moments, with their labels."""
    span = max(end - start, 1.0)
    step = next((each for each in _STEPS if span / each <= count), None)
    if step is None:
        step = math.ceil(span / count / 86400) * 86400
    offset = datetime.datetime.fromtimestamp(start).astimezone().utcoffset()
    zone = offset.total_seconds() if offset is not None else 0.0
    pattern = "%m-%d" if step >= 86400 else "%m-%d %H:%M" if span > 86400 else "%H:%M"
    if step < 60:
        pattern = "%H:%M:%S"
    ticks = []
    at = math.ceil((start + zone) / step) * step - zone
    while at <= end:
        ticks.append((at, datetime.datetime.fromtimestamp(at).astimezone().strftime(pattern)))
        at += step
    return ticks


class _Frame:
    """The axes of one plot; maps values to places."""

    def __init__(self, start: float, end: float, low: float, high: float) -> None:
        self.start, self.end = start, end if end > start else start + 1.0
        self.low, self.high = low, high if high > low else low + 1.0

    def x(self, at: float) -> float:
        share = (at - self.start) / (self.end - self.start)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def axes(self, unit: str, *, values: bool = True, height: int = HEIGHT) -> str:
        parts = []
        for at, label in time_ticks(self.start, self.end):
            x = _number(self.x(at))
            parts.append(
                f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{height - BOTTOM}"/>'
                f'<text x="{x}" y="{height - 8}" text-anchor="middle">{escape(label)}</text>'
            )
        for value in nice_ticks(self.low, self.high) if values else ():
            y = _number(self.y(value))
            label = f"{value:g} {unit}".strip()
            parts.append(
                f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>'
                f'<text x="{LEFT - 6}" y="{y}" dy="4" text-anchor="end">{escape(label)}</text>'
            )
        return "".join(parts)


def _svg(title: str, inner: str, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}">'
        f"<title>{escape(title)}</title>{inner}</svg>"
    )


def line(title: str, points: Sequence[Point], span: Point, unit: str, *, step: bool = False) -> str:
    """Values over time; ``step`` holds each until the next. ``span``: the times of both ends."""
    points = [(at, value) for at, value in points if math.isfinite(value)]
    high = max((value for _, value in points), default=1.0)
    frame = _Frame(*span, 0.0, high * 1.1)
    path = []
    for number, (at, value) in enumerate(points):
        x, y = _number(frame.x(at)), _number(frame.y(value))
        path.append(f"M{x} {y}" if not number else f"H{x}V{y}" if step else f"L{x} {y}")
    dots = "".join(
        f'<circle class="dot" cx="{_number(frame.x(at))}" cy="{_number(frame.y(value))}" r="2"/>'
        for at, value in (points if len(points) <= MOST_DOTS else ())
    )
    drawn = f'<path class="line" d="{"".join(path)}"/>' if path else ""
    return _svg(title, frame.axes(unit) + drawn + dots)


def bars(title: str, counts: Sequence[tuple[float, float, int, int]], span: Point) -> str:
    """How many, and how many of them bad, from one moment to another."""
    high = max((good + bad for _, _, good, bad in counts), default=1)
    frame = _Frame(*span, 0.0, high * 1.1)
    parts = [frame.axes("")]
    for start, end, good, bad in counts:
        x = frame.x(start)
        width = max(1.0, frame.x(end) - x - 1.0)
        for kind, low, many in (("good", 0, good), ("bad", good, bad)):
            if many:
                top, bottom = frame.y(low + many), frame.y(low)
                parts.append(
                    f'<rect class="{kind}" x="{_number(x)}" y="{_number(top)}" '
                    f'width="{_number(width)}" height="{_number(bottom - top)}"/>'
                )
    return _svg(title, "".join(parts))


def band(title: str, spans: Sequence[Span], span: Point, kind_of: Callable[[str], str]) -> str:
    """States over time as one band; ``kind_of`` names a state's CSS class."""
    frame = _Frame(*span, 0.0, 1.0)
    parts = [frame.axes("", values=False, height=BAND_HEIGHT)]
    for start, end, state in spans:
        x = frame.x(start)
        width = max(1.0, frame.x(end) - x)
        parts.append(
            f'<rect class="{kind_of(state)}" x="{_number(x)}" y="{TOP}" '
            f'width="{_number(width)}" height="{BAND_HEIGHT - TOP - BOTTOM - 6}">'
            f"<title>{escape(state)}</title></rect>"
        )
    return _svg(title, "".join(parts), BAND_HEIGHT)
