"""The languages of the interface: English in the source, Chinese in ``resources/translations``.

``tr("Send")`` gives the text in the language now in force; ``tr("{n} members", n=3)`` fills the
placeholders afterwards, so that a translator may reorder them. Each catalogue is a file of its
own, ``<catalogue>_<language>.ts``, compiled to ``.qm`` beside it by
``python -m resources.translations``, which also collects new strings. Each is a context of Qt's
too, so that "Level" may be one word in the log viewer and another in the panel: import ``tr`` from
the module of the catalogue that the file belongs to, which is a ``Texts("<catalogue>")``. The one
here is the desktop's.

A change of language while running reaches every widget as ``QEvent.LanguageChange``: set texts in
a ``retranslate`` method and call it from ``changeEvent``.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

SYSTEM = "system"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Every language the interface speaks, each named in itself."""

_installed: list[QTranslator] = []
_current = "en"


class Texts:
    """The texts of one catalogue, which is a context of Qt's translations."""

    def __init__(self, catalogue: str) -> None:
        self.catalogue = catalogue

    def tr(self, source: str, **values: object) -> str:
        """``source`` in the language now in force, with ``{name}`` placeholders filled.

        Only literal strings: they are collected from the source by reading it.
        """
        text = QCoreApplication.translate(self.catalogue, source)
        return text.format(**values) if values else text


tr = Texts("desktop").tr


def mark(source: str) -> str:
    """``source`` as it is, but collected for translation: for tables of texts shown by tr later."""
    return source


def listed(names: Iterable[str]) -> str:
    """Names one after the other, as the language in force writes it."""
    return ("、" if _current.startswith("zh") else ", ").join(names)


def current_language() -> str:
    """The code of the language in force, a key of :data:`LANGUAGES`."""
    return _current


def locale() -> QLocale:
    """For dates and numbers: the system's if it speaks the language in force, else that one's."""
    system = QLocale.system()
    wanted = QLocale(_current)
    return system if system.language() == wanted.language() else wanted


def language_for(choice: str, system: list[str] | None = None) -> str:
    """The language to show for a choice ("system" or a code), never one we do not speak.

    ``system`` are the system's languages in order of wish, as BCP 47 names.
    """
    wishes = [choice]
    if choice == SYSTEM:
        wishes = QLocale.system().uiLanguages() if system is None else system
    for wish in wishes:
        code = wish.replace("-", "_")
        if code in LANGUAGES:
            return code
        primary = code.partition("_")[0].lower()
        if primary == "zh":
            return "zh_CN"
        if primary in LANGUAGES:
            return primary
    return "en"


def install_language(choice: str = SYSTEM) -> str:
    """Show the interface in ``choice`` from now on; gives the code of what is shown.

    Needs a QCoreApplication. Called again, it changes the language while running.
    """
    global _current  # noqa: PLW0603  (Qt's translators are global too)
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("make a QApplication before installing a language")
    code = language_for(choice)
    for translator in _installed:
        app.removeTranslator(translator)
        translator.deleteLater()
    _installed.clear()
    _current = code
    QLocale.setDefault(locale())
    if code != "en":
        for path in _catalogues(code):
            translator = QTranslator(app)
            if translator.load(str(path)):
                _installed.append(translator)
                app.installTranslator(translator)
    return code


def _catalogues(code: str) -> list[Path]:
    """Qt's own texts (buttons of standard dialogs) first, then ours, room by room."""
    qt = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    with resources.as_file(resources.files("resources") / "translations") as folder:
        ours = sorted(folder.glob(f"*_{code}.qm"))
    return [path for path in (qt / f"qtbase_{code}.qm", *ours) if path.exists()]
