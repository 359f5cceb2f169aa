"""The probes find what is missing, and say it in the system's words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import rights


def test_a_missing_program_and_a_refusal_are_named(tmp_path: Path) -> None:
    assert rights.tried(sys.executable, "-c", "pass") == ""
    assert rights.tried(str(tmp_path / "none")).endswith("cannot be run: No such file or directory")
    refused = rights.tried(sys.executable, "-c", "import sys; sys.exit('not for you')")
    assert refused.endswith("not for you")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no root there")
def test_a_machine_without_rights_skips_with_the_reason(tmp_path: Path) -> None:
    """The same suite, run by root without any capability: it fails nowhere and says why."""
    if os.geteuid() != 0 or rights.tried("setpriv", "--version"):
        pytest.skip("cannot be run here: takes root's rights away with setpriv")
    bare = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
    tests = ["tests/app/platform/test_linux_network.py", "tests/xlog/test_faults.py"]
    done = subprocess.run(
        [*bare, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", *tests,
         f"--basetemp={tmp_path / 'pytest'}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "cannot be run here: ip netns add" in done.stdout
    assert "cannot be run here: unshare -m" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no such permissions there")
def test_modes_hold_where_the_probe_says_so(tmp_path: Path) -> None:
    before, missing = rights.modes()
    if missing:
        pytest.skip(f"cannot be run here: {missing}")
    tmp_path.chmod(0o555)
    assert "Permission denied" in rights.tried(*before, "touch", str(tmp_path / "file"))
    tmp_path.chmod(0o755)
    assert rights.tried(*before, "touch", str(tmp_path / "file")) == ""
