"""Plain words for what can go wrong: one sentence that says what happened and what to do."""

from __future__ import annotations

from app.desktop.i18n import mark, tr

# The chat's error codes; what is not here gets the general sentence.
_FAILURES = {
    "wrong_password": mark("The name or the password is not right."),
    "unknown_user": mark("The name or the password is not right."),
    "name_taken": mark("This name is taken. Choose another one."),
    "name_looks_taken": mark("This name looks like somebody else's. Choose another one."),
    "bad_name": mark(
        "This name can't be used. It needs 1 to 64 visible characters, with no space at either end."
    ),
    "bad_password": mark("This password cannot be used: at least 8 characters."),
    "too_many_messages": mark("You write faster than the server takes it. Wait a few seconds."),
    "too_many_attempts": mark("Too many attempts. Wait a few minutes, then try again."),
    "too_many_requests": mark("You are asking too fast. Wait a few seconds."),
    "server_full": mark("The server's disk is full. Your messages are kept and sent later."),
    "no_connection": mark("The server cannot be reached. Check the address and your network."),
    "unknown_host": mark("There is no server of this name. Check the address and your network."),
    "proxy_failed": mark("The proxy does not let Phobos through. Check its settings."),
    "not_encrypted": mark("Not connected: the connection would not be encrypted."),
    "no_tls": mark(
        "What answers there does not speak Phobos's encryption. Check the server's ports and "
        "settings."
    ),
    "bad_address": mark("This is no address of a server. Check the server settings."),
    "timeout": mark("The server did not answer in time. Try again."),
    "server_error": mark("The server had a problem. Try again later."),
    "not_logged_in": mark("You are not logged in."),
    "session_expired": mark("Your session has ended. Log in again."),
    "logged_out": mark("You were logged out."),
    "empty": mark("The message is empty."),
    "too_long": mark("This message is too long. Send it in parts."),
    "no_such_conversation": mark("This conversation does not exist any more."),
    "not_a_member": mark("You are not a member of this conversation."),
    "no_such_person": mark("Nobody has this name."),
    "bad_members": mark("A conversation cannot be started with these people."),
    "bad_title": mark("This title cannot be used: at most 100 characters."),
    "bad_request": mark("The server did not understand. Is Phobos up to date?"),
    "not_supported": mark("This server cannot do that."),
    "untrusted_certificate": mark("The server's identity is not trusted."),
    "database_reset": mark(
        "The local message store was damaged. It was set aside and is loaded again from the server."
    ),
    "storage": mark("Nothing can be saved: the disk is full or cannot be written."),
    "no_network": mark("This computer has no network. You can log in once there is one."),
    "read_only": mark("Your folder cannot be written, so nothing will be kept after this session."),
}

PASSING = frozenset(
    {"no_connection", "unknown_host", "proxy_failed", "no_tls", "timeout", "server_error"}
)
"""Codes of troubles that pass by themselves: trying again is all there is to say."""


def failure_text(code: str | None, detail: str = "") -> str:
    """The sentence for an error's code, in the language now in force."""
    known = _FAILURES.get(code or "")
    if known is not None:
        return tr(known)
    return tr("It did not work: {detail}.", detail=detail) if detail else tr("Not sent.")
