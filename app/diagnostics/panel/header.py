"""The panel's head, above every page: how the link is, why, and how far the server is away."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.elided_label import ElidedLabel
from app.desktop.plain_text import Label, tip
from app.desktop.theme import theme
from app.diagnostics.panel.i18n import current_language, tr
from app.diagnostics.panel.links import LinkRecord, PingState
from app.diagnostics.panel.model import Health, PanelModel
from app.diagnostics.panel.view import PanelView, paint_text, put
from app.diagnostics.panel.wording import (
    HEALTH,
    HEALTH_TONES,
    ago,
    clock,
    ms,
    ping_words,
    span,
    weak_reason,
    words,
)

_QUIET = ("", "none")


class Light(QWidget):
    """A round light in a tone, with a ring around it."""

    def __init__(self) -> None:
        super().__init__()
        self._token = "muted"
        self.setFixedSize(QSize(22, 22))

    def show_tone(self, token: str) -> None:
        """Shine in another tone."""
        if token != self._token:
            self._token = token
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ring and light."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = QColor(theme().color(self._token))
        ring = QColor(colour)
        ring.setAlpha(60)
        painter.setBrush(ring)
        painter.drawEllipse(QRectF(1, 1, 20, 20))
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(5, 5, 12, 12))


class HeaderView(PanelView):
    """State, address, last change; and the round trip with its age."""

    parts = ("link", "signal", "limit")
    every = 2
    clocked = True

    def __init__(self) -> None:
        super().__init__()
        self.light = Light()
        self.state, self.where, self.change = ElidedLabel(), ElidedLabel(), ElidedLabel()
        for line in (self.state, self.where, self.change):  # as wide as there is room
            line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.ping, self.age = Label(), Label()
        self._ping_tone = ""
        self.state.setProperty("role", "heading")
        self.ping.setProperty("role", "title")
        for label in (self.where, self.change, self.age):
            label.setProperty("role", "muted")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.ping.setAlignment(right)
        self.age.setAlignment(right)
        told = QVBoxLayout()
        told.setSpacing(2)
        for label in (self.state, self.where, self.change):
            told.addWidget(label)
        measured = QVBoxLayout()
        measured.setSpacing(0)
        measured.addWidget(self.ping)
        measured.addWidget(self.age)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.light, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(told, 1)
        row.addLayout(measured)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.state.setAccessibleName(tr("Connection"))
        self.ping.setAccessibleName(tr("Round trip"))
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.light.update()
        paint_text(self.ping, self._ping_tone)

    def show_model(self, model: PanelModel, now: float) -> None:
        """Show the main link."""
        health, link = model.health(), model.link
        self.light.show_tone(HEALTH_TONES[health])
        put(self.state, _state(model, health, link, now))
        put(self.where, "" if link is None else _where(link))
        put(self.change, _change(model, link, now))
        for label in (self.where, self.change):
            label.setToolTip(tip(label.text()))
        if link is None:
            ping, age, state = "–", "", PingState.NONE
        else:
            told = link.ping(now, asleep=model.asleep)
            (ping, age), state = ping_words(told), told.state
        put(self.ping, ping)
        put(self.age, age)
        tone = {PingState.WAITING: "warning", PingState.OLD: "muted", PingState.NONE: "muted"}.get(
            state, ""
        )
        if tone != self._ping_tone:
            self._ping_tone = tone
            paint_text(self.ping, tone)


def _state(model: PanelModel, health: Health, link: LinkRecord | None, now: float) -> str:
    parts = [tr(HEALTH[health])]
    if health is Health.WEAK and model.limits.weak and model.limits.weak_reason not in _QUIET:
        why = weak_reason(model.limits.weak_reason)
        parts[0] = tr("{what}: {why}", what=parts[0], why=why)
    if link is not None and link.up and link.up_since is not None:
        parts.append(tr("for {time}", time=span(max(0.0, now - link.up_since))))
    elif link is not None and link.reconnect_at is not None and health is not Health.CONNECTING:
        wait = link.reconnect_at - now
        if wait > 0:
            parts.append(tr("connects in {time}", time=span(wait + 0.999)))
    if model.signals.portal:
        parts.append(tr("the network asks you to log in"))
    return "  ·  ".join(parts)


def _where(link: LinkRecord) -> str:
    if not link.ip and not link.host:
        return link.name
    address = f"[{link.ip}]:{link.port}" if ":" in link.ip else f"{link.ip}:{link.port}"
    parts = [f"{link.host} → {address}" if link.host and link.host != link.ip else address]
    if link.source not in ("", "null"):
        parts.append(tr("address from {by}", by=words(link.source)))
    if link.carrier not in ("", "tcp"):
        parts.append(words(link.carrier))
    if link.proxy:
        parts.append(tr("proxy {proxy}", proxy=link.proxy))
    if link.connect_rtt:
        parts.append(tr("connected in {time}", time=ms(link.connect_rtt)))
    return "  ·  ".join(parts)


def _change(model: PanelModel, link: LinkRecord | None, now: float) -> str:
    if link is None:
        return tr("No link activity yet.")
    if not link.changed_at:
        return ""
    reason, detail, past = link.reason, link.detail, False
    if reason in _QUIET and not detail:
        reason, detail, past = link.last_reason, link.last_detail, True
    why = "" if reason in _QUIET else words(reason)
    if detail and current_language() != "en":  # netcore's own wording: here in ours
        fault = link.last_fault if past else link.fault
        detail = tr("the server's name could not be resolved") if fault == "dns" else ""
    # Where it says no more than the reason it is left out.
    if detail and detail.replace(" ", "_") != reason:
        why = f"{why} ({detail})" if why else detail
    told = tr(
        "Last change {clock}, {ago}: {state}",
        clock=clock(link.changed_at),
        ago=ago(max(0.0, now - link.changed_at)),
        state=words(link.state),
    )
    if not why:
        return told
    return f"{told}  ·  " + (tr("before: {why}", why=why) if past else why)
