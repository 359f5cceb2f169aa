"""The settings: look, language, notifications, server, logs. A change holds at once."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSystemTrayIcon,
    QVBoxLayout,
    QWidget,
)

from app.desktop.forms import level, restyle
from app.desktop.i18n import LANGUAGES, SYSTEM, tr
from app.desktop.plain_text import Label, tip
from app.desktop.preferences import Preferences
from app.desktop.proxy_rows import ProxyRows
from app.desktop.theme import ThemeChoice
from app.start.update_check import source

_KEY = re.compile(r"[0-9a-fA-F]{128}")


def key_is_valid(text: str) -> bool:
    """Whether ``text`` is a public key: 128 hex digits, or empty for none."""
    return not text or _KEY.fullmatch(text) is not None


class SettingsDialog(QDialog):
    """Writes to :class:`Preferences`; who listens there acts."""

    log_folder_wanted = Signal()

    def __init__(
        self, preferences: Preferences, log_folder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        self._preferences = preferences
        self._log_folder = log_folder
        self._labels: list[tuple[QLabel, str]] = []
        self.theme_box, self.language_box = QComboBox(), QComboBox()
        self.notify, self.notify_text = QCheckBox(), QCheckBox()
        self.tray_box, self.update_box = QCheckBox(), QCheckBox()
        self.server_line = Label(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.proxy = ProxyRows(preferences.proxy, self)
        self.key_field = QLineEdit()
        self.key_note = Label(wordWrap=True)
        self.folder_button, self.close_button = QPushButton(), QPushButton()
        self._build()
        self._fill()
        self.retranslate()
        self.theme_box.activated.connect(self._choose_theme)
        self.language_box.activated.connect(self._choose_language)
        self.notify.toggled.connect(self._choose_notify)
        self.notify_text.toggled.connect(self._choose_notify_text)
        self.tray_box.toggled.connect(self._choose_tray)
        self.update_box.toggled.connect(self._choose_update)
        self.key_field.textEdited.connect(self._choose_key)
        self.folder_button.clicked.connect(self.log_folder_wanted)
        self.close_button.clicked.connect(self.accept)
        self.finished.connect(self.proxy.commit)

    def _section(self, column: QVBoxLayout, first: bool = False) -> tuple[QLabel, QFormLayout]:
        if not first:
            line = QFrame()
            line.setProperty("role", "line")
            column.addSpacing(4)
            column.addWidget(line)
        heading = Label()
        heading.setProperty("role", "section")
        column.addWidget(heading)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column.addLayout(form)
        return heading, form

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        self._theme_label, self._language_label = Label(), Label()
        self._server_label, self._key_label = Label(), Label()
        self._look, form = self._section(column, first=True)
        level(self._theme_label, self.theme_box)
        level(self._language_label, self.language_box)
        form.addRow(self._theme_label, self.theme_box)
        form.addRow(self._language_label, self.language_box)
        self._notices, form = self._section(column)
        form.addRow(self.notify)
        form.addRow(self.notify_text)
        if QSystemTrayIcon.isSystemTrayAvailable():
            form.addRow(self.tray_box)
        self._connection, form = self._section(column)
        form.addRow(self._server_label, self.server_line)
        self._server_note = Label(wordWrap=True)
        self._server_note.setProperty("role", "muted")
        form.addRow(self._server_note)
        self.proxy.add_to(form)
        self._logs, form = self._section(column)
        level(self._key_label, self.key_field)
        form.addRow(self._key_label, self.key_field)
        form.addRow(self.key_note)
        form.addRow(self.folder_button)
        if source() is not None:  # a build that names no place to ask has nothing to choose
            self._updates, form = self._section(column)
            form.addRow(self.update_box)
        self.close_button.setDefault(True)
        self.folder_button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        column.addStretch()
        column.addSpacing(6)
        column.addLayout(buttons)

    def _fill(self) -> None:
        kept = self._preferences
        self.notify.setChecked(kept.notifications)
        self.notify_text.setChecked(kept.notification_text)
        self.notify_text.setEnabled(kept.notifications)
        self.tray_box.setChecked(kept.keep_in_tray)
        self.update_box.setChecked(kept.update_check)
        self.server_line.setText(str(kept.server))
        self.key_field.setText(kept.log_key)

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self.setWindowTitle(tr("Settings"))
        self._look.setText(tr("Appearance"))
        self._notices.setText(tr("Notifications"))
        self._connection.setText(tr("Connection"))
        self._logs.setText(tr("Logs"))
        self._theme_label.setText(tr("Theme"))
        self._language_label.setText(tr("Language"))
        self._server_label.setText(tr("Server"))
        self._key_label.setText(tr("Public key"))
        self._server_note.setText(tr("To use another server, log out first."))
        if source() is not None:
            self._updates.setText(tr("Updates"))
        self.update_box.setText(tr("Check for updates once a day"))
        self.notify.setText(tr("Notify me about new messages"))
        self.notify_text.setText(tr("Show message text in notifications"))
        self.tray_box.setText(tr("Keep running in the notification area"))
        self.key_field.setPlaceholderText(tr("None: logs are not encrypted"))
        self.folder_button.setText(tr("Open the log folder"))
        self.folder_button.setToolTip(tip(self._log_folder))
        self.close_button.setText(tr("Done"))
        names = {
            ThemeChoice.SYSTEM: tr("Same as system"),
            ThemeChoice.LIGHT: tr("Light"),
            ThemeChoice.DARK: tr("Dark"),
        }
        self.theme_box.clear()
        for choice, words in names.items():
            self.theme_box.addItem(words, choice.value)
        self.theme_box.setCurrentIndex(list(names).index(self._preferences.theme))
        self.language_box.clear()
        self.language_box.addItem(tr("Same as system"), SYSTEM)
        for code, name in LANGUAGES.items():
            self.language_box.addItem(name, code)
        self.language_box.setCurrentIndex(self.language_box.findData(self._preferences.language))
        self._say_key()
        self.proxy.retranslate()
        labels = [self._theme_label, self._language_label, self._server_label, self._key_label]
        labels += self.proxy.labels
        widest = max(label.sizeHint().width() for label in labels)
        for label in labels:  # the fields of all sections stand in one column
            label.setMinimumWidth(widest)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _choose_theme(self, row: int) -> None:
        self._preferences.theme = ThemeChoice(self.theme_box.itemData(row))

    def _choose_language(self, row: int) -> None:
        self._preferences.language = self.language_box.itemData(row)

    def _choose_notify(self, on: bool) -> None:
        self._preferences.notifications = on
        self.notify_text.setEnabled(on)

    def _choose_notify_text(self, on: bool) -> None:
        self._preferences.notification_text = on

    def _choose_tray(self, on: bool) -> None:
        self._preferences.keep_in_tray = on

    def _choose_update(self, on: bool) -> None:
        self._preferences.update_check = on

    def _choose_key(self, text: str) -> None:
        if key_is_valid(text.strip()):
            self._preferences.log_key = text.strip().lower()
        self._say_key()

    def _say_key(self) -> None:
        valid = key_is_valid(self.key_field.text().strip())
        self.key_note.setVisible(bool(self.key_field.text().strip()))
        self.key_note.setText(
            tr("Logs will be encrypted with this key after a restart.")
            if valid
            else tr("Not a valid key. A key has 128 hexadecimal digits.")
        )
        restyle(self.key_note, "role", "muted" if valid else "error")
