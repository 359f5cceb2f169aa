"""SDT: network diagnosis; checks, judge and report."""
