"""Plain words for what can go wrong: one sentence that says what happened and what to do."""

from __future__ import annotations

from app.desktop.i18n import mark, tr

# The chat's error codes; what is not here gets the general sentence.
_FAILURES = {
    "wrong_password": mark("Wrong name or password"),
    "unknown_user": mark("Wrong name or password"),
    "name_taken": mark("This name is taken. Choose another one."),
    "name_looks_taken": mark("This name looks like someone else's. Choose another one."),
    "bad_name": mark(
        "This name can't be used. It needs 1 to 64 visible characters, with no space at either end."
    ),
    "bad_password": mark("Passwords need at least 8 characters."),
    "too_many_messages": mark("You are sending too fast. Wait a few seconds."),
    "too_many_attempts": mark("Too many attempts. Try again in a few minutes."),
    "too_many_requests": mark("Too many requests. Wait a few seconds."),
    "server_full": mark(
        "The server's disk is full. Your messages are saved and will be sent later."
    ),
    "no_connection": mark("Can't reach the server. Check the address and your network."),
    "unknown_host": mark("Can't find this server. Check the address and your network."),
    "proxy_failed": mark("The proxy refused the connection. Check the proxy settings."),
    "not_encrypted": mark("Not connected, because the connection would not be encrypted."),
    "no_tls": mark(
        "Can't make an encrypted connection to this server. Check the ports and settings."
    ),
    "bad_address": mark("Not a valid server address. Check the server settings."),
    "timeout": mark("The server didn't answer in time. Try again."),
    "server_error": mark("The server had a problem. Try again later."),
    "not_logged_in": mark("You are not logged in."),
    "session_expired": mark("Your session has ended. Log in again."),
    "logged_out": mark("You were logged out."),
    "no_such_file": mark("This file is no longer there, or it can't be read."),
    "empty_file": mark("This file is empty."),
    "body_too_large": mark("This file is too large. The most is 100 MB."),
    "quota_full": mark("Your storage on this server is full."),
    "no_such_body": mark("This file is no longer on the server."),
    "bad_body": mark("This file did not arrive as it was sent. Try again."),
    "empty": mark("The message is empty."),
    "too_long": mark("This message is too long. Split it into several."),
    "no_such_conversation": mark("This conversation no longer exists."),
    "not_a_member": mark("You are not in this conversation."),
    "no_such_person": mark("No one has this name."),
    "bad_members": mark("Can't start a conversation with these people."),
    "bad_title": mark("This name is too long or can't be shown. Use up to 100 characters."),
    "bad_request": mark("The server didn't understand. Is Phobos up to date?"),
    "not_supported": mark("This server doesn't support that."),
    "untrusted_certificate": mark("This server is not trusted."),
    "database_reset": mark(
        "Your local messages were damaged. They are being loaded again from the server."
    ),
    "storage": mark("Can't save: the disk is full or read-only."),
    "no_network": mark("No network. Connect to a network to log in."),
    "read_only": mark("Your data folder is read-only, so nothing will be saved when you quit."),
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
    return tr("Something went wrong: {detail}.", detail=detail) if detail else tr("Not sent.")
