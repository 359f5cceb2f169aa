"""Phobos, the desktop chat: composes netcore and xlog; may import both, and nothing imports it."""
