"""xlog: the compressed, encrypted, crash-safe log format of Mars; writer, reader, command line.

Imports neither ``app`` nor ``netcore`` nor Qt; ``import-linter`` keeps it so.
"""
