"""The first page: log in or sign up, with the server's address folded away below.

It is what a start waits for, so it names nothing of Qt's namespace of enumerations, which PySide6
makes as a whole when it is named first: what stands in the middle does so by stretches and by the
style sheet.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import icons
from app.desktop.forms import level, restyle
from app.desktop.i18n import tr
from app.desktop.plain_text import Label
from app.desktop.preferences import ServerAddress
from app.desktop.theme import theme

MIN_PASSWORD = 8
PATIENCE_MS = 5000  # of "Connecting…" before more is said
WIDTH = 360


class LogInPage(QWidget):
    """Emits what the person asked for; the window answers with :meth:`show_error`."""

    log_in_wanted = Signal(str, str, object)  # name, password, ServerAddress
    sign_up_wanted = Signal(str, str, object)

    def __init__(self, address: ServerAddress, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._signing_up = False
        self._busy = False
        self.menu_button: QToolButton | None = None
        self._build()
        self.set_address(address)
        theme().changed.connect(self._paint_icons)
        self.retranslate()
        self._paint_icons()

    def _build(self) -> None:
        self._logo, self._title, self._lead = Label(), Label(), Label(wordWrap=True)
        for label in (self._logo, self._title, self._lead):
            label.setProperty("centred", True)
        self._title.setProperty("role", "title")
        self._lead.setProperty("role", "muted")
        self.name, self.password, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setMaxLength(64)
        for field in (self.password, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
            field.setMaxLength(256)
        self._eye = QAction(self)
        self._eye.triggered.connect(self._toggle_password)
        self.password.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self.error = Label(wordWrap=True)
        self.error.setProperty("role", "error")
        self.error.hide()
        self.note = Label(wordWrap=True)  # what goes on while the server is asked
        self.note.setProperty("role", "muted")
        self.note.hide()
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._say_slow)
        self.submit_button = QPushButton()
        self.submit_button.setProperty("role", "primary")
        self.submit_button.setMinimumHeight(40)
        self.switch_button = QPushButton()
        self.switch_button.setProperty("role", "link")
        self.advanced_button = QPushButton()
        self.advanced_button.setProperty("role", "link")
        self.advanced_button.setCheckable(True)
        self.advanced_button.setIconSize(QSize(14, 14))
        self.advanced = self._build_advanced()
        self.advanced.hide()

        card = QWidget()
        card.setFixedWidth(WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self._logo, self._title, self._lead):
            column.addWidget(widget)
        column.addSpacing(10)
        for field in (self.name, self.password, self.again):
            field.setMinimumHeight(38)
            column.addWidget(field)
        for label in (self.error, self.note):
            column.addWidget(label)
        column.addSpacing(2)
        column.addWidget(self.submit_button)
        column.addLayout(_in_the_middle(self.switch_button))
        column.addLayout(_in_the_middle(self.advanced_button))
        column.addWidget(self.advanced)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(_in_the_middle(card))
        outer.addStretch(3)

        self.submit_button.clicked.connect(self.submit)
        self.switch_button.clicked.connect(self._switch)
        self.advanced_button.toggled.connect(self._fold)
        for field in (self.name, self.password, self.again, self.host):
            field.returnPressed.connect(self.submit)
            field.textEdited.connect(self._clear_error)

    def _build_advanced(self) -> QFrame:
        frame = QFrame()
        self.host = QLineEdit()
        self.longlink_port, self.shortlink_port = QSpinBox(), QSpinBox()
        for box in (self.longlink_port, self.shortlink_port):
            box.setRange(1, 65535)
            box.lineEdit().setTextMargins(8, 0, 0, 0)
        self.plain = QCheckBox()
        self._labels = [Label() for _ in range(3)]
        for label, field in zip(
            self._labels, (self.host, self.longlink_port, self.shortlink_port), strict=True
        ):
            level(label, field)
        form = QFormLayout(frame)
        form.setContentsMargins(0, 4, 0, 0)
        form.setSpacing(8)
        form.addRow(self._labels[0], self.host)
        form.addRow(self._labels[1], self.longlink_port)
        form.addRow(self._labels[2], self.shortlink_port)
        form.addRow(self.plain)
        return frame

    def offer_menu(self, menu: QMenu) -> None:
        """Who cannot log in needs settings and diagnosis most: the window's menu, in the corner."""
        button = QToolButton(self)
        button.setIconSize(QSize(22, 22))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.move(8, 11)
        self.menu_button = button
        self.retranslate()
        self._paint_icons()
        button.adjustSize()
        button.show()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        up = self._signing_up
        self._title.setText(tr("Create an account") if up else tr("Welcome to Phobos"))
        self._lead.setText(
            tr("Choose a name so that people can find you.")
            if up
            else tr("Chat that keeps working on bad networks.")
        )
        for field, words in (
            (self.name, tr("Name")),
            (self.password, tr("Password")),
            (self.again, tr("Repeat password")),
            (self.host, tr("Server")),
        ):
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
        self._eye.setText(tr("Show the password"))
        self._eye.setToolTip(tr("Show the password"))
        if not self._busy:
            self.submit_button.setText(tr("Sign up") if up else tr("Log in"))
        self.switch_button.setText(
            tr("Already have an account? Log in") if up else tr("New here? Create an account")
        )
        self.advanced_button.setText(tr("Server settings"))
        for label, words in zip(
            self._labels, (tr("Server"), tr("Long-link port"), tr("Short-link port")), strict=True
        ):
            label.setText(words)
        self.plain.setText(tr("Connect without encryption"))
        if self.menu_button is not None:
            self.menu_button.setToolTip(tr("Menu"))
            self.menu_button.setAccessibleName(tr("Menu"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Writing can begin at once."""
        super().showEvent(event)
        (self.password if self.name.text() else self.name).setFocus()

    def _paint_icons(self) -> None:
        self._logo.setPixmap(icons.app_icon().pixmap(QSize(84, 84), self.devicePixelRatioF()))
        hidden = self.password.echoMode() is QLineEdit.EchoMode.Password
        self._eye.setIcon(icons.icon("eye" if hidden else "eye-off"))
        folded = not self.advanced_button.isChecked()
        sign = "chevron-down" if folded else "chevron-up"
        self.advanced_button.setIcon(icons.icon(sign, "link", size=14))
        if self.menu_button is not None:
            self.menu_button.setIcon(icons.icon("menu", "text", size=22))

    def _toggle_password(self) -> None:
        modes = QLineEdit.EchoMode
        hidden = self.password.echoMode() is modes.Password
        for field in (self.password, self.again):
            field.setEchoMode(modes.Normal if hidden else modes.Password)
        self._paint_icons()

    def _fold(self, shown: bool) -> None:
        self.advanced.setVisible(shown)
        self._paint_icons()

    def _switch(self) -> None:
        self._signing_up = not self._signing_up
        self._clear_error()
        self.again.setVisible(self._signing_up)
        self.retranslate()
        self.name.setFocus()

    def show_sign_up(self) -> None:
        """Begin with a new account, where nobody can have one yet."""
        if not self._signing_up:
            self._switch()

    def showing_sign_up(self) -> bool:
        """Whether the page creates an account."""
        return self._signing_up

    def set_address(self, address: ServerAddress) -> None:
        """Show where the page will connect to."""
        self.host.setText(address.host)
        self.longlink_port.setValue(address.longlink_port)
        self.shortlink_port.setValue(address.shortlink_port)
        self.plain.setChecked(address.plain)
        self.again.setVisible(self._signing_up)

    def address(self) -> ServerAddress:
        """Where the person wants to connect to."""
        return ServerAddress(
            self.host.text().strip(),
            self.longlink_port.value(),
            self.shortlink_port.value(),
            self.plain.isChecked(),
        )

    def _take_host(self) -> bool:
        """Take apart what was typed as the server, and show what it means; whether it is one."""
        from app.chat.server_text import parse_server

        try:
            typed = parse_server(self.host.text())
        except ValueError:
            return False
        self.host.setText(typed.host)
        for port, field in (
            (typed.longlink_port, self.longlink_port),
            (typed.shortlink_port, self.shortlink_port),
        ):
            if port is not None:
                field.setValue(port)
        return True

    def submit(self) -> None:
        """Check what is written, then ask for it."""
        if self._busy:
            return
        self._clear_error()
        name, password = self.name.text().strip(), self.password.text()
        if not name:
            self.show_error(tr("Enter your name."), self.name)
        elif not password:
            self.show_error(tr("Enter your password."), self.password)
        elif not self._take_host():
            self.advanced_button.setChecked(True)
            words = tr("Enter the server's name or address, such as chat.example.org.")
            self.show_error(words, self.host)
        elif self._signing_up and len(password) < MIN_PASSWORD:
            words = tr("Passwords need at least {n} characters.", n=MIN_PASSWORD)
            self.show_error(words, self.password)
        elif self._signing_up and password != self.again.text():
            self.show_error(tr("The passwords don't match."), self.again)
        else:
            self.set_busy(True)
            wanted = self.sign_up_wanted if self._signing_up else self.log_in_wanted
            wanted.emit(name, password, self.address())

    def set_busy(self, busy: bool) -> None:
        """While the server is asked, nothing can be changed."""
        self._busy = busy
        for widget in (self.name, self.password, self.again, self.advanced, self.switch_button):
            widget.setEnabled(not busy)
        self.submit_button.setEnabled(not busy)
        if busy:
            self.submit_button.setText(tr("Connecting…"))
            self._patience.start()
        else:
            self._patience.stop()
            self.note.hide()
            self.retranslate()

    def _say_slow(self) -> None:
        host = self.host.text()
        self.note.setText(
            tr("No answer from {host} yet. Phobos keeps trying for up to half a minute.", host=host)
        )
        self.note.show()

    def show_error(self, words: str, field: QLineEdit | None = None) -> None:
        """Say what is wrong, below the fields, and mark the one to mend."""
        self.set_busy(False)
        self.error.setText(words)
        self.error.show()
        if field is not None:
            _mark(field, True)
            field.setFocus()
            field.selectAll()
        else:
            self.password.setFocus()  # Enter tries again

    def reset(self) -> None:
        """Forget the password, and what was said."""
        self.set_busy(False)
        self.password.clear()
        self.again.clear()
        self._clear_error()

    def _clear_error(self) -> None:
        self.error.hide()
        for field in (self.name, self.password, self.again, self.host):
            _mark(field, False)


def _in_the_middle(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch()
    row.addWidget(widget)
    row.addStretch()
    return row


def _mark(field: QLineEdit, wrong: bool) -> None:
    if bool(field.property("invalid")) != wrong:
        restyle(field, "invalid", wrong)
