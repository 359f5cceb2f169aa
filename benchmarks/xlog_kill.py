"""Kills a logging process again and again: the command of :mod:`tests.support.xlog_kill`."""

import sys

from tests.support.xlog_kill import main

if __name__ == "__main__":
    sys.exit(main())
