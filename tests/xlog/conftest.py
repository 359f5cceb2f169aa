"""Hypothesis without time limits: a busy machine is no failure."""

import os

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Needs Mars's own decoder, which is built from its source (docs/xlog.md).
collect_ignore = [] if os.environ.get("XLOG_MARS_DECODER") else ["test_mars_decoder.py"]
