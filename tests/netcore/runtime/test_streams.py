"""Programs say what they have to say whatever streams they were given."""

import io
import subprocess
import sys

import pytest

from netcore.runtime.streams import prepare_streams


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_program_without_streams_can_write(monkeypatch, name):
    monkeypatch.setattr(sys, name, None)
    prepare_streams()
    made = getattr(sys, name)
    made.write("nobody hears 这个\n")
    made.flush()
    made.close()


def test_what_a_code_page_cannot_say_is_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "cp1252", errors="strict"))
    prepare_streams()
    sys.stdout.write("没有网络 café")
    sys.stdout.flush()
    said = raw.getvalue()
    if sys.platform == "win32":  # a pipe there: UTF-8
        assert said.decode("utf-8") == "没有网络 café"
    else:
        assert said == b"\\u6ca1\\u6709\\u7f51\\u7edc caf\xe9"


@pytest.mark.parametrize("module", ["app", "app.server", "netcore.sdt.cli"])
def test_every_program_explains_itself_into_an_ascii_pipe(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "SYSTEMROOT": "C:\\windows"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"usage" in done.stdout
