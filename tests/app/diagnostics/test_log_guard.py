import logging

import pytest

from app.diagnostics.log_guard import LogGuard


@pytest.fixture
def logged():
    """A logger whose handler is guarded; gives what to log with and the lines written."""
    guard = LogGuard()
    lines = []

    class Lines(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    logger = logging.Logger("guarded")
    handler = Lines()
    handler.addFilter(guard)
    logger.addHandler(handler)
    return guard, logger, lines


def test_a_password_never_reaches_the_log(logged):
    guard, logger, lines = logged
    guard.learn(password="corr3ct h0rse")
    logger.info("logging in with %r", "corr3ct h0rse")
    logger.info("all %s", "well")
    assert lines == ["logging in with '[secret]'", "all well"]


def test_nor_in_a_traceback(logged):
    guard, logger, lines = logged
    guard.learn(token="tk-9Fqz")
    try:
        raise ValueError("refused: tk-9Fqz")
    except ValueError:
        logger.exception("failed")
    assert "tk-9Fqz" not in lines[0]
    assert "ValueError: refused: [secret]" in lines[0]


def test_a_record_that_cannot_be_formatted_is_left_to_the_handler(logged):
    guard, _, _ = logged
    guard.learn(password="abcdef")
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "%d", ("no number",), None)
    assert guard.filter(record) is True


def test_words_too_short_to_be_told_apart_are_not_taken_out(logged):
    guard, logger, lines = logged
    guard.learn(password="the")
    logger.info("the end")
    assert lines == ["the end"]
    assert not guard.secrets().passwords
