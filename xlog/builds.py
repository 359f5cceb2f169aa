"""Which build of Mars wrote a log: what the lines behind its opening mark say.

::

    ^^^^^^^^^^Jan  4 2019^^^18:42:43^^^^^^^^^^[22235,22235][2023-03-30 +0800 09:44:36]
    MARS_PATH: master
    MARS_REVISION: 06a654f
    MARS_BUILD_TIME: 2019-01-04 18:42:40

Each line may be in a block of its own (sync mode). xlog's own writer names no build of Mars.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

_NAMED = re.compile(
    rb"^(?:(\^{10})\w{3} [ \d]\d \d{4}\^{3}|MARS_(PATH|REVISION|BUILD_TIME): ([^\r\n]{0,200}))",
    re.MULTILINE,
)
_RELEASES = (
    ("1.0.5", "2017-07-17", "7ad8d70"),
    ("1.0.7", "2019-01-04", "06a654f"),
    ("1.2.4", "2020-05-21", "d7787efd"),
    ("1.2.6", "2021-02-24", "42a9695b"),
)
"""Releases whose logs were seen: version, day of the build, revision."""
FACTS_LIMIT = 10_000

Fact = tuple[str, str]
"""What one line says: (``open``, "") for an opening mark, else a field's name and its value."""


class Build(NamedTuple):
    """One build; a field that no line names is empty. ``built`` is local time of who built it."""

    revision: str
    path: str
    built: str

    @property
    def version(self) -> str:
        """The release it is, where that is known."""
        for version, _, revision in _RELEASES:
            short = min(len(self.revision), len(revision))
            if short >= 7 and self.revision[:short] == revision[:short]:
                return version
        return ""

    def __str__(self) -> str:
        name = f"Mars {self.version}" if self.version else f"Mars, {self._between()}"
        details = (
            self.built and f"built {self.built}",
            self.revision and f"revision {self.revision}",
            self.path,
        )
        return f"{name} ({', '.join(detail for detail in details if detail)})"

    def _between(self) -> str:
        day = self.built[:10]
        before = [version for version, built, _ in _RELEASES if built <= day]
        after = [version for version, built, _ in _RELEASES if built > day]
        if not day:
            return "of an unknown day"
        if not before:
            return f"older than {after[0]}"
        if not after:
            return f"newer than {before[-1]}"
        return f"between {before[-1]} and {after[0]}"


def facts_in(text: bytes) -> list[Fact]:
    """What a block's text says about the build, in order."""
    return [
        ("open", "")
        if found[1]
        else (found[2].decode(), found[3].decode("utf-8", "replace").strip())
        for found in _NAMED.finditer(text)
    ]


def builds_of(facts: Iterable[Fact]) -> Counter[Build]:
    """The builds that ``facts`` name, with how often each opened the log."""
    builds: Counter[Build] = Counter()
    now: dict[str, str] = {}
    for name, value in (*facts, ("open", "")):
        if name == "open":
            if now:
                builds[
                    Build(*(now.get(key, "") for key in ("REVISION", "PATH", "BUILD_TIME")))
                ] += 1
            now = {}
        else:
            now[name] = value
    return builds
