"""The numbers of both protocols: command ids, paths, limits. docs/protocol.md has the rules.

Phobos's commands have ids from 0x1000, its pushes from 0x2000; the sample chat's are below 0x100
but for its push. On the short link a command is POSTed to its path.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum

from app.chat import model
from app.chat.visible import hides_characters, is_blank
from netcore.longlink.codec import NOOP_CMDID


class SampleCommand(IntEnum):
    """The sample chat's command ids."""

    HELLO = 1
    SEND = 3
    CONVERSATIONS = 4
    NOOP = NOOP_CMDID
    HELLO_2 = 8
    PUSH = 10001


class Command(IntEnum):
    """Phobos's requests."""

    SIGN_UP = 0x1000
    LOG_IN = 0x1001
    IDENTIFY = 0x1002
    LOG_OUT = 0x1003
    SYNC = 0x1010
    PULL = 0x1011
    SEND = 0x1012
    CREATE = 0x1013
    MARK_READ = 0x1014
    FIND = 0x1015
    ACKNOWLEDGE = 0x1016
    UPLOAD = 0x1020
    DOWNLOAD = 0x1021

    @property
    def path(self) -> str:
        """Where the short link takes it."""
        return "/phobos/" + self.name.lower()


class PushCommand(IntEnum):
    """What Phobos's server sends on its own, with seq 0."""

    MESSAGE = 0x2000
    CONVERSATION = 0x2001
    LOGGED_OUT = 0x2002


SAMPLE_PATHS = {
    "/mars/hello": SampleCommand.HELLO,
    "/mars/hello2": SampleCommand.HELLO_2,
    "/mars/sendmessage": SampleCommand.SEND,
    "/mars/getconvlist": SampleCommand.CONVERSATIONS,
}
PATHS = {command.path: command for command in Command}

MAX_TEXT = model.MAX_TEXT
MAX_CONTENT = 64 * 1024  # bytes of a message's content beside its text
MAX_BODIES = 16  # that a message refers to
MAX_PIECE = 768 * 1024  # bytes of a body in one request or answer
HASH_SIZE = 32  # bytes of a SHA-256
MAX_NAME = 64  # characters
MIN_PASSWORD = 8
MAX_PASSWORD = 1024
MAX_TITLE = 100
MAX_MEMBERS = 200
MAX_CLIENT_ID = 64
MAX_PAGE = 100  # messages of one pull
GUEST_MARK = "~"  # before the name of a sender without an account; no account's name begins so


def name_key(name: str) -> str:
    """What makes two names the same: case and the width of letters do not count.

    A text that is too long for a name is nobody's and is given back as it is: normalising 80 KB of
    combining marks takes seconds.
    """
    if len(name) > MAX_NAME:
        return name
    return unicodedata.normalize("NFKC", name).casefold()


def is_good_name(name: str) -> bool:
    """Whether an account may be called so: 1 to 64 characters that are seen, no space at an end."""
    return (
        0 < len(name) <= MAX_NAME
        and name == name.strip()
        and name.isprintable()
        and not name.startswith(GUEST_MARK)
        and 0 < len(name_key(name)) <= 4 * MAX_NAME
        and not is_blank(name_key(name))
        and not hides_characters(name)
    )
