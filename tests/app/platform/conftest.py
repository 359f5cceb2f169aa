"""A private D-Bus with python-dbusmock's services on it."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's python3-dbusmock is installed for this one


@pytest.fixture
def bus():
    """A private D-Bus daemon; gives its address."""
    assert shutil.which("dbus-daemon"), "apt-get install dbus"
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield daemon.stdout.readline().strip()
    finally:
        daemon.terminate()
        daemon.wait(timeout=10)
        daemon.stdout.close()


@contextmanager
def mocked(bus, template, name, *, system):
    """dbusmock's ``template`` running on ``bus`` until the block ends."""
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus, "DBUS_SESSION_BUS_ADDRESS": bus}
    kind = ["--system"] if system else []
    mock = subprocess.Popen(
        [SYSTEM_PYTHON, "-m", "dbusmock", *kind, "--template", template],
        env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait = ["gdbus", "wait", "--address", bus, "--timeout", "20", name]
        subprocess.run(wait, check=True, timeout=25, capture_output=True)
        yield
    finally:
        mock.send_signal(signal.SIGTERM)
        mock.wait(timeout=10)


@pytest.fixture
def logind_mock(bus):
    """logind on the private bus; gives a function that emits PrepareForSleep."""

    def emit(going_down):
        call = [
            "gdbus", "call", "--address", bus, "--dest", "org.freedesktop.login1",
            "--object-path", "/org/freedesktop/login1",
            "--method", "org.freedesktop.DBus.Mock.EmitSignal",
            "org.freedesktop.login1.Manager", "PrepareForSleep", "b",
            f"[<{'true' if going_down else 'false'}>]",
        ]  # fmt: skip
        subprocess.run(call, check=True, timeout=20, capture_output=True)

    with mocked(bus, "logind", "org.freedesktop.login1", system=True):
        yield emit


@pytest.fixture
def notification_mock(bus):
    """The desktop's notification service on the private bus."""
    with mocked(bus, "notification_daemon", "org.freedesktop.Notifications", system=False):
        yield
