import pytest

from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from netcore.core import NetCore
from netcore.runtime.clock import ManualClock
from netcore.sdt.plan import DiagnosisPlan
from netcore.settings import Settings

from .scripts import T0


@pytest.fixture(autouse=True)
def plain_look(qapp):
    """Each test begins in English and in the light."""
    install_language("en")
    theme().choose(ThemeChoice.LIGHT)
    yield
    install_language("en")


@pytest.fixture
def core(loop):
    """A NetCore that is not started: the test says what happens."""
    return NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)))


@pytest.fixture
def clock():
    """The time of day, moved by the test alone."""
    return ManualClock(wall=T0 + 60)


@pytest.fixture
def plan():
    """Checks of this machine alone, quick ones."""
    return DiagnosisPlan(
        host="127.0.0.1", longlink_ports=(1,), shortlink_ports=(), gateways=(), dns_servers=(),
        doh_url="", portal_url="", trace=False, tcp_timeout=1.0, ping_count=1, ping_timeout=0.5,
    )  # fmt: skip


@pytest.fixture
def panel(qtbot, core, clock, plan):
    """The window, shown, with its plots."""
    from app.diagnostics.panel.window import PanelWindow

    window = PanelWindow(lambda: core, lambda: plan, clock=clock)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.page("overview").plots.interval_plot is not None, timeout=60_000)
    return window
