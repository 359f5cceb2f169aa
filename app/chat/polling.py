"""When to ask for news and let the server keep the answer back (a long poll); sans-I/O.

For times in which single requests get through and a long link does not: a proxy or a firewall that
lets only HTTP out. One request waits at the server; its answer is news, or that there is none. On a
weak network one waits beside the long link: what is pushed and not acknowledged in the usual time
comes by it (:mod:`app.server.deliveries`).

=========  ==============================  ==================================================
state      event                           becomes
=========  ==============================  ==================================================
resting    wanted                          due at once
due        take                            asking
asking     answered                        due at once
asking     answered, nothing new, in no    due after 5, 10 ... 60 s: this server does not keep
           time                            answers back
asking     failed                          due after 1, 2 ... 60 s, or as the server asked
any        not wanted                      resting; an answer that still comes counts
=========  ==============================  ==================================================
"""

from __future__ import annotations

from netcore.runtime.clock import NEVER

WAIT = 25  # seconds that the server may keep the answer
AT_ONCE = 1.0  # seconds; an answer without news before that was not kept back
IDLE_WAIT = 5.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class Polling:
    """Whether to ask now; see the module's table. Times are any clock's seconds."""

    def __init__(self) -> None:
        self._wanted = False
        self._asked: float | None = None  # when the request in flight left
        self._due = 0.0
        self._failures = 0
        self._vain = 0  # answers in a row that came at once and brought nothing

    @property
    def asking(self) -> bool:
        """Whether a request waits at the server."""
        return self._asked is not None

    def want(self, wanted: bool) -> None:
        """Whether the short link is the only way or a second one, and it works."""
        if wanted and not self._wanted:
            self._failures = self._vain = 0
            self._due = 0.0
        self._wanted = wanted

    def take(self, now: float) -> bool:
        """Whether a request is to leave now; it is in flight then."""
        if not self._wanted or self._asked is not None or now < self._due:
            return False
        self._asked = now
        return True

    def answered(self, now: float, *, news: bool) -> None:
        """The request was answered."""
        left, self._asked = self._asked, None
        self._failures = 0
        kept = left is None or now - left >= AT_ONCE
        self._vain = 0 if news or kept else self._vain + 1
        wait = min(IDLE_WAIT * 2 ** (self._vain - 1), LONGEST_WAIT) if self._vain else 0.0
        self._due = now + wait

    def failed(self, now: float, *, retry_after: float = 0.0) -> None:
        """It was not answered, or refused."""
        self._asked = None
        wait = min(FIRST_WAIT * 2**self._failures, LONGEST_WAIT)
        self._failures = min(self._failures + 1, 16)
        self._due = now + max(wait, retry_after)

    def deadline(self) -> float:
        """When :meth:`take` may next say yes; NEVER: not by time."""
        return self._due if self._wanted and self._asked is None else NEVER
