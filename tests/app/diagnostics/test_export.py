"""The archive: nothing planted is in it, nothing half is left behind, everything is described."""

import errno
import hashlib
import json
import math
import os
import subprocess
import zipfile

import pytest

from app.diagnostics import export
from app.diagnostics.export import Choices, ExportError, ExportSource, gather, write
from app.diagnostics.history import History
from app.diagnostics.recent import RecentLog
from app.diagnostics.redact import Keep, Secrets
from app.logviewer.sources import find_sources
from tests.app.diagnostics.profiles import (
    ADDRESS,
    CHINESE,
    FRIEND,
    HOST,
    MESSAGE,
    NAME,
    PAIR,
    PASSWORD,
    SECRETS,
    TOKEN,
    everything_in,
    leaks,
    log,
    make_profile,
)
from xlog.reader import Reader, read_text


def exported(profile, target, choices=None, **source):
    bundle = gather(ExportSource(profile, **source), choices or Choices())
    write(bundle, target)
    return bundle


def archive_json(path, name):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(name))


def test_the_planted_secrets_are_in_the_profile_to_begin_with(tmp_path):
    profile = make_profile(tmp_path / "p")
    (log,) = profile.logs.glob("*.xlog")
    held = read_text(log) + profile.database.read_bytes() + profile.log_in.read_bytes()
    missing = set(SECRETS) - set(leaks(held))
    assert not missing


def test_no_planted_secret_is_in_any_byte_of_the_archive(tmp_path):
    profile = make_profile(tmp_path / "p")
    target = tmp_path / "out.zip"
    history = planted_history()
    exported(profile, target, history=lambda: history)
    data = everything_in(target)
    assert leaks(data) == []
    assert b"default-longlink: up after 0.020 s" in data  # what is no secret stays readable
    assert b"[name-" in data and b"[address-" in data


FORMER = "chat.formerly.example"


@pytest.mark.parametrize("where", ["settings", "pins", "log_in", "history", "ranking", "nowhere"])
def test_the_name_of_a_former_server_is_nowhere_in_the_archive(tmp_path, where):
    """Not the current one: in the log, in the history and so in the report."""
    single = "formerbox" if where != "nowhere" else "formerbox.lan"  # no pattern knows the first
    profile = make_profile(tmp_path / "p")
    if where == "settings":
        text = profile.settings.read_text("utf-8")
        known = f"[server]\nknown={FORMER} {single}"
        profile.settings.write_text(text.replace("[server]", known), "utf-8")
    elif where == "pins":
        with profile.settings.open("a", encoding="utf-8") as file:
            file.write(f"[pins]\n{FORMER}=ab\n{single}=cd\n")
    elif where == "log_in":
        kept = json.loads(profile.log_in.read_text("utf-8"))
        log_in = {"name": "Q", "server_id": "s", "token": "t" * 30}
        kept |= {f"{FORMER}:8081": log_in, f"{single}:8081 plain": log_in}
        profile.log_in.write_text(json.dumps(kept), "utf-8")
    elif where == "ranking":
        path = profile.folder / "network" / "ip_ranking.json"
        path.write_text(json.dumps({"a": {"host": FORMER}, "b": [{"hosts": [single]}]}))
    events = [
        {"event": "NameResolved", "at": 1.7e9, "host": FORMER},
        {"event": "Told", "at": 1.7e9, "words": f"{FORMER}: no address; {single} neither"},
    ]
    if where == "history":
        events.append({"event": "EndpointsChosen", "at": 1.7e9, "hosts": [single]})
    history = {"schema": "phobos-history/1", "events": events, "diagnoses": []}
    (profile.folder / "history.json").write_text(json.dumps(history))
    log(profile, "", f"connecting to {FORMER}:8081 and {single} ({FORMER.replace('.', '_')}_8081)")
    target = tmp_path / "out.zip"
    exported(profile, target)
    held = everything_in(target).lower()
    for part in ("formerly", "formerbox"):
        assert part.encode() not in held, part


