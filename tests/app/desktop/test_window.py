import asyncio
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from app.chat.drafts import Drafts
from app.chat.model import ConnectionState, MessageState
from app.desktop import i18n
from app.desktop.client import Client
from app.desktop.conversation_pane import DRAFT_MS
from app.desktop.conversations_model import CONVERSATION_ROLE
from app.desktop.preferences import ServerAddress
from app.desktop.theme import ThemeChoice, theme
from app.desktop.window import MainWindow
from netcore.errors import CertificateError
from tests.support.fake_session import Refusal


def type_log_in(qtbot, window, name="Ada", password="correct horse"):
    window.log_in.name.setText(name)
    window.log_in.password.setText(password)
    qtbot.keyClick(window.log_in.password, Qt.Key.Key_Return)


def test_the_first_run_asks_to_log_in(qtbot, window, client) -> None:
    window.show()
    with qtbot.waitSignal(client.log_in_needed):
        client.start()
    assert window.pages.currentWidget() is window.log_in
    assert window.windowTitle() == "Phobos"


def test_logging_in_shows_the_chat_and_remembers_the_server(
    qtbot, window, client, session, preferences
) -> None:
    window.show()
    window.log_in.host.setText("chat.example")
    with qtbot.waitSignal(client.logged_in):
        type_log_in(qtbot, window)
    assert window.pages.currentWidget() is window.chat
    assert session.calls[0] == ("log_in", "Ada", "correct horse")
    assert session.opened_with.host == "chat.example"
    assert preferences.server.host == "chat.example"
    assert window.log_in.password.text() == ""
    assert window.windowTitle() == "Ada — Phobos"


def test_a_log_in_during_the_start_waits_for_it_and_opens_nothing_twice(
    qtbot, window, client, session, monkeypatch
) -> None:
    opened = []
    real = client._opener

    async def slow(address, listener):
        opened.append(address)
        await asyncio.sleep(0)
        return await real(address, listener)

    monkeypatch.setattr(client, "_opener", slow)
    window.show()
    client.start()
    with qtbot.waitSignal(client.logged_in):
        type_log_in(qtbot, window)
    assert len(opened) == 1


def test_whoever_was_logged_in_last_need_not_write_their_name(chat, qtbot, client) -> None:
    with qtbot.waitSignal(client.logged_out):
        client.log_out()
    assert chat.log_in.name.text() == "Ada"


@pytest.mark.parametrize(
    ("code", "words", "field"),
    [
        ("wrong_password", "Wrong name or password", "password"),
        ("name_taken", "This name is taken. Choose another one.", "name"),
        ("no_connection", "Can't reach the server.", None),
        ("a_code_of_tomorrow", "Something went wrong: a_code_of_tomorrow.", None),
    ],
)
def test_a_refused_log_in_says_why_beside_the_fields(
    qtbot, window, client, session, code, words, field
) -> None:
    session.refuse = Refusal(code)
    window.show()
    with qtbot.waitSignal(client.log_in_failed):
        type_log_in(qtbot, window)
    assert window.log_in.error.text().startswith(words)
    assert window.log_in.submit_button.isEnabled()
    if field:
        assert getattr(window.log_in, field).property("invalid")


def test_an_untrusted_certificate_is_shown_pinned_and_tried_again(
    qtbot, window, client, session, preferences
) -> None:
    session.refuse = Refusal("tls")
    session.refuse.__cause__ = CertificateError("self-signed", "ab" * 32)
    window.show()
    with qtbot.waitSignal(client.trust_wanted):
        type_log_in(qtbot, window)
    dialog = window._trust
    assert dialog.fingerprint.text().startswith("AB AB AB")
    session.refuse = None
    with qtbot.waitSignal(client.logged_in):
        dialog.trust_button.click()
    assert preferences.pins(client.address.host) == {"ab" * 32}


def test_what_is_trusted_is_what_the_person_was_asked_about(
    qtbot, window, client, session, preferences
) -> None:
    window.show()
    client.ask_trust("ab" * 32)
    dialog = window._trust
    client.address = ServerAddress("other.example")  # another server, and its certificate
    client.ask_trust("cd" * 32)
    with qtbot.assertNotEmitted(client.logged_in, wait=50):
        dialog.trust_button.click()
    assert preferences.pins("localhost") == {"ab" * 32}
    assert not preferences.pins("other.example")


