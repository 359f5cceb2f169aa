"""Plain words: what people read has none of the phrases that crept in before.

Looked through are the sentences of the user interface, the command lines, the README, CONTRIBUTING,
SECURITY and docs/. Code, and what stands between backquotes, is left out.
"""

import ast
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcore.sdt import words

ROOT = Path(__file__).parent.parent

# What is not to be written, and what is better.
BETTER = {
    r"\banew\b": "again",
    r"\b(?:tell|tells|told) of\b": "report, describe, mention",
    r"\bto be had\b": "available",
    r"\bwhoever\b": "anyone who, the person who",
    r"\bstoreys?\b": "layer",
    r"\bdesks?\b": "manager",
    r"\brooms? (?:of|in|and|above|below|beside)\b": "package",
    r"(?<!are )\bno more\b(?! than)": "no longer, not any more",
    r"\blately\b": "recently",
    r"\b(?:lies|lie) (?:in|at|beside|behind|there|here)\b": "is, are",
    r"\bstands? (?:in|at|beside|above|behind|there|here)\b": "is, are",
    r"\bone (?!in\b)\w+ a (?:row|line|year|second|task|stream|file|link|day)\b": "per",
    r"\ba \w+ a (?:row|line|stream|message|link)\b": "per",
    r"\bhad back\b": "reopened, restored",
    r"\bis no (?:xlog|port|key|file|private|regular|number)\b": "is not a",
    r"\bdoes not tell\b": "does not report, does not say",
}  # fmt: skip
# The same in Chinese.
BETTER_ZH = {
    "您": "你",
    "账户": "账号",
    "帐号": "账号",
    "近来": "最近",
    "……": "…",
    r"[\u4e00-\u9fff][,;!?]": "full-width punctuation",
    r"[\u4e00-\u9fff] ?\((?!&)": "full-width brackets",
    r"\}, \{": "、 between names",
}  # fmt: skip
FULL_WIDTH = re.compile(r"[\u3000-\u303f\uff01-\uff5e]")

PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        ROOT / "installers" / "README.md",
        ROOT / "examples" / "README.md",
        *(ROOT / "docs").glob("*.md"),
    ]
)
SAID = ("tr", "mark")  # what a call is named that gives a sentence to people
HELP = ("help", "description", "epilog")


def wrong(text: str, better: dict[str, str] = BETTER) -> list[str]:
    """Each phrase in ``text`` that is not to be there, with a better one."""
    found = []
    for pattern, instead in better.items():
        flags = re.IGNORECASE if better is BETTER else re.NOFLAG
        found += [f"{each.group()!r}: {instead}" for each in re.finditer(pattern, text, flags)]
    return found


def prose(page: str) -> str:
    """A Markdown page without its code."""
    page = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "…", page)


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """What a Python file says to people: translated strings and the help of command lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in SAID:
            given = node.args[:1]
        else:
            given = [each.value for each in node.keywords if each.arg in HELP]
        for each in given:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.lineno, each.value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_in_plain_words(page):
    lines = enumerate(prose(page.read_text("utf-8")).split("\n\n"), 1)
    assert [f"paragraph {number}: {each}" for number, text in lines for each in wrong(text)] == []


@pytest.mark.parametrize("folder", ["app", "netcore", "xlog", "installers"])
def test_what_the_programs_say_is_in_plain_words(folder):
    found, count = [], 0
    for path in sorted((ROOT / folder).rglob("*.py")):
        for line, text in sentences(path):
            count += 1
            found += [f"{path.relative_to(ROOT)}:{line}: {each}" for each in wrong(text)]
            if FULL_WIDTH.search(text):
                found.append(f"{path.relative_to(ROOT)}:{line}: full-width signs in {text!r}")
    assert found == []
    assert count > {"app": 500, "netcore": 10, "xlog": 20, "installers": 3}[folder]


def test_verdicts_are_in_plain_words():
    english, chinese = [], []
    for table in (words._TEXTS, words._KINDS, words._STATUSES, words._CAUSES):
        english += [pair[0] for pair in table.values()]
        chinese += [pair[1] for pair in table.values()]
    assert [each for text in english for each in wrong(text)] == []
    assert [text for text in english if FULL_WIDTH.search(text)] == []
    assert [each for text in chinese for each in wrong(text, BETTER_ZH)] == []


@pytest.mark.parametrize(
    "catalogue",
    sorted((ROOT / "resources" / "translations").glob("*_zh_CN.ts")),
    ids=lambda path: path.stem,
)
def test_chinese_is_written_one_way(catalogue):
    found = []
    for message in ET.parse(catalogue).iter("message"):
        text = "".join((message.find("translation") or message[-1]).itertext())
        found += [f"{text!r}: {each}" for each in wrong(text, BETTER_ZH)]
    assert found == []


def test_the_search_finds_what_it_is_for():
    assert wrong("It is started anew. Whoever looks is told of it.") == [
        "'anew': again",
        "'told of': report, describe, mention",
        "'Whoever': anyone who, the person who",
    ]
    assert wrong("您的账户", BETTER_ZH) == ["'您': 你", "'账户': 账号"]
    assert prose("see `whoever`\n```sh\nanew\n```\nhere") == "see …\n\nhere"
    assert FULL_WIDTH.search("“quoted”") is None
    assert FULL_WIDTH.search("a，b")
