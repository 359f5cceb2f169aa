"""What the search overlooks, and the terms it cuts texts into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.folding import find_spans, fold, question, terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café", "cafe"), ("Ｃａｆé １２", "cafe 12"), ("STRASSE Straße", "strasse strasse"),
        ("Ångström", "angstrom"), ("ﬁne", "fine"), ("パ", "パ"), ("が", "が"), ("火箭", "火箭"),
        ("한글", "한글"),
    ],
)  # fmt: skip
def test_case_width_and_accents_are_folded(text, folded) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Hello, world!", "hello world"),
        ("火箭发射", "火箭 箭发 发射 射"),
        ("在Boston也行", "在 boston 也行 行"),
        ("go 🚀🚀", "go 🚀 🚀"),
        ("snake_case a.b", "snake case a b"),
        (" \n", ""),
    ],
)
def test_texts_are_cut_into_words_and_pairs(text, cut) -> None:
    assert terms(text) == cut


def test_a_question_is_made_of_beginnings_and_of_phrases_of_pairs() -> None:
    assert question('he "AND) 发射 火箭发射 我') == [
        '"he" *', '"and" *', '"发射"', '"火箭 箭发 发射"', '"我" *',
    ]  # fmt: skip


def test_the_words_are_found_in_the_text_as_it_was_written() -> None:
    text = "Le Ｃａｆé: 火箭发射, cafeteria; decaf"
    assert [text[a:b] for a, b in find_spans(text, "cafe 发射")] == ["Ｃａｆé", "发射", "cafe"]


@given(st.text(), st.text())
def test_spans_lie_in_the_text_in_order(text, asked) -> None:
    at = 0
    for start, end in find_spans(text, asked):
        assert at <= start < end <= len(text)
        at = end
