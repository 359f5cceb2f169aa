"""Mutated logs: the command of :mod:`tests.support.xlog_fuzz`."""

import sys

from tests.support.xlog_fuzz import main

if __name__ == "__main__":
    sys.exit(main())