@pytest.mark.parametrize("plain", [False, True])
def test_nor_in_an_encrypted_log_once_it_is_decoded(tmp_path, plain):
    profile = make_profile(tmp_path / "p", public_key=PAIR.public.hex())
    target = tmp_path / "out.zip"
    exported(profile, target, Choices(keys=(PAIR.private.hex(),), plain=plain))
    data = everything_in(target, None if plain else PAIR.private)
    assert leaks(data) == []
    assert b"default-longlink: up after 0.020 s" in data
    readable = b"default-longlink: up" in everything_in(target)
    assert readable is plain


def test_a_log_that_cannot_be_opened_is_left_out_unless_it_is_chosen(tmp_path):
    profile = make_profile(tmp_path / "p", public_key=PAIR.public.hex())
    bundle = gather(ExportSource(profile), Choices())
    (log,) = [item for item in bundle.items if item.kind == "log"]
    assert (log.locked, log.chosen) == (True, False)
    write(bundle, tmp_path / "without.zip")
    assert leaks(everything_in(tmp_path / "without.zip", PAIR.private)) == []
    bundle.choose(log.name, True)
    write(bundle, tmp_path / "with.zip")
    assert MESSAGE.encode() in everything_in(tmp_path / "with.zip", PAIR.private)


def test_of_an_encrypted_log_the_latest_lines_go_along_redacted(tmp_path):
    profile = make_profile(tmp_path / "p", public_key=PAIR.public.hex())
    recent = RecentLog()
    record = recent_record(f"up to {ADDRESS}; {MESSAGE}; password={PASSWORD}")
    recent.handle(record)
    target = tmp_path / "out.zip"
    exported(profile, target, recent=recent.lines())
    data = everything_in(target, PAIR.private)
    assert leaks(data) == []
    assert b"up to [address-" in data


def recent_record(message):
    import logging

    return logging.LogRecord("app", logging.INFO, "x.py", 3, message, (), None, "f")


def planted_history():
    event = {
        "event": "TaskEnded", "at": 1_760_000_000.0, "cost": 1.2, "error_type": "OK",
        "detail": f"{MESSAGE} {PASSWORD.join(['password=', ''])}", "host": HOST, "ip": ADDRESS,
        "body": CHINESE.encode().hex(), "token": TOKEN, "user_id": NAME, "members": [FRIEND],
        ADDRESS: {HOST: NAME},
    }  # fmt: skip
    return {"schema": "phobos-history/1", "saved": 0.0, "events": [event], "diagnoses": [event]}


def test_a_password_typed_in_this_run_is_known_wherever_it_stands(tmp_path):
    profile = make_profile(tmp_path / "p")
    target = tmp_path / "out.zip"
    history = planted_history()
    history["events"][0]["detail"] = f"he said {PASSWORD} aloud"
    exported(profile, target, history=lambda: history, secret=Secrets(passwords={PASSWORD}))
    assert leaks(everything_in(target)) == []


@pytest.mark.parametrize(
    ("kept", "secret"),
    [("names", NAME), ("texts", MESSAGE), ("tokens", TOKEN), ("addresses", HOST)],
)
def test_what_is_ticked_stays_and_nothing_else(tmp_path, kept, secret):
    profile = make_profile(tmp_path / "p")
    target = tmp_path / "out.zip"
    exported(profile, target, Choices(keep=Keep.of([kept])))
    data = everything_in(target)
    assert secret.encode() in data
    for other in {NAME, MESSAGE, TOKEN, HOST, PASSWORD} - {secret}:
        # the sender's e-mail address and a word of a message may share letters with no secret
        assert other.encode() not in data
    assert archive_json(target, "manifest.json")["kept"] == [kept]


def test_passwords_go_whatever_is_ticked(tmp_path):
    profile = make_profile(tmp_path / "p")
    target = tmp_path / "out.zip"
    every = Keep(names=True, texts=True, tokens=True, addresses=True)
    exported(profile, target, Choices(keep=every), secret=Secrets(passwords={PASSWORD}))
    assert leaks(everything_in(target), [PASSWORD]) == []


