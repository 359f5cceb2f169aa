"""The system's programs: what they print, and that none of them holds us up."""

import sys

from netcore.runtime import tools


def test_what_a_program_prints():
    assert tools.output_of(sys.executable, "-X", "utf8", "-c", "print('代理')").strip() == "代理"


def test_one_that_is_not_there_fails_or_hangs_says_nothing():
    assert tools.output_of("no-such-program-of-any-system") == ""
    assert tools.output_of(sys.executable, "-c", "print(1); raise SystemExit(3)") == ""
    hangs = "import time; print(1, flush=True); time.sleep(60)"
    assert tools.output_of(sys.executable, "-c", hangs, timeout=0.5) == ""


def test_a_package_s_libraries_are_not_for_others(monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/phobos")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/opt/phobos")
    assert tools.environment()["LD_LIBRARY_PATH"] == "/opt/phobos"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/usr/local/lib")
    found = tools.environment()
    assert found["LD_LIBRARY_PATH"] == "/usr/local/lib"
    assert not {"DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG"} & set(found)
