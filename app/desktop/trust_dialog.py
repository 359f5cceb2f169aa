"""Asks whether to trust a server that no authority vouches for, showing its fingerprint."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.i18n import tr
from app.desktop.plain_text import Label


def spaced(fingerprint: str) -> str:
    """A fingerprint as people compare it: pairs, in two lines of sixteen."""
    pairs = [fingerprint[i : i + 2].upper() for i in range(0, len(fingerprint), 2)]
    return "\n".join(" ".join(pairs[i : i + 16]) for i in range(0, len(pairs), 16))


class TrustDialog(QDialog):
    """Emits :attr:`trusted` or :attr:`refused` with what it asked about; "no" is the default."""

    trusted = Signal(str, str)  # host, fingerprint
    refused = Signal(str)  # fingerprint

    def __init__(
        self, host: str, fingerprint: str, *, changed: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Trust this server?"))
        heading = Label(tr("Trust {host}?", host=host), wordWrap=True)
        heading.setProperty("role", "heading")
        if changed:
            words = tr(
                "The server's certificate is not the one you trusted before. Someone may be "
                "listening in. Continue only if the person who runs the server confirms the "
                "change."
            )
        else:
            words = tr(
                "This server's certificate isn't signed by a known authority. Compare its "
                "fingerprint with the one from the person who runs the server."
            )
        text = Label(words, wordWrap=True)
        if changed:
            text.setProperty("role", "error")
        self.fingerprint = Label(spaced(fingerprint), alignment=Qt.AlignmentFlag.AlignCenter)
        self.fingerprint.setObjectName("fingerprint")
        self.fingerprint.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.fingerprint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.fingerprint.setAccessibleName(tr("Fingerprint (SHA-256)"))
        label = Label(tr("Fingerprint (SHA-256)"))
        label.setProperty("role", "muted")
        self.trust_button = QPushButton(tr("Trust and connect"))
        self.trust_button.setAutoDefault(False)
        self.refuse_button = QPushButton(tr("Don't connect"))
        self.refuse_button.setDefault(True)
        self._host, self._fingerprint = host, fingerprint
        self.rejected.connect(lambda: self.refused.emit(fingerprint))
        self.trust_button.clicked.connect(self._trust)
        self.refuse_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.trust_button)
        buttons.addWidget(self.refuse_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for widget in (heading, text, label, self.fingerprint):
            column.addWidget(widget)
        column.addSpacing(6)
        column.addLayout(buttons)
        self.setMinimumWidth(480)
        self.refuse_button.setFocus()

    def _trust(self) -> None:
        self.trusted.emit(self._host, self._fingerprint)
        self.accept()
