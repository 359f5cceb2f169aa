"""Mutated frames and answers: the command of :mod:`tests.support.frames_fuzz`."""

import sys

from tests.support.frames_fuzz import main

if __name__ == "__main__":
    sys.exit(main())
