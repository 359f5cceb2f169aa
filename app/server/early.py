"""Messages that came before the one they follow, sans-I/O.

A client has many messages in flight, over several links, and names with each the one of its own
that must be numbered before it (``Send.after``). What comes too early waits here.

Rules:

1. A message waits until the one that it follows is numbered, and is then numbered right after it,
   together with whatever follows it in turn.
2. A message that was refused for good passes its place on: whatever follows it follows its own
   predecessor from then on.
3. Waiting is no acknowledgement. What does not fit, or has waited for ``HOLD_TIME``, is forgotten,
   and so is everything at the server's end: the client has it still and sends it again.
4. Sent again, a message replaces itself: the predecessor named last counts.

=============  =====================================  ==========================================
a message is   event                                  becomes
=============  =====================================  ==========================================
unknown        hold                                   waiting, or unknown where there is no room
waiting        release of the one it follows          numbered, by who asked for the release
waiting        drop, its time                         unknown
unknown        refused                                refused, for ``REFUSAL_TIME``
refused        allowed (it was sent again and taken)  unknown
=============  =====================================  ==========================================
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from app.server.accounts import LogIn

HOLD_TIME = 30.0  # seconds; a client asks again after a few
HELD_BY_ACCOUNT = 256  # messages; a client's window is far smaller
BYTES_BY_ACCOUNT = 1024 * 1024
HELD = 20_000  # messages, of all accounts
BYTES = 32 * 1024 * 1024
REFUSAL_TIME = 300.0  # seconds
REFUSALS = 10_000  # of all accounts
_OVERHEAD = 200  # bytes that a message costs beside its text

Key = tuple[int, str]
"""An account and a client id."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is to be numbered."""

    conversation_id: str
    client_id: str
    text: str
    content: bytes
    sender: LogIn
    bodies: tuple[bytes, ...] = ()  # hashes of those that the content refers to

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.sender.account_id, self.client_id

    @property
    def size(self) -> int:
        """Bytes that it takes here, about."""
        return _OVERHEAD + 4 * len(self.text) + len(self.content) + sum(map(len, self.bodies))


@dataclass(slots=True)
class _Held:
    draft: Draft
    after: Key
    until: float


@dataclass(slots=True)
class _Share:
    """What one account has here."""

    count: int = 0
    size: int = 0


class EarlyMessages:
    """What waits for its predecessor; see the module's rules. ``now`` is any clock's seconds."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, _Held] = OrderedDict()  # by their time
        self._followers: dict[Key, dict[Key, None]] = {}
        self._shares: dict[int, _Share] = {}
        self._size = 0
        self._refused: OrderedDict[Key, tuple[str, float]] = OrderedDict()  # after, until

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def hold(self, draft: Draft, after: str, now: float) -> bool:
        """Keep a message until its predecessor is numbered; False where there is no room."""
        self._expire(now)
        self.drop(draft.key)
        account_id, size = draft.key[0], draft.size
        share = self._shares.get(account_id, _Share())
        if (
            share.count >= HELD_BY_ACCOUNT
            or share.size + size > BYTES_BY_ACCOUNT
            or len(self._held) >= HELD
            or self._size + size > BYTES
        ):
            return False
        before = (account_id, self.predecessor(account_id, after))
        self._held[draft.key] = _Held(draft, before, now + HOLD_TIME)
        self._followers.setdefault(before, {})[draft.key] = None
        self._shares[account_id] = share
        share.count += 1
        share.size += size
        self._size += size
        return True

    def release(self, key: Key) -> list[Draft]:
        """Everything that follows a message, its followers' followers too, in order."""
        released: list[Draft] = []
        stack = [key]
        while stack:
            followers = list(self._followers.get(stack.pop(), ()))
            for each in followers:
                released.append(self._held[each].draft)
                self.drop(each)
            stack += reversed(followers)
        return released

    def drop(self, key: Key) -> None:
        """Forget one message; an unknown one is ignored."""
        held = self._held.pop(key, None)
        if held is None:
            return
        followers = self._followers[held.after]
        del followers[key]
        if not followers:
            del self._followers[held.after]
        share = self._shares[key[0]]
        share.count -= 1
        share.size -= held.draft.size
        self._size -= held.draft.size
        if not share.count:
            del self._shares[key[0]]

    # -- refusals -------------------------------------------------------------------------------

    def refused(self, key: Key, after: str, now: float) -> None:
        """A message is refused for good; ``after`` is what it followed, and others follow now."""
        self._expire(now)
        self.drop(key)
        self._refused.pop(key, None)
        self._refused[key] = after, now + REFUSAL_TIME
        if len(self._refused) > REFUSALS:
            self._refused.popitem(last=False)
        before = (key[0], self.predecessor(key[0], after))
        for each in self._followers.pop(key, ()):
            self._held[each].after = before
            self._followers.setdefault(before, {})[each] = None

    def allowed(self, key: Key) -> None:
        """A message that may have been refused before is numbered now."""
        self._refused.pop(key, None)

    def predecessor(self, account_id: int, after: str) -> str:
        """What a message really follows: ``after``, or what came before it if that is refused."""
        passed: set[str] = set()
        while (found := self._refused.get((account_id, after))) is not None:
            if after in passed:  # refused messages that name each other: nothing comes before them
                return ""
            passed.add(after)
            after = found[0]
        return after

    def _expire(self, now: float) -> None:
        while self._held:
            key, held = next(iter(self._held.items()))
            if held.until > now:
                break
            self.drop(key)
        while self._refused:
            key, (_, until) = next(iter(self._refused.items()))
            if until > now:
                break
            del self._refused[key]
