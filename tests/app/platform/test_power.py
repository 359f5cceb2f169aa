"""What the machine runs on: each system's answer, from what it says."""

import sys

import pytest

from app.platform import power
from app.platform.power import (
    judge_line_status,
    judge_pmset,
    judge_supplies,
    read_power,
    read_supplies,
)
from netcore.events import PowerSource

MAINS, BATTERY, UNKNOWN = PowerSource.MAINS, PowerSource.BATTERY, PowerSource.UNKNOWN


def supply(type, *, online="", status="", scope=""):
    return {"type": type, "online": online, "status": status, "scope": scope}


@pytest.mark.parametrize(
    ("supplies", "source"),
    [
        ([], MAINS),  # a desktop, or a virtual machine
        ([supply("Mains", online="1"), supply("Battery", status="Charging")], MAINS),
        ([supply("Mains", online="0"), supply("Battery", status="Discharging")], BATTERY),
        ([supply("USB", online="1"), supply("Battery", status="Not charging")], MAINS),
        ([supply("Battery", status="Full")], MAINS),
        ([supply("Battery", status="Charging")], MAINS),
        ([supply("Battery", status="Unknown")], UNKNOWN),
        ([supply("Battery", status="Full"), supply("Battery", status="Discharging")], BATTERY),
        ([supply("Battery", status="Discharging", scope="Device")], MAINS),  # a mouse
    ],
)
def test_linux_answers_by_its_supplies(supplies, source):
    assert judge_supplies(supplies) is source


def test_supplies_are_read_from_their_folder(tmp_path):
    for name, files in {
        "AC": {"type": "Mains\n", "online": "0\n"},
        "BAT0": {"type": "Battery\n", "status": "Discharging\n"},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    read = read_supplies(tmp_path)
    assert read == [supply("Mains", online="0"), supply("Battery", status="Discharging")]
    assert judge_supplies(read) is BATTERY
    assert read_supplies(tmp_path / "none") == []


@pytest.mark.parametrize(("status", "source"), [(0, BATTERY), (1, MAINS), (255, UNKNOWN)])
def test_windows_answers_by_its_line(status, source):
    assert judge_line_status(status) is source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Now drawing from 'AC Power'\n -InternalBattery-0 100%; charged;\n", MAINS),
        ("Now drawing from 'Battery Power'\n -InternalBattery-0 80%; discharging\n", BATTERY),
        ("Now drawing from 'UPS Power'\n", BATTERY),
        ("", UNKNOWN),
    ],
)
def test_macos_answers_by_the_first_line(text, source):
    assert judge_pmset(text) is source


@pytest.mark.skipif(sys.platform == "win32", reason="asks for what only other systems lack")
def test_what_cannot_be_asked_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(power, "SUPPLIES", tmp_path / "none")
    assert read_power("linux") is UNKNOWN
    assert read_power("win32") is UNKNOWN
    assert read_power("plan9") is UNKNOWN


@pytest.mark.skipif(sys.platform != "linux", reason="there is no pmset here")
def test_a_program_that_is_missing_is_unknown():
    assert read_power("darwin") is UNKNOWN
