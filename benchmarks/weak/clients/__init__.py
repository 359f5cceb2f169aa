"""The clients that are compared: ``python -m benchmarks.weak.clients NAME ROLE PORTS FOLDER``."""
