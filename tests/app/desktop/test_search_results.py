"""The search in the window: what is listed, and where a hit leads."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.desktop.search_results import LEAD, RESULT_ROLE, ResultKind, excerpt

CONTROL = Qt.KeyboardModifier.ControlModifier


def rows(side) -> list[tuple[str, str]]:
    model = side.results
    found = [model.index(row).data(RESULT_ROLE) for row in range(model.rowCount())]
    return [
        (r.kind.value, r.shown.last_text if r.kind is ResultKind.MESSAGE else r.title)
        for r in found
    ]


def wait_for_messages(qtbot, side, number: int) -> None:
    qtbot.waitUntil(lambda: sum(kind == "message" for kind, _ in rows(side)) == number)


@pytest.fixture
def long_talk(chat, session):
    """A conversation with more messages than are loaded at once."""
    session.add_conversation("l", "Long")
    for n in range(300):
        session.add_message("l", "Long", f"line {n}" + (" needle" if n == 20 else ""), 1e9 + n)
    chat.chat.conversations.show(session.conversations(), "Ada")
    return chat


def test_one_field_finds_conversations_people_and_messages(qtbot, chat) -> None:
    side = chat.chat.side
    side.search.setText("Al")
    qtbot.waitUntil(lambda: ("person", "Alonzo") in rows(side))
    assert rows(side) == [
        ("heading", "Conversations"), ("conversation", "Alan"),
        ("heading", "People"), ("person", "Alonzo"),
        ("heading", "Messages"), ("message", "Hi Alan"),
    ]  # fmt: skip


def test_a_hit_opens_its_place_and_the_end_is_a_click_away(qtbot, long_talk, session) -> None:
    page = long_talk.chat
    side, view = page.side, page.pane.transcript
    side.search.setText("needle")
    wait_for_messages(qtbot, side, 1)
    qtbot.keyClick(side.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "needle" in view.selected_or_current())
    assert page.opened.id == "l"
    assert not page.messages.at_newest
    box = view.visualRect(view.currentIndex())
    assert box.top() >= 0
    assert box.bottom() <= view.viewport().height()
    session.receive("l", "Long", "while reading what was")
    assert page.messages.newest_seq() < session.messages("l")[-1].seq
    qtbot.mouseClick(page.pane.down, Qt.MouseButton.LeftButton)
    assert page.messages.at_newest
    assert view.at_end
    assert page.messages.message(page.messages.rowCount() - 1).text == "while reading what was"


def test_scrolling_on_from_the_past_comes_to_the_end_without_a_gap(
    qtbot, long_talk, session
) -> None:
    page = long_talk.chat
    page.open_at("l", session.messages("l", limit=300)[20].seq)
    qtbot.waitUntil(lambda: not page.messages.at_newest)
    bar = page.pane.transcript.verticalScrollBar()

    def at_newest() -> bool:
        bar.setValue(bar.maximum())
        return page.messages.at_newest

    qtbot.waitUntil(at_newest)
    seqs = [page.messages.message(row).seq for row in range(page.messages.rowCount())]
    assert seqs == list(range(seqs[0], seqs[-1] + 1))


def test_ctrl_f_searches_the_open_conversation_and_ctrl_k_all(qtbot, chat) -> None:
    page = chat.chat
    page.open("a")
    qtbot.keyClick(chat, Qt.Key.Key_F, CONTROL)
    assert page.side.within_chip.isVisible()
    assert page.side.within_chip.text() == "In Alan"
    page.side.search.setText("see")
    wait_for_messages(qtbot, page.side, 1)
    assert rows(page.side) == [("heading", "Messages"), ("message", "See you")]
    page.side.search.setText("发射")
    qtbot.waitUntil(lambda: page.side.pages.currentWidget() is page.side.no_match)
    qtbot.keyClick(chat, Qt.Key.Key_K, CONTROL)
    wait_for_messages(qtbot, page.side, 1)
    assert not page.side.within_chip.isVisible()
    qtbot.keyClick(chat, Qt.Key.Key_Escape)
    assert page.side.pages.currentWidget() is page.side.list


def test_a_person_who_was_found_can_be_written_to_at_once(qtbot, chat, session) -> None:
    side = chat.chat.side
    side.search.setText("Grace")
    qtbot.waitUntil(lambda: ("person", "Grace") in rows(side))
    qtbot.keyClick(side.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chat.chat.opened is not None)
    assert ("create", ["Grace"], "") in session.calls
    assert chat.chat.opened.title == "Grace"
    assert not side.searching


def test_the_answer_to_what_was_typed_before_is_not_shown(chat, session) -> None:
    side = chat.chat.side
    side.search.setText("see")
    side.show_messages("se", "", session.messages("a"))
    assert not any(kind == "message" for kind, _ in rows(side))


def test_filters_reach_the_store(qtbot, chat, session) -> None:
    chat.chat.side.search.setText("from:Alan see")
    wait_for_messages(qtbot, chat.chat.side, 1)
    asked, within = session.calls[-1][1:]
    assert asked == "see"
    assert within.sender == "Alan"


def test_the_word_that_was_found_is_in_sight() -> None:
    text = "much before it " * 20 + "needle and what follows"
    shown = excerpt(text, "needle")
    assert shown.startswith("…")
    assert shown.index("needle") == LEAD + 1
    assert excerpt("short\n needle", "needle") == "short needle"
