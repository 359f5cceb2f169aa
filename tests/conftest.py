"""What every test shares; imports no Qt, so that tests of netcore and xlog run without it."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