def test_a_token_pasted_into_the_note_goes_too(tmp_path):
    profile = make_profile(tmp_path / "p")
    target = tmp_path / "out.zip"
    exported(profile, target, Choices(note=f"late since noon 很慢 {TOKEN}"))
    data = everything_in(target)
    assert "late since noon 很慢".encode() in data
    assert TOKEN.encode() not in data


def test_the_manifest_names_every_file_and_its_digest(tmp_path):
    profile = make_profile(tmp_path / "p")
    target = tmp_path / "out.zip"
    bundle = exported(profile, target, Choices(note="x"))
    manifest = archive_json(target, "manifest.json")
    assert manifest["schema"] == "phobos-diagnostics/1"
    assert manifest["id"] == bundle.id
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist()) - {"manifest.json", "README.txt"}
        assert {entry["name"] for entry in manifest["files"]} == names
        for entry in manifest["files"]:
            data = archive.read(entry["name"])
            assert (len(data), hashlib.sha256(data).hexdigest()) == (
                entry["bytes"],
                entry["sha256"],
            )
    for name in ("history", "diagnoses", "network", "system", "settings"):
        assert archive_json(target, f"{name}.json")["schema"] == f"phobos-{name}/1"


def test_the_log_viewer_opens_the_archive(tmp_path):
    target = tmp_path / "out.zip"
    exported(make_profile(tmp_path / "p"), target)
    sources, errors = find_sources([target])
    assert errors == []
    (log,) = sources
    records = [getattr(r, "message", "") for r in Reader(log.open()).records()]
    assert "default-longlink: up after 0.020 s" in records


def test_an_unticked_file_is_not_in_the_archive_nor_its_facts_in_the_report(tmp_path):
    profile = make_profile(tmp_path / "p")
    history = planted_history()
    bundle = gather(ExportSource(profile, history=lambda: history), Choices())
    bundle.choose("history.json", False)
    write(bundle, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "history.json" not in archive.namelist()
        assert b"TaskEnded" not in archive.read("report.html")


def test_an_empty_profile_gives_an_archive(tmp_path):
    (tmp_path / "p").mkdir()
    from app.start.profile import Profile

    exported(Profile(tmp_path / "p"), tmp_path / "out.zip")
    assert archive_json(tmp_path / "out.zip", "history.json")["events"] == []


def test_damaged_files_of_the_profile_are_no_error(tmp_path):
    profile = make_profile(tmp_path / "p")
    profile.database.write_bytes(b"SQLite format 3\0" + b"\xff" * 3000)
    profile.log_in.write_bytes(b"{not json")
    profile.settings.write_bytes(b"\xff\xfe[[[\nno = [")
    (profile.folder / "network" / "ip_ranking.json").write_bytes(b"\0\0")
    (profile.folder / "history.json").write_bytes(b"[1, 2")
    (profile.logs / "phobos_20200101.xlog").write_bytes(b"no log at all" * 50)
    target = tmp_path / "out.zip"
    exported(profile, target)
    problems = [e for e in archive_json(target, "manifest.json")["files"] if e.get("problem")]
    assert not [entry for entry in problems if "20200101" in entry["name"]]  # nothing in it


@pytest.mark.parametrize("name", ["chat.sqlite3", "log_in.json"])
def test_logs_that_could_not_be_searched_are_left_out_unless_chosen(tmp_path, name):
    profile = make_profile(tmp_path / "p")
    (profile.folder / name).write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    bundle = gather(ExportSource(profile), Choices())
    log = next(item for item in bundle.items if item.kind == "log")
    assert (log.chosen, log.unsearched) == (False, True)
    assert f"{name} cannot be read" in log.problem
    write(bundle, tmp_path / "out.zip")
    assert leaks(everything_in(tmp_path / "out.zip")) == []
    bundle.choose(log.name, True)
    assert log.name in [item.name for item in bundle.chosen()]


def test_events_of_a_damaged_history_are_left_out_and_the_rest_stays_json(tmp_path):
    profile = make_profile(tmp_path / "p")
    events = [
        {"event": "Odd", "at": math.inf}, {"event": "Odd", "at": math.nan}, {"at": -5.0}, 3, None,
        {"event": "Odd", "at": 10**400}, {"event": "Good", "at": 5.0, "rtt": math.nan},
        {"event": "Good", "at": 4.0, "link": "\ud800\x00\u202e\x1b[31m<b>"},
    ]  # fmt: skip
    kept = {"schema": "phobos-history/1", "events": events, "diagnoses": [5, {"verdict": 7}]}
    (profile.folder / "history.json").write_text(json.dumps(kept))
    write(gather(ExportSource(profile), Choices()), tmp_path / "out.zip")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        found = json.loads(archive.read("history.json"), parse_constant=refuse)
    assert [each["at"] for each in found["events"]] == [4.0, 5.0]
    assert found["events"][1]["rtt"] == "nan"


def test_an_event_with_odd_bytes_is_written_and_read_again(tmp_path):
    profile = make_profile(tmp_path / "p")
    history = History()
    history._put("Odd", {"event": "Odd", "at": 1.0, "text\x00": "\ud800 \x00 \x1b[31m </script>"})
    exported(profile, tmp_path / "out.zip", history=history.snapshot())
    (event,) = archive_json(tmp_path / "out.zip", "history.json")["events"]
    assert event["text\x00"].startswith("\ud800")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "</script>" not in archive.read("report.html").decode()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 48 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "none", str(place)], check=True)
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.mounts_for_all
def test_a_full_disk_leaves_no_half_file_and_says_what_to_do(tmp_path, small_disk):
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())
    item = bundle.items[0]
    noise = export.Item("noise.bin", os.urandom(200_000), "")
    bundle.items = [item, noise]
    with pytest.raises(ExportError, match="full"):
        write(bundle, small_disk / "out.zip")
    assert list(small_disk.iterdir()) == []


