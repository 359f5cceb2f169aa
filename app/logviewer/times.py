"""Times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from xlog.record import local_time

_FORM = re.compile(
    r"(?:(?:(?P<year>\d{4})-)?(?P<month>\d{1,2})-(?P<day>\d{1,2})[ T]?)?"
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,6}))?)?)?"
)


def parse_time(text: str, zone: int, near: int) -> int | None:
    """Milliseconds since the epoch; None for what is no time.

    ``2026-11-24 14:35:02.880``, ``11-24 14:35`` and ``14:35`` will do: what is left out is taken
    from ``near``, a time of the log. ``zone`` is minutes east of UTC, of the text and of ``near``.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None or not found[0]:
        return None
    part = found.groupdict()
    try:
        base = local_time(near / 1000, 0) + timedelta(minutes=zone)
        at = base.replace(
            year=int(part["year"] or base.year),
            month=int(part["month"] or base.month),
            day=int(part["day"] or base.day),
            hour=int(part["hour"] or 0),
            minute=int(part["minute"] or 0),
            second=int(part["second"] or 0),
            microsecond=int((part["part"] or "0").ljust(6, "0")),
        )
        at -= timedelta(minutes=zone)
    except (ValueError, OverflowError, OSError):
        return None
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def time_field_text(time: int | None, zone: int) -> str:
    """A time as :func:`parse_time` reads it, whole; empty for None."""
    if time is None:
        return ""
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time, minutes=zone)
    except OverflowError:
        return ""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}"
