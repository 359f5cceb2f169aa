"""The desktop room: the Qt window, its pages, models and theme.

PySide6 puts a hook on the import statement that looks through the source of every module imported
for the word "PySide6", in case one asks for ``from __feature__ import snake_case``. Nothing here
does, and it is a tenth of the time that importing takes: it is taken off as the room is entered.
"""

import builtins

import PySide6.QtCore  # noqa: F401  (sets the hook)

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