def test_answers_for_somebody_who_has_left_are_dropped(qtbot, chat, client, session) -> None:
    let = asyncio.Event()

    async def late(*_asked):
        await let.wait()
        return [session.add_message("a", "Alan", "of before", 1.0)]

    session.load_older = session.find_people = late
    session.create_conversation = late
    client.load_older("a", None)
    client.find_people("x")
    client.create_conversation(["Alan"], "")
    qtbot.wait(10)
    client.on_logged_out("session_expired")
    with (
        qtbot.assertNotEmitted(client.older_loaded, wait=0),
        qtbot.assertNotEmitted(client.people_found, wait=0),
        qtbot.assertNotEmitted(client.created, wait=50),
    ):
        let.set()


def test_a_log_out_that_ends_late_leaves_the_next_person_in(qtbot, chat, client, session) -> None:
    let = asyncio.Event()

    async def log_out():
        await let.wait()

    session.log_out = log_out
    client.log_out()
    qtbot.wait(10)
    client.on_logged_out("session_expired")
    with qtbot.waitSignal(client.logged_in):
        client.log_in("Grace", "a password", client.address)
    with qtbot.assertNotEmitted(client.logged_out, wait=50):
        let.set()
    assert client.account.name == "Grace"


def go_plain(window, host):
    window.log_in.set_address(ServerAddress(host, plain=True))


def test_a_password_goes_without_tls_only_after_a_question(
    qtbot, window, client, session, preferences
) -> None:
    window.show()
    go_plain(window, "chat.example")
    with qtbot.waitSignal(client.plain_wanted) as asked:
        type_log_in(qtbot, window)
    assert asked.args == ["chat.example", False]
    assert session.calls == []
    assert window._trust.refuse_button.isDefault()
    window._trust.refuse_button.click()
    assert window.log_in.error.text().startswith("Not connected")
    assert session.calls == [] and client.session is None
    with qtbot.waitSignal(client.plain_wanted):  # and the next time as well
        type_log_in(qtbot, window)
    with qtbot.waitSignal(client.logged_in):
        window._trust.connect_button.click()
    assert session.opened_with.plain and preferences.server.plain
    with qtbot.waitSignal(client.logged_out):
        client.log_out()
    with qtbot.waitSignal(client.logged_in):  # agreed to once, for this server
        type_log_in(qtbot, window)
    assert not preferences.secured("chat.example")


def test_a_server_that_was_reached_by_tls_is_asked_about_even_on_this_machine(
    qtbot, window, client, session, preferences
) -> None:
    window.show()
    go_plain(window, "localhost")
    with qtbot.waitSignal(client.logged_in):  # nobody else can listen
        type_log_in(qtbot, window)
    with qtbot.waitSignal(client.logged_out):
        client.log_out()
    window.log_in.set_address(ServerAddress("localhost"))
    with qtbot.waitSignal(client.logged_in):
        type_log_in(qtbot, window)
    with qtbot.waitSignal(client.logged_out):
        client.log_out()
    calls = len(session.calls)
    go_plain(window, "localhost")
    with qtbot.waitSignal(client.plain_wanted) as asked:
        type_log_in(qtbot, window)
    assert asked.args == ["localhost", True]
    window._trust.refuse_button.click()
    assert len(session.calls) == calls


def test_a_certificate_that_is_not_trusted_ends_the_log_in(qtbot, window, client, session) -> None:
    session.refuse = CertificateError("self-signed", "cd" * 32)
    window.show()
    with qtbot.waitSignal(client.trust_wanted):
        type_log_in(qtbot, window)
    window._trust.refuse_button.click()
    assert window.log_in.error.text() == "This server is not trusted."
    assert window._trust is None


