"""The command line, run in this process."""

import os
import sys

import pytest

from xlog.cli import main

# Needs Mars's own decoder, which is built from its source (docs/xlog.md).
collect_ignore = [] if os.environ.get("XLOG_MARS_DECODER") else ["test_mars_decoder.py"]


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capfdbinary):
    def run(*arguments):
        capfdbinary.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        return Ran(code, captured.out, captured.err.decode())

    return run
