"""logging's records become Mars's lines."""

import logging
import threading

import pytest

from tests.xlog.samples import PUBLIC_KEY
from tests.xlog.writing import messages, open_log, records
from xlog.errors import XlogConfigError
from xlog.handler import XlogHandler, level_of
from xlog.record import Level
from xlog.settings import AppenderConfig


@pytest.fixture
def logger(tmp_path):
    handler = XlogHandler(tmp_path, prefix="app", marks=False)
    made = logging.Logger("net.link")
    made.addHandler(handler)
    yield made
    handler.close()


def written(logger, folder):
    logger.handlers[0].flush()
    return records(folder)


def test_a_record_has_its_place_in_the_program(logger, tmp_path):
    logger.info("hello %s, %d", "there", 7)
    (record,) = written(logger, tmp_path)
    assert (record.level, record.message, record.tag) == (Level.INFO, "hello there, 7", "net.link")
    assert record.file == "test_handler.py"
    assert record.function == "test_a_record_has_its_place_in_the_program"
    assert record.line > 10
    assert record.main


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (5, Level.VERBOSE),
        (10, Level.DEBUG),
        (15, Level.DEBUG),
        (20, Level.INFO),
        (30, Level.WARN),
        (35, Level.WARN),
        (40, Level.ERROR),
        (50, Level.FATAL),
        (99, Level.FATAL),
    ],
)
def test_levels_are_those_of_mars(logger, tmp_path, number, level):
    assert level_of(number) is level
    logger.log(number, "x")
    assert [record.level for record in written(logger, tmp_path)] == [level]


def test_a_traceback_and_a_stack_are_in_the_record(logger, tmp_path):
    try:
        raise ValueError("what went wrong")
    except ValueError:
        logger.exception("it failed", stack_info=True)
    (record,) = written(logger, tmp_path)
    assert record.level is Level.ERROR
    assert record.message.startswith("it failed\nTraceback (most recent call last):\n")
    assert "ValueError: what went wrong" in record.message
    assert "Stack (most recent call last):" in record.message


def test_a_formatter_makes_the_message(logger, tmp_path):
    logger.handlers[0].setFormatter(logging.Formatter("<%(name)s %(message)s>"))
    logger.info("hello")
    assert [r.message for r in written(logger, tmp_path)] == ["<net.link hello>"]


def test_filters_of_the_handler_hold_and_may_replace(logger, tmp_path):
    def only_even(record):
        return record.msg % 2 == 0

    logger.handlers[0].addFilter(only_even)
    for number in range(6):
        logger.info(number)
    assert [r.message for r in written(logger, tmp_path)] == ["0", "2", "4"]


def test_the_handlers_level_holds(logger, tmp_path):
    logger.handlers[0].setLevel(logging.WARNING)
    logger.info("low")
    logger.warning("high")
    assert [r.message for r in written(logger, tmp_path)] == ["high"]


def test_a_record_made_by_another_thread_keeps_its_thread(logger, tmp_path):
    made = []

    def make():
        made.append(logger.makeRecord("net", 20, "/x/f.py", 3, "queued", (), None, "f"))

    thread = threading.Thread(target=make, name="worker")
    thread.start()
    thread.join()
    logger.handle(made[0])
    (record,) = written(logger, tmp_path)
    assert record.tid == made[0].thread
    assert not record.main
    assert abs(record.time - made[0].created) < 0.002


def test_a_record_that_cannot_be_formatted_is_told_as_logging_does(logger, tmp_path, capsys):
    logger.info("%d", "no number")
    logger.info("good")
    assert [r.message for r in written(logger, tmp_path)] == ["good"]
    assert "--- Logging error ---" in capsys.readouterr().err


def test_an_object_whose_text_fails_raises_nothing(logger, tmp_path, capsys):
    class Bad:
        def __str__(self):
            raise RuntimeError("no text")

    logger.info(Bad())
    logger.info("good")
    assert [r.message for r in written(logger, tmp_path)] == ["good"]
    assert "no text" in capsys.readouterr().err


def test_folder_settings_and_appender_may_be_given(tmp_path):
    with open_log(tmp_path / "three") as log:
        handlers = [
            XlogHandler(str(tmp_path / "one"), prefix="app", public_key=PUBLIC_KEY, marks=False),
            XlogHandler(AppenderConfig(log_dir=tmp_path / "two", prefix="app", marks=False)),
            XlogHandler(log, logging.INFO),
        ]
        logger = logging.Logger("x")
        for handler in handlers:
            logger.addHandler(handler)
        logger.info("to all")
        for handler in handlers:
            handler.close()
        assert not log.closed  # it is not the handler's own
    for name in ("one", "two", "three"):
        assert messages(tmp_path / name) == ["to all"]


def test_settings_beside_settings_are_refused(tmp_path):
    config = AppenderConfig(log_dir=tmp_path, prefix="app")
    with pytest.raises(XlogConfigError, match="prefix"):
        XlogHandler(config, prefix="other")
    with pytest.raises(XlogConfigError, match="codec"):
        XlogHandler(tmp_path, prefix="app", codec="lzma")
    assert list(tmp_path.iterdir()) == []


def test_the_root_logger_may_have_it(tmp_path):
    root = logging.getLogger()
    handler = XlogHandler(tmp_path, prefix="app", marks=False)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        logging.getLogger("any.where").debug("heard")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()
    assert "heard" in messages(tmp_path)
