import asyncio

import pytest

from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from app.start.qtloop import QtLoop


@pytest.fixture
def loop(qapp):
    """A Qt event loop that asyncio runs on, current while the test calls into a window."""
    install_language("en")
    theme().choose(ThemeChoice.LIGHT)
    made = QtLoop(qapp)
    asyncio.events._set_running_loop(made)
    yield made
    asyncio.events._set_running_loop(None)
    made.close()
