"""Decisions without clock, socket or randomness, one idea a module; :mod:`netcore.judges` asks."""