@pytest.mark.mounts_for_all
def test_a_full_disk_keeps_the_archive_that_was_there(tmp_path, small_disk):
    (small_disk / "out.zip").write_bytes(b"the old one")
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())
    bundle.items = [export.Item("noise.bin", os.urandom(200_000), "")]
    with pytest.raises(ExportError):
        write(bundle, small_disk / "out.zip")
    assert (small_disk / "out.zip").read_bytes() == b"the old one"


@pytest.mark.mounts_for_all
def test_a_read_only_folder_says_so(tmp_path, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())
    with pytest.raises(ExportError, match="cannot be written; choose another folder"):
        write(bundle, small_disk / "out.zip")


def test_a_target_that_is_a_folder_or_in_none_says_so(tmp_path):
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())
    with pytest.raises(ExportError, match="no folder"):
        write(bundle, tmp_path / "nowhere" / "out.zip")
    (tmp_path / "taken").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        write(bundle, tmp_path / "taken")
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EDQUOT, "full"), (errno.EROFS, "another folder"), (errno.EIO, "cannot be written")],
)
def test_every_failure_says_something(tmp_path, monkeypatch, number, words):
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())

    def fail(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("netcore.runtime.whole_file.os.fsync", fail)
    with pytest.raises(ExportError, match=words):
        write(bundle, tmp_path / "out.zip")
    assert not list(tmp_path.glob("*.zip")) and not list(tmp_path.glob(".*.part"))


def test_whatever_ends_the_writing_leaves_no_half_file(tmp_path, monkeypatch):
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())
    (tmp_path / "out").mkdir()

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("app.diagnostics.export.zipfile.ZipFile.writestr", stop)
    with pytest.raises(KeyboardInterrupt):
        write(bundle, tmp_path / "out" / "x.zip")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_name_that_no_system_takes_is_told(tmp_path):
    bundle = gather(ExportSource(make_profile(tmp_path / "p")), Choices())
    with pytest.raises(ExportError, match="cannot be written"):
        write(bundle, tmp_path / "a\0b" / "x.zip")
