import pytest

from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from app.logviewer import loading as loading_module
from app.logviewer.keys import FileVault, NamedKeys
from app.logviewer.settings import ViewerSettings


@pytest.fixture
def viewer(qtbot, tmp_path, monkeypatch):
    """Makes the real window, in English and in the light, with a home of its own."""
    from app.logviewer.window import ViewerWindow

    monkeypatch.setattr(loading_module, "POLL_SECONDS", 0.01)
    install_language("en")
    theme().choose(ThemeChoice.LIGHT)
    home = tmp_path / "home"
    made = []

    def make() -> ViewerWindow:
        keys = NamedKeys(FileVault(home / "keys.json"))
        window = ViewerWindow(ViewerSettings.load(home), keys, tmp_path / "logs")
        made.append(window)
        window.resize(1100, 700)
        window.show()
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()
    install_language("en")
