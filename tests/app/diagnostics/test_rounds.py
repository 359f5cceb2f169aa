"""The panel, diagnoses and exports over a life of the app, and its end in the middle of one."""

import json
import os
import subprocess
import sys

import pytest

from xlog.reader import read_text

NOISE = "This plugin does not support"  # Qt's own, off screen
ROUNDS = int(os.environ.get("PHOBOS_ROUNDS", "12"))
SETTLED = 6  # the round from which on nothing may grow: one export and one diagnosis are over


def live(folder, rounds):
    """What was measured after each round, and the log; nothing was said on the error stream."""
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.app.diagnostics.rounds"]
    done = subprocess.run(
        [*command, str(folder), str(rounds)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if NOISE not in line] == []
    assert done.returncode == 0
    log = "".join(read_text(path).decode() for path in sorted((folder / "logs").glob("*.xlog")))
    assert "[app.start.app_loop]" in log
    assert "Traceback" not in log
    where, *measured = done.stdout.splitlines()
    assert where.startswith("The demo server listens on")
    return [json.loads(line) for line in measured], log


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_panel_is_opened_fed_and_closed_again_and_again(tmp_path):
    measured, _ = live(tmp_path, ROUNDS)
    assert len(measured) == ROUNDS
    assert len(list(tmp_path.glob("*.zip"))) == (ROUNDS + 4) // 10
    assert [each["orphans"] for each in measured] == [[]] * ROUNDS
    settled, last = measured[SETTLED], measured[-1]
    assert (last["widgets"], last["tasks"]) == (settled["widgets"], settled["tasks"])
    assert last["threads"] <= 12  # the loop has ten for blocking work, each made when it is needed
    assert last["files"] <= settled["files"] + 2  # what a diagnosis left in the middle still closes
    # Each round leaves a history of its own events, up to 300 a kind; a panel that was left
    # behind would be thousands of objects, and some MiB.
    rounds = ROUNDS - 1 - SETTLED
    assert last["objects"] - settled["objects"] < 300 * rounds
    assert last["memory"] - settled["memory"] < 500 * rounds  # KiB


@pytest.mark.parametrize(("rounds", "hangs"), [(0, False), (-1, True)])
def test_the_app_is_ended_while_exports_are_gathered_and_diagnoses_run(tmp_path, rounds, hangs):
    _, log = live(tmp_path, rounds)
    assert ("the session did not end" in log) == hangs
    assert "HeartbeatSent" in (tmp_path / "history.json").read_text("utf-8")
    assert "destroyed" not in log
    assert "ended" in log