def test_after_a_failure_that_no_field_is_to_blame_for_enter_tries_again(
    qtbot, window, client, session
) -> None:
    window.show()
    page = window.log_in
    session.refuse = Refusal("no_connection")
    page.name.setText("Ada")
    page.password.setText("a long password")
    for _ in range(2):
        with qtbot.waitSignal(client.log_in_failed):
            qtbot.keyClick(page.password, Qt.Key.Key_Return)
        assert window.focusWidget() is page.password


def test_the_menu_is_there_before_the_log_in(window) -> None:
    button = window.log_in.menu_button
    assert not button.isHidden() and button.accessibleName() == "Menu"
    enabled = {name: entry.isEnabled() for name, entry in button.menu().entries.items()}
    assert enabled["settings"] and enabled["check"] and enabled["export"]
    assert not enabled["new"] and not enabled["log_out"]


def test_nobody_is_asked_about_a_server_before_a_log_in(qtbot, window, client, session) -> None:
    client.on_notice("untrusted_certificate", "ab" * 32)
    assert window._trust is None and window.notices.isHidden()


def test_a_link_that_goes_on_trying_asks_for_trust_once(qtbot, chat, session) -> None:
    session.listener.on_notice("untrusted_certificate", "ab" * 32)
    chat._trust.refuse_button.click()
    session.listener.on_notice("untrusted_certificate", "ab" * 32)
    assert chat._trust is None
    assert chat.notices.label.text() == "This server is not trusted."
    chat.notices.action_button.click()
    assert chat._trust is not None and chat.notices.isHidden()
    chat._trust.refuse_button.click()
    session.listener.on_notice("untrusted_certificate", "cd" * 32)
    chat._trust.refuse_button.click()


def test_a_changed_certificate_is_told_as_a_danger(
    qtbot, window, client, session, preferences
) -> None:
    preferences.pin("localhost", "11" * 32)
    session.refuse = CertificateError("another", "22" * 32)
    window.show()
    with qtbot.waitSignal(client.trust_wanted) as caught:
        type_log_in(qtbot, window)
    assert caught.args == ["localhost", "22" * 32, True]
    window._trust.refuse_button.click()


def test_a_session_ended_by_the_server_goes_back_to_the_log_in(chat, session) -> None:
    session.listener.on_logged_out("session_expired")
    assert chat.pages.currentWidget() is chat.log_in
    assert chat.log_in.error.text() == "Your session has ended. Log in again."
    assert chat.chat.conversations.rowCount() == 0


def test_logging_out_forgets_what_was_shown(qtbot, chat, client) -> None:
    chat.chat.open("a")
    chat.chat.pane.composer.draft = "secret"
    with qtbot.waitSignal(client.logged_out):
        chat.menu.entries["log_out"].trigger()
    assert chat.chat.opened is None
    assert chat.chat.pane.composer.draft == ""


def test_a_message_is_written_sent_and_marked_as_it_goes(qtbot, chat, session) -> None:
    chat.chat.open("a")
    qtbot.keyClicks(chat.chat.pane.composer.field, "hello")
    qtbot.keyClick(chat.chat.pane.composer.field, Qt.Key.Key_Return)
    assert ("send", "a", "hello") in session.calls
    model = chat.chat.messages
    row = model.rowCount() - 1
    assert model.message(row).state is MessageState.WAITING
    session.settle(model.message(row).client_id, MessageState.SENT)
    assert model.rowCount() == row + 1
    assert model.message(row).state is MessageState.SENT


def test_a_click_on_a_failed_message_sends_it_again(qtbot, chat, session) -> None:
    chat.chat.open("a")
    session.add_message("a", "Ada", "lost", 1_760_000_100.0, MessageState.FAILED)
    chat.chat.messages.put(session.messages("a")[-1])
    view = chat.chat.pane.transcript
    view.settle()
    row = chat.chat.messages.rowCount() - 1
    box = view._layout.bubble_box(row, view._top(row))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert ("retry", session.messages("a")[-1].client_id) in session.calls
    assert chat.chat.messages.message(row).state is MessageState.WAITING


def test_a_refused_message_is_told_without_a_traceback(qtbot, chat, session) -> None:
    chat.chat.open("a")
    session.refuse = Refusal("too_long")
    chat.chat.pane.composer.draft = "x"
    chat.chat.pane.composer.submit()
    assert chat.notices.label.text() == "This message is too long. Split it into several."
    assert not chat.notices.isHidden()


