import os
import sys

import pytest

from netcore.connect.store import load_json, save_json


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "deep" / "file.json"
    assert save_json(path, {"a": [1, "ü"]})
    assert load_json(path) == {"a": [1, "ü"]}
    assert os.listdir(path.parent) == ["file.json"]


def test_no_file_is_an_empty_object(tmp_path):
    assert load_json(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1]", b"\xff\xfe", b"null", b'{"a":1}{', b"[" * 100_000]
)
def test_a_damaged_file_is_set_aside_and_told(tmp_path, caplog, damage):
    path = tmp_path / "file.json"
    path.write_bytes(damage)
    assert load_json(path) == {}
    assert not path.exists()
    assert (tmp_path / "file.json.damaged").read_bytes() == damage
    assert "set aside" in caplog.text


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path, caplog):
    (tmp_path / "file.json").mkdir()
    assert load_json(tmp_path / "file.json") == {}
    assert "cannot be read" in caplog.text


def test_a_failed_save_keeps_the_old_file_and_leaves_no_other(tmp_path, caplog, monkeypatch):
    path = tmp_path / "file.json"
    save_json(path, {"old": True})

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netcore.runtime.whole_file.Path.replace", full)
    assert not save_json(path, {"new": True})
    assert load_json(path) == {"old": True}
    assert os.listdir(tmp_path) == ["file.json"]
    assert "No space left" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="a file in the way is another error there")
def test_a_folder_that_cannot_be_made_is_told(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert not save_json(tmp_path / "file" / "x.json", {})
    assert "cannot be written" in caplog.text
