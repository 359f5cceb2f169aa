"""Names that look the same to a person (Unicode Technical Standard 39, section 4).

The skeleton of a name replaces each character by the one that stands for all that look like it;
two names with one skeleton cannot be told apart. The characters come from confusables.txt, kept by
the package confusable-homoglyphs. The package knows pairs only, each character with its prototype:
what hangs together by pairs is one class, and any member may stand for it.

A name is compared twice, as it is shown and without regard to case: ``PAYPAL`` in Cyrillic looks
like ``paypal`` to whoever types it, but ``Lan`` is no look-alike of ``Ian``.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from app.chat.protocol import name_key
from app.chat.visible import IGNORABLE

_ROUNDS = 4  # a prototype of several characters may hold some that have one themselves


def skeletons(name: str) -> tuple[str, str]:
    """What a name looks like, as shown and without regard to case."""
    return skeleton(unicodedata.normalize("NFKC", name)), skeleton(name_key(name))


def skeleton(text: str) -> str:
    """UTS 39's internal skeleton; of use for comparing alone."""
    prototypes = _prototypes()
    made = text
    for _ in range(_ROUNDS):
        before = made
        seen = IGNORABLE.sub("", unicodedata.normalize("NFD", before))
        made = "".join(prototypes.get(char, char) for char in seen)
        if made == before:
            break
    return made


@cache
def _prototypes() -> dict[str, str]:
    """Each character that looks like others, and the string that stands for them."""
    from confusable_homoglyphs.confusables import confusables_data  # 1 MB of JSON

    root: dict[str, str] = {}

    def find(member: str) -> str:
        while (above := root.setdefault(member, member)) != member:
            root[member] = root[above]
            member = above
        return member

    for one, others in confusables_data.items():
        for other in others:
            root[find(_bare(one))] = find(_bare(other["c"]))
    classes: dict[str, list[str]] = {}
    for member in list(root):
        classes.setdefault(find(member), []).append(member)
    made = {}
    for members in classes.values():
        # The longest ("rn" for "m"), for a string of several characters is never looked up.
        prototype = min(members, key=lambda each: (-len(each), each))
        made.update({member: prototype for member in members if len(member) == 1})
    return made


def _bare(text: str) -> str:
    """Without the marks of direction that confusables.txt puts around right-to-left letters."""
    return text.strip("\u200e\u200f")