def test_what_comes_in_elsewhere_is_counted_and_read_when_opened(qtbot, chat, session) -> None:
    chat.chat.open("a")
    session.receive("g", "Alan", "Countdown")
    assert chat.windowTitle() == "(3) Ada — Phobos"
    chat.chat.open("g")
    assert ("mark_read", "g") in session.calls
    assert chat.windowTitle() == "Ada — Phobos"


def test_what_the_server_has_lost_leaves_the_open_conversation(chat, session) -> None:
    page = chat.chat
    page.open("a")
    assert [message.text for message in page.messages._messages] == ["Hello", "Hi Alan", "See you"]
    lost = session._messages["a"]
    session._messages["a"] = [lost[0], replace(lost[1], seq=None, state=MessageState.WAITING)]
    session.listener.on_history("a")
    assert [message.text for message in page.messages._messages] == ["Hello", "Hi Alan"]
    assert page.messages._messages[-1].state is MessageState.WAITING
    session.listener.on_history("g")  # another one: nothing to see
    assert page.opened is not None and page.opened.id == "a"
    del session._conversations["a"]
    session.listener.on_history("a")
    assert page.opened is None and page.conversations.find("a") is None
    assert page.conversations.find("g") is not None


def test_what_comes_in_while_the_window_is_away_is_announced_not_read(
    qtbot, chat, session, monkeypatch
) -> None:
    chat.chat.open("a")
    monkeypatch.setattr(MainWindow, "isActiveWindow", lambda _self: False)
    with qtbot.waitSignal(chat.chat.arrived) as caught:
        session.receive("a", "Alan", "Are you there?")
    assert caught.args[1].text == "Are you there?"
    assert ("mark_read", "a") not in session.calls
    monkeypatch.setattr(MainWindow, "isActiveWindow", lambda _self: True)
    chat.chat.mark_read()
    assert ("mark_read", "a") in session.calls


def test_the_connection_is_silent_until_it_stays_away(qtbot, chat, session) -> None:
    line = chat.chat.side.state_line
    assert line.isHidden()
    session.listener.on_link_state(ConnectionState.CONNECTING)
    assert line.isHidden()
    qtbot.waitUntil(lambda: not line.isHidden())
    assert line.text() == "Connecting…"
    session.listener.on_link_state(ConnectionState.SHORT_LINK)
    assert line.text() == "Connected over HTTP" and "late" in line.toolTip()
    session.listener.on_link_state(ConnectionState.ONLINE)
    assert line.isHidden()


def test_a_short_break_of_the_connection_is_never_shown(qtbot, chat, session) -> None:
    line = chat.chat.side.state_line
    session.listener.on_link_state(ConnectionState.CONNECTING)
    session.listener.on_link_state(ConnectionState.ONLINE)
    assert not line._delay.isActive() and line.isHidden()


def test_drafts_stay_with_their_conversations(chat) -> None:
    chat.chat.open("a")
    chat.chat.pane.composer.draft = "half a thought"
    chat.chat.open("g")
    assert chat.chat.pane.composer.draft == ""
    chat.chat.open("a")
    assert chat.chat.pane.composer.draft == "half a thought"


def test_a_draft_stands_in_the_list_while_its_conversation_is_not_open(chat) -> None:
    page = chat.chat
    delegate = page.side.list.itemDelegate()

    def line(conversation_id: str) -> str:
        return delegate.preview(page.conversations.find(conversation_id))

    page.open("a")
    page.pane.composer.draft = "half a\nthought"
    assert line("a") == "See you"
    page.open("g")
    assert line("a") == "Draft: half a thought"
    index = page.conversations.index(page.conversations.row_of("a"))
    assert "Draft: half a" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    page.open("a")
    assert line("a") == "See you"
    page.pane.composer.draft = ""
    page.open("g")
    assert line("a") == "See you"


