"""The export's and its preview's texts: the catalogue ``export`` (see :mod:`app.desktop.i18n`)."""

from __future__ import annotations

from app.desktop.i18n import Texts, current_language, mark

__all__ = ["current_language", "mark", "tr"]

tr = Texts("export").tr
