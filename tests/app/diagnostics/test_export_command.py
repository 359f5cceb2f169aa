"""``phobos export-diagnostics`` as people call it."""

import json
import subprocess
import sys
import zipfile

import pytest

from app.__main__ import main
from tests.app.diagnostics.profiles import NAME, PAIR, SECRETS, everything_in, leaks, make_profile


def command(*words):
    return main(["export-diagnostics", "--no-check", *map(str, words)])


def test_it_writes_the_archive_and_names_it(tmp_path, capsys):
    make_profile(tmp_path / "p")
    assert command("--data", tmp_path / "p", "--output", tmp_path, "--note", "late") == 0
    (target,) = tmp_path.glob("phobos-diagnostics-PH-*.zip")
    printed = capsys.readouterr().out
    assert str(target) in printed and "report.html" in printed
    assert leaks(everything_in(target)) == []
    with zipfile.ZipFile(target) as archive:
        assert archive.read("note.txt") == b"late\n"


def test_a_dry_run_lists_and_writes_nothing(tmp_path, capsys, monkeypatch):
    make_profile(tmp_path / "p")
    monkeypatch.chdir(tmp_path)
    assert command("--data", tmp_path / "p", "--dry-run") == 0
    assert "logs/phobos_" in capsys.readouterr().out
    assert not list(tmp_path.glob("*.zip"))


def test_keys_open_the_log_and_locked_takes_it_in_unread(tmp_path, capsys):
    make_profile(tmp_path / "p", public_key=PAIR.public.hex())
    target = tmp_path / "x.zip"
    assert command("--data", tmp_path / "p", "--output", target) == 0
    assert "left out" in capsys.readouterr().err
    command("--data", tmp_path / "p", "--output", target, "--key", PAIR.private.hex())
    data = everything_in(target, PAIR.private)
    assert b"default-longlink: up" in data and leaks(data) == []
    command("--data", tmp_path / "p", "--output", target, "--locked")
    assert set(leaks(everything_in(target, PAIR.private))) >= {SECRETS[0]}


def test_what_is_kept_is_kept(tmp_path):
    make_profile(tmp_path / "p")
    target = tmp_path / "x.zip"
    assert command("--data", tmp_path / "p", "--output", target, "--keep", "names, texts") == 0
    assert NAME.encode() in everything_in(target)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--keep", "all"], "cannot be kept"),
        (["--key", "xyz"], "key"),
        (["--data", "/nowhere/at/all"], "no profile"),
    ],
)
def test_a_wrong_argument_is_2_and_one_line(tmp_path, capsys, words, said):
    make_profile(tmp_path / "p")
    assert command("--data", tmp_path / "p", *words) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("phobos: ") and said in error


def test_a_place_that_cannot_be_written_is_1(tmp_path, capsys):
    make_profile(tmp_path / "p")
    assert command("--data", tmp_path / "p", "--output", tmp_path / "no" / "x.zip") == 1
    assert "there is no folder" in capsys.readouterr().err


def test_it_needs_no_qt_and_diagnoses_the_server_of_the_settings(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "settings.ini").write_text("[server]\nhost=127.0.0.1\nlonglink_port=9\nplain=true\n")
    script = (
        "import sys; from app.__main__ import main\n"
        f"words = ['--data', {str(folder)!r}, '--output', {str(tmp_path)!r}]\n"
        "code = main(['export-diagnostics', *words])\n"
        "assert not any(n.startswith(('PySide6', 'qasync')) for n in sys.modules)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    (target,) = tmp_path.glob("*.zip")
    with zipfile.ZipFile(target) as archive:
        (found,) = json.loads(archive.read("diagnoses.json"))["diagnoses"]
        assert found["verdict"]["finding"] == "server_refuses"
        assert "no chat server is running there" in archive.read("report.html").decode()