def test_a_search_finds_conversations_by_title_and_text(qtbot, chat) -> None:
    qtbot.keyClick(chat, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    side = chat.chat.side
    qtbot.waitUntil(side.search.hasFocus)
    side.search.setText("发射")
    assert [side.filter.index(r, 0).data() for r in range(side.filter.rowCount())] == ["Rocket"]
    side.search.setText("no such words")
    qtbot.waitUntil(lambda: side.pages.currentWidget() is side.no_match)
    qtbot.keyClick(chat, Qt.Key.Key_Escape)
    assert side.filter.rowCount() == 2


def test_searching_does_not_leave_the_open_conversation(chat) -> None:
    chat.chat.open("g")
    chat.chat.side.search.setText("Alan")
    assert chat.chat.opened.id == "g"


def current_id(side) -> str:
    index = side.list.currentIndex()
    return index.data(CONVERSATION_ROLE).id if index.isValid() else ""


def test_the_mark_of_the_open_conversation_comes_back_after_a_search(qtbot, chat) -> None:
    side = chat.chat.side
    chat.chat.open("g")
    assert current_id(side) == "g"
    side.search.setText("Alan")  # finds the other one alone
    assert current_id(side) == "" and chat.chat.opened.id == "g"
    side.search.clear()
    assert current_id(side) == "g" and chat.chat.opened.id == "g"
    side.search.setText("no such words")
    side.search.setText("发射")
    assert current_id(side) == "g"


def test_a_message_that_ends_a_match_opens_no_other_conversation(chat, session) -> None:
    side = chat.chat.side
    chat.chat.open("g")
    side.search.setText("a")  # "See you" of Alan, and the group by its members' names in no way
    side.search.setText("发射")
    session.receive("g", "Alan", "nothing that was searched for")
    assert side.filter.rowCount() == 0
    assert chat.chat.opened.id == "g"
    session.receive("g", "Alan", "发射!")
    assert current_id(side) == "g" and chat.chat.opened.id == "g"


def test_the_mark_stays_while_the_order_changes(chat, session) -> None:
    side = chat.chat.side
    chat.chat.open("a")
    session.receive("g", "王小明", "later")
    session.receive("a", "Alan", "latest")
    assert current_id(side) == "a" and side.list.currentIndex().row() == 0


def test_alt_down_walks_through_the_conversations(qtbot, chat) -> None:
    chat.chat.open("g")
    qtbot.keyClick(chat, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert chat.chat.opened.id == "a"


def test_a_new_group_is_found_named_and_opened(qtbot, chat, session, client) -> None:
    qtbot.keyClick(chat, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = chat.chat._dialog
    with qtbot.waitSignal(client.people_found):
        qtbot.keyClicks(dialog.search, "al")
    assert [dialog.people.item(r).text() for r in range(dialog.people.count())] == [
        "Alan",
        "Alonzo",
    ]
    for row in range(2):
        dialog.people.item(row).setCheckState(Qt.CheckState.Checked)
    dialog.group_title.setText("Logic")
    with qtbot.waitSignal(client.created):
        dialog.create_button.click()
    assert ("create", ["Alan", "Alonzo"], "Logic") in session.calls
    assert chat.chat.opened.title == "Logic"
    assert chat.chat._dialog is None


def test_one_person_makes_a_direct_conversation(qtbot, chat, session, client) -> None:
    chat.chat.start_conversation()
    dialog = chat.chat._dialog
    dialog.search.setText("王")
    dialog._ask()
    qtbot.waitUntil(lambda: dialog.people.count() == 1)
    dialog._activated(dialog.people.item(0))
    assert dialog.group_title.isHidden()
    with qtbot.waitSignal(client.created):
        dialog.create_button.click()
    assert ("create", ["王小明"], "") in session.calls


def test_people_can_be_taken_with_the_keyboard_alone(qtbot, chat, session, client) -> None:
    chat.chat.start_conversation()
    search = chat.chat._dialog.search
    for name in ("grace", "王"):
        with qtbot.waitSignal(client.people_found):
            qtbot.keyClicks(search, name) if name.isascii() else search.setText(name)
            search.textEdited.emit(name)
        qtbot.keyClick(search, Qt.Key.Key_Return)
    assert chat.chat._dialog.chosen == ["Grace", "王小明"]
    with qtbot.waitSignal(client.created):
        qtbot.keyClick(search, Qt.Key.Key_Return)
    assert ("create", ["Grace", "王小明"], "") in session.calls


def test_a_conversation_that_cannot_be_made_keeps_the_choice(qtbot, chat, session, client) -> None:
    chat.chat.start_conversation()
    dialog = chat.chat._dialog
    dialog.show_people("", ["Alan"])
    dialog._activated(dialog.people.item(0))
    session.refuse = Refusal("no_connection")
    with qtbot.waitSignal(client.create_failed):
        dialog.create_button.click()
    assert dialog.note.text().startswith("Can't reach the server.")
    assert dialog.chosen == ["Alan"] and dialog.create_button.isEnabled()
    dialog.reject()


def test_late_answers_of_a_search_are_dropped(qtbot, chat) -> None:
    chat.chat.start_conversation()
    dialog = chat.chat._dialog
    dialog.search.setText("al")
    dialog.show_people("a", ["Wrong"])
    assert dialog.people.count() == 0
    dialog.reject()


def test_the_language_changes_while_it_runs(chat, preferences, tmp_path) -> None:
    chat.chat.open("g")
    preferences.language = "zh_CN"
    QApplication.processEvents()
    assert chat.chat.side.search.placeholderText() == "搜索"
    assert chat.menu.entries["settings"].text() == "设置"
    assert i18n.current_language() == "zh_CN"
    preferences.language = "en"
    QApplication.processEvents()
    assert chat.chat.side.search.placeholderText() == "Search"


def test_the_theme_changes_while_it_runs(chat, preferences) -> None:
    preferences.theme = ThemeChoice.DARK
    assert theme().dark
    pixel = chat.chat.pane.grab().toImage().pixelColor(300, 300)
    assert pixel.lightness() < 60


def test_the_window_comes_back_where_it_was(qtbot, window, client, preferences, tmp_path) -> None:
    window.show()
    window.resize(780, 600)
    window.chat.splitter.setSizes([300, 480])
    window.close()
    again = MainWindow(preferences, "", client.address)
    again.attach(client)
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (780, 600)


def test_a_broken_settings_file_gives_the_defaults(qtbot, tmp_path) -> None:
    from app.desktop.preferences import Preferences, ServerAddress

    path = tmp_path / "settings.ini"
    path.write_bytes(
        b"[server]\nlonglink_port=99999999\nshortlink_port=x\n[appearance]\ntheme=plaid\n"
        b"language=\xff\xfe\n[window]\ngeometry=oops\n"
    )
    kept = Preferences(path)
    assert kept.server == ServerAddress()
    assert kept.theme is ThemeChoice.SYSTEM
    assert kept.language == "system"
    assert kept.state("geometry").isEmpty()


def test_settings_hold_at_once_and_a_bad_key_is_not_kept(qtbot, chat, preferences) -> None:
    from app.desktop.settings_dialog import SettingsDialog

    chat.show_settings()
    dialog = chat.findChild(SettingsDialog)
    dialog.theme_box.setCurrentIndex(2)
    dialog.theme_box.activated.emit(2)
    assert theme().dark and preferences.theme is ThemeChoice.DARK
    qtbot.keyClicks(dialog.key_field, "not a key")
    assert preferences.log_key == ""
    assert "128" in dialog.key_note.text()
    dialog.key_field.clear()
    qtbot.keyClicks(dialog.key_field, "AB" * 64)
    assert preferences.log_key == "ab" * 64
    dialog.accept()


def test_sign_up_checks_before_it_asks_the_server(qtbot, window, session) -> None:
    window.show()
    page = window.log_in
    page.switch_button.click()
    assert page.showing_sign_up()
    page.submit()
    assert page.error.text() == "Enter your name."
    page.name.setText("Ada")
    page.password.setText("short")
    page.submit()
    assert "at least 8" in page.error.text()
    page.password.setText("long enough")
    page.again.setText("not the same")
    page.submit()
    assert page.error.text() == "The passwords don't match."
    assert session.calls == []


def test_the_password_is_hidden_until_asked_for(window) -> None:
    assert window.log_in.password.echoMode() is QLineEdit.EchoMode.Password
    window.log_in._eye.trigger()
    assert window.log_in.password.echoMode() is QLineEdit.EchoMode.Normal


def test_everything_one_can_use_has_a_name_for_screen_readers(chat) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QPlainTextEdit

    chat.chat.open("a")
    nameless = []
    for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QAbstractItemView):
        for widget in chat.findChildren(kind):
            named = widget.accessibleName() or getattr(widget, "text", str)()
            if not named and not widget.objectName().startswith("qt_") and widget.isVisible():
                nameless.append((widget.parent(), widget.toolTip()))
    assert nameless == []


def test_a_missing_part_is_told_not_thrown(chat, monkeypatch) -> None:
    chat.show_connection()
    assert "Not available" in chat.notices.label.text()


def test_clicking_on_nothing_does_nothing(qtbot, chat) -> None:
    chat.chat.open("a")
    view = chat.chat.pane.transcript
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert view.selected_text() == ""


def test_a_text_that_cannot_be_kept_stands_in_the_field_again(qtbot, chat, session) -> None:
    pane = chat.chat.pane
    chat.chat.open("a")
    session.refuse = Refusal("storage")
    pane.composer.draft = "not lost"
    pane.composer.submit()
    assert pane.composer.draft == "not lost"
    assert chat.notices.isVisible()
    pane.give_back("g", "of another conversation")
    chat.chat.open("g")
    assert pane.composer.draft == "of another conversation"
    chat.chat.open("a")
    assert pane.composer.draft == "not lost"


def test_the_log_in_page_says_that_there_is_no_network(window, client) -> None:
    client.log_in_needed.emit()
    client.on_link_state(ConnectionState.OFFLINE)
    assert not window.notices.isHidden()
    assert "No network" in window.notices.label.text()
    client.on_link_state(ConnectionState.CONNECTING)
    assert window.notices.isHidden()


def test_a_draft_is_there_after_the_program_has_ended(
    qtbot, loop, session, preferences, tmp_path
) -> None:
    async def opener(address, listener):
        session.listener = listener
        return session

    session.remembered = True
    session.add_conversation("a", "Alan")
    session.add_conversation("b", "Bob")

    def run() -> MainWindow:
        client = Client(opener, preferences, ServerAddress(), Drafts(tmp_path))
        window = MainWindow(preferences, "", client.address)
        window.attach(client)
        qtbot.addWidget(window)
        window.show()
        with qtbot.waitSignal(client.logged_in):
            client.start()
        return window

    first = run()
    first.chat.open("a")
    first.chat.pane.composer.field.insertPlainText("half a")
    first.chat.open("b")
    first.chat.pane.composer.field.insertPlainText("to Bob")
    qtbot.wait(DRAFT_MS + 100)  # as a kill at any later moment would find it
    assert Drafts(tmp_path).get(session.account, "b") == ""  # not loaded yet
    killed = Drafts(tmp_path)
    killed.load(session.account)
    assert killed.get(session.account, "b") == "to Bob"
    first.chat.pane.composer.field.insertPlainText(" and more")
    first.close()
    second = run()
    second.chat.open("a")
    assert second.chat.pane.composer.draft == "half a"
    second.chat.open("b")
    assert second.chat.pane.composer.draft == "to Bob and more"
    second.chat.pane.composer.submit()
    second._client.on_logged_out("")
    second.close()
    third = run()
    third.chat.open("b")
    assert third.chat.pane.composer.draft == ""
    third.close()


def test_connecting_is_not_the_last_word_of_the_log_in_page(qtbot, window, client, session) -> None:
    window.show()
    window.log_in._patience.setInterval(10)
    client.log_in = lambda *_words: None  # nobody answers
    type_log_in(qtbot, window)
    assert window.log_in.submit_button.text() == "Connecting…" and window.log_in.note.isHidden()
    qtbot.waitUntil(lambda: not window.log_in.note.isHidden())
    assert window.log_in.note.text().startswith("No answer from localhost yet.")
    window.log_in.show_error("No.")
    assert window.log_in.note.isHidden()
