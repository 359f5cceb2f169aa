"""Translations: ``ROOM_LANGUAGE.ts`` (source) and ``.qm`` (compiled, read at run time)."""
