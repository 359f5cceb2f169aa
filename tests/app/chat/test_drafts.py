import os
import subprocess
import sys

import pytest

from app.chat.drafts import FILE_NAME, Drafts
from app.chat.model import Account

ADA = Account("Ada", "server-1")


def reopened(folder, account=ADA) -> Drafts:
    made = Drafts(folder)
    made.load(account)
    return made


def test_a_draft_is_there_in_the_next_run_for_its_account_alone(tmp_path) -> None:
    first = reopened(tmp_path)
    first.keep(ADA, "c", "  half a sentence\n你好 🚀")
    first.close()
    assert reopened(tmp_path).get(ADA, "c") == "  half a sentence\n你好 🚀"
    for other in (Account("Bob", "server-1"), Account("Ada", "server-2")):
        assert reopened(tmp_path, other).get(other, "c") == ""
    ada = Account("ADA", "server-1")  # the same account, whatever the case
    assert reopened(tmp_path, ada).get(ada, "c")


def test_a_draft_that_was_sent_is_gone(tmp_path) -> None:
    first = reopened(tmp_path)
    first.keep(ADA, "c", "x")
    first.keep(ADA, "c", "")
    first.close()
    assert reopened(tmp_path).get(ADA, "c") == ""


def test_a_draft_survives_a_kill(tmp_path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from app.chat.drafts import Drafts; from app.chat.model import Account;"
        "d = Drafts(Path(sys.argv[1])); d.keep(Account('Ada', 'server-1'), 'c', 'kept');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert reopened(tmp_path).get(ADA, "c") == "kept"


def test_a_damaged_file_costs_the_drafts_and_no_more(tmp_path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database " * 1000)
    made = reopened(tmp_path)
    made.keep(ADA, "c", "x")
    made.close()
    assert reopened(tmp_path).get(ADA, "c") == "x"


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_file_is_for_its_owner_alone(tmp_path) -> None:
    made = reopened(tmp_path)
    made.keep(ADA, "c", "x")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
    made.close()


@pytest.mark.skipif(os.name == "nt", reason="a folder in the way is a file in use there")
def test_what_cannot_be_kept_is_kept_for_this_run(tmp_path, caplog) -> None:
    (tmp_path / FILE_NAME).mkdir()
    made = reopened(tmp_path)
    made.keep(ADA, "c", "x")
    made.keep(ADA, "c", "xy")
    assert made.get(ADA, "c") == "xy"
    assert caplog.text.count("for this run alone") == 1


def test_a_lone_surrogate_is_no_error(tmp_path) -> None:
    made = reopened(tmp_path)
    made.keep(ADA, "c", "a\ud83d")
    made.close()
    assert reopened(tmp_path).get(ADA, "c") == "a?"
