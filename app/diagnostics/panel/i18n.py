"""The panel's texts: the catalogue ``diagnostics`` (see :mod:`app.desktop.i18n`)."""

from __future__ import annotations

from app.desktop.i18n import Texts, current_language, mark

__all__ = ["current_language", "mark", "tr"]

tr = Texts("diagnostics").tr
