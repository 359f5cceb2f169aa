"""Decisions without clock, socket or randomness, one idea per module.

:mod:`netcore.engine.policies` asks them.
"""
