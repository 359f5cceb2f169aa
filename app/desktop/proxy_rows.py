"""The rows of the settings that choose a proxy: the system's, none, or one of one's own.

What is chosen holds at once; a proxy of one's own as soon as it can be one and a field is left.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.desktop.forms import level, restyle
from app.desktop.i18n import current_language, tr
from app.desktop.plain_text import Label, tip
from app.start.proxy_choice import KINDS, ProxyChoice, ProxyMode
from netcore.errors import ConfigError

PASSWORD_SIZE = 255  # characters, as SOCKS5 has it


class ProxyRows(QObject):
    """Fields in a form; who listens to the signals acts."""

    chosen = Signal(object, str)  # ProxyChoice, password
    try_wanted = Signal(object, str)

    def __init__(self, kept: ProxyChoice, parent: QWidget) -> None:
        super().__init__(parent)
        self.mode_box, self.kind_box = QComboBox(), QComboBox()
        self.host, self.user, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.port = QSpinBox()
        self.port.setRange(1, 65535)
        self.port.lineEdit().setTextMargins(8, 0, 0, 0)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setMaxLength(PASSWORD_SIZE)
        self.user.setMaxLength(PASSWORD_SIZE)
        self.try_button = QPushButton()
        self.try_button.setAutoDefault(False)
        self.note = Label(wordWrap=True)
        self._mode_label, self._host_label, self._user_label = Label(), Label(), Label()
        self._form: QFormLayout | None = None
        self._own: list[QWidget] = []
        self._told = ""  # what was chosen last, as it is compared
        self._fill(kept)
        self.mode_box.activated.connect(self._mode_changed)
        self.kind_box.activated.connect(self._edited)
        self.port.editingFinished.connect(self._edited)
        for field in (self.host, self.user, self.password):
            field.editingFinished.connect(self._edited)
            field.textEdited.connect(lambda: self._say(""))
        self.try_button.clicked.connect(self._try)

    @property
    def labels(self) -> list[Label]:
        """The labels, whose widths the dialog makes one."""
        return [self._mode_label, self._host_label, self._user_label]

    def add_to(self, form: QFormLayout) -> None:
        """Put the rows at the end of a form."""
        self._form = form
        self._own = [
            _in_one_row((self.host, 1), (self.port, 0)),
            _in_one_row((self.user, 1), (self.password, 1)),
        ]
        firsts = (self.mode_box, self.host, self.user)
        rows = (_in_one_row((self.mode_box, 1), (self.kind_box, 0)), *self._own)
        for label, first, row in zip(self.labels, firsts, rows, strict=True):
            level(label, row)
            label.setBuddy(first)
            form.addRow(label, row)
        form.addRow("", _in_one_row((self.try_button, 0), (None, 1)))
        form.addRow(self.note)
        self._show_own()

    def _fill(self, kept: ProxyChoice) -> None:
        for mode in ProxyMode:
            self.mode_box.addItem("", mode.value)
        self.mode_box.setCurrentIndex(list(ProxyMode).index(kept.mode))
        for kind in KINDS:
            self.kind_box.addItem(kind.upper(), kind)
        self.kind_box.setCurrentIndex(KINDS.index(kept.kind))
        self.host.setText(kept.host)
        self.port.setValue(kept.port)
        self.user.setText(kept.user)

    def know(self, password: str) -> None:
        """The password that is kept."""
        self.password.setText(password)
        self._told = self._key()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self._mode_label.setText(tr("Proxy"))
        self._host_label.setText(tr("Address"))
        self._user_label.setText(tr("Log-in"))
        self.host.setPlaceholderText("proxy.example.org")
        self.user.setPlaceholderText(tr("User name"))
        self.password.setPlaceholderText(tr("Password"))
        self.kind_box.setAccessibleName(tr("Type"))
        self.port.setAccessibleName(tr("Port"))
        self.password.setAccessibleName(tr("Password"))
        self.try_button.setText(tr("Test"))
        for row, words in enumerate((tr("Same as system"), tr("No proxy"), tr("Custom"))):
            self.mode_box.setItemText(row, words)
        self._say("")

    def choice(self) -> ProxyChoice:
        """What the fields say."""
        return ProxyChoice(
            ProxyMode(self.mode_box.currentData()),
            self.kind_box.currentData(),
            self.host.text().strip(),
            self.port.value(),
            self.user.text(),
        )

    def commit(self) -> None:
        """Tell of the choice if it is another one and can be used; a dialog does so as it ends."""
        choice, password = self.choice(), self.password.text()
        if self._key() == self._told:
            return
        try:
            choice.proxy(password)
        except ConfigError:
            return
        self._told = self._key()
        self.chosen.emit(choice, password)

    def show_trial(self, ok: bool, why: str) -> None:
        """How the trial went; ``why`` it failed, in English."""
        self.try_button.setEnabled(True)
        if ok:
            self._say(tr("It works: the server answered."), "muted")
        elif current_language() == "en":
            self._say(tr("It does not work: {why}", why=why), "error")
        else:  # netcore's own wording is English: in ours what to do about it
            self._say(tr("It does not work. Check the address, port, name and password."), "error")
        self.note.setToolTip("" if ok else tip(why))

    def _key(self) -> str:
        return repr((self.choice(), self.password.text()))

    def _mode_changed(self) -> None:
        self._show_own()
        self._say("")
        self.commit()

    def _edited(self) -> None:
        self.commit()

    def _show_own(self) -> None:
        own = self.mode_box.currentData() == ProxyMode.OWN
        self.kind_box.setVisible(own)
        if self._form is not None:
            for row in self._own:
                self._form.setRowVisible(row, own)

    def _fit(self) -> None:
        """Make the dialog as high as its rows are now; the note may take several lines."""
        window = self.note.window()
        layout = window.layout()
        if layout is not None and window.isVisible():
            layout.activate()
            window.resize(window.width(), layout.totalHeightForWidth(window.width()))

    def _try(self) -> None:
        choice, password = self.choice(), self.password.text()
        try:
            choice.proxy(password)
        except ConfigError as error:
            self.show_trial(False, str(error))
            return
        self.commit()
        self.try_button.setEnabled(False)
        self._say(tr("Testing…"), "muted")
        self.try_wanted.emit(choice, password)

    def _say(self, text: str, role: str = "muted") -> None:
        self.note.setText(text)
        self.note.setToolTip("")
        if self._form is not None:
            self._form.setRowVisible(self.note, bool(text))
            self._fit()
        restyle(self.note, "role", role)


def _in_one_row(*parts: tuple[QWidget | None, int]) -> QWidget:
    """Fields beside each other, each with its share of the width; None is empty space."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget, share in parts:
        if widget is None:
            row.addStretch(share)
        else:
            row.addWidget(widget, share)
    return made
