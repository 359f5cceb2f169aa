import ast
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app import __main__ as entry
from app.start.arguments import Arguments, parse
from app.start.demo import DemoServer, DemoServerError, SecondPerson, start_demo_server
from app.start.logs import log_exceptions, route_logging
from app.start.profile import ProfileInUseError, open_profile


def test_without_arguments_the_settings_decide() -> None:
    assert parse([]) == Arguments()


def test_every_argument_is_read() -> None:
    words = "--server chat.example --longlink-port 9001 --shortlink-port 9000 --plain"
    words += " --data /tmp/p --language zh_CN --theme dark"
    assert parse(words.split()) == Arguments(
        server="chat.example",
        longlink_port=9001,
        shortlink_port=9000,
        plain=True,
        data=Path("/tmp/p"),
        language="zh_CN",
        theme="dark",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--longlink-port", "0"], "1 to 65535"),
        (["--longlink-port", "http"], "1 to 65535"),
        (["--theme", "plaid"], "plaid"),
        (["--demo", "--server", "x"], "--demo starts its own server"),
        (["--two"], "--two needs --demo"),
        (["--join-demo", "/tmp/x"], "--join-demo needs --longlink-port"),
        (["--no-such-option"], "--no-such-option"),
        (["--serv", "x"], "--serv"),
    ],
)
def test_a_mistake_is_told_in_a_line_and_ends_with_2(words, said, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_help_names_the_commands_and_needs_no_qt() -> None:
    script = (
        "import sys; from app.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not any(n.startswith('PySide6') for n in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "viewer FILE..." in done.stdout and "export-diagnostics" in done.stdout


def test_a_command_that_this_build_lacks_is_told(monkeypatch, capsys) -> None:
    monkeypatch.setitem(entry.COMMANDS, "viewer", ("app.no_such_room.window", "main"))
    assert entry.main(["viewer", "x.xlog"]) == 2
    assert "not available in this build" in capsys.readouterr().err


def test_a_command_gets_the_words_behind_it(monkeypatch) -> None:
    seen = []
    monkeypatch.setitem(entry.COMMANDS, "viewer", ("tests.app.test_main", "fake_command"))
    monkeypatch.setattr(sys.modules[__name__], "fake_command", seen.append, raising=False)
    assert entry.main(["viewer", "--theme", "dark", "a.xlog"]) == 0
    assert seen == [["--theme", "dark", "a.xlog"]]


def test_a_profile_opens_once_at_a_time(tmp_path) -> None:
    folder = tmp_path / "王 小明" / "profile"
    first = open_profile(folder)
    assert first.logs.is_dir() and not first.limited
    with pytest.raises(ProfileInUseError):
        open_profile(folder)
    first.close()
    open_profile(folder).close()


def test_two_profiles_open_side_by_side(tmp_path) -> None:
    one, other = open_profile(tmp_path / "a"), open_profile(tmp_path / "b")
    assert one.database != other.database
    one.close()
    other.close()


def test_a_folder_that_cannot_be_made_gives_a_profile_for_this_run_only(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    profile = open_profile(tmp_path / "file" / "profile")
    assert profile.limited
    assert profile.logs.is_dir()
    profile.close()
    assert not profile.folder.exists()


@pytest.fixture
def root_logger():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_log_goes_into_xlog_files(tmp_path, root_logger) -> None:
    from xlog.reader import read_records

    end = route_logging(tmp_path)
    logging.getLogger("app.test").warning("hello 你好 🚀")
    end()
    (path,) = tmp_path.glob("phobos_*.xlog")
    assert "hello 你好 🚀" in [getattr(item, "message", "") for item in read_records(path)]


def test_a_log_folder_that_cannot_be_written_stops_nothing(tmp_path, root_logger) -> None:
    (tmp_path / "file").write_text("")
    end = route_logging(tmp_path / "file" / "logs")
    logging.getLogger("app.test").warning("still here")
    end()


def test_a_log_key_that_is_none_stops_nothing(tmp_path, root_logger) -> None:
    route_logging(tmp_path, "not a key")()


def test_an_unforeseen_exception_is_logged_and_told(monkeypatch, caplog) -> None:
    told = []
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log_exceptions(lambda: told.append("told"))
    error = ValueError("boom")
    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert told == ["told", "told"]
    assert "boom" in caplog.text and "ZeroDivisionError" in caplog.text


def fake_server(monkeypatch, script: str) -> None:
    monkeypatch.setattr("app.start.demo.SERVER", (sys.executable, "-c", script))


def test_a_demo_server_that_dies_is_told_with_its_last_words(tmp_path, monkeypatch) -> None:
    fake_server(monkeypatch, "import sys; sys.exit('no port is free')")
    with pytest.raises(DemoServerError, match="no port is free"):
        start_demo_server(tmp_path / "server")


def test_a_demo_server_that_stays_silent_is_given_up(tmp_path, monkeypatch) -> None:
    fake_server(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(DemoServerError):
        start_demo_server(tmp_path / "server", timeout=0.2)


def test_a_demo_server_is_ended_with_the_app(tmp_path, monkeypatch) -> None:
    line = '{"longlink_port": 9001, "shortlink_port": 9000}'
    fake_server(monkeypatch, f"import time; print({line!r}, flush=True); time.sleep(60)")
    server = start_demo_server(tmp_path / "server")
    assert (server.longlink_port, server.shortlink_port) == (9001, 9000)
    server.stop()
    assert server._process.returncode is not None


def test_a_second_person_is_told_where_the_demo_is_and_ends_with_it(tmp_path, monkeypatch) -> None:
    seen = tmp_path / "seen"
    script = f"import sys, time; open({str(seen)!r}, 'a').write(repr(sys.argv[1:])); time.sleep(60)"
    monkeypatch.setattr("app.start.demo.APP", (sys.executable, "-c", script))
    server = DemoServer(9001, 9000, True, tmp_path / "server", None)
    second = SecondPerson(server, tmp_path / "second", ["--language", "en"])
    second.open()
    words = parse(ast.literal_eval(wait_for_text(seen)))
    assert (words.join_demo, words.data) == (tmp_path / "server", tmp_path / "second")
    assert (words.longlink_port, words.shortlink_port, words.plain) == (9001, 9000, True)
    assert words.language == "en"
    (process,) = second._processes
    second.stop()
    assert process.returncode is not None
    monkeypatch.setattr("app.start.demo.APP", (str(tmp_path / "nowhere"),))
    broken = SecondPerson(server, tmp_path / "second")
    broken.open()  # is logged, and nothing else
    broken.stop()


def wait_for_text(path: Path) -> str:
    for _ in range(2000):
        if path.exists() and path.read_text().endswith("]"):
            return path.read_text()
        time.sleep(0.01)
    raise AssertionError(f"{path} was not written")
