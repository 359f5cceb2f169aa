"""Hypothesis without time limits (a busy machine is no failure), and the command line run."""

import os
import sys

import pytest
from hypothesis import settings

from xlog.cli import main

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

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
