"""The state of the network in one word."""

from __future__ import annotations

import pytest

from netcore.callbacks import ConnectStatus
from netcore.engine.status import StatusBoard
from netcore.longlink.state import LinkState

S = ConnectStatus


@pytest.mark.parametrize(
    ("state", "short", "overall", "longlink"),
    [
        (LinkState.CONNECTED, "", S.CONNECTED, S.CONNECTED),
        (LinkState.CONNECTED, "bbb", S.CONNECTED, S.CONNECTED),
        (LinkState.CONNECTING, "", S.CONNECTING, S.CONNECTING),
        (LinkState.CONNECTING, "g", S.CONNECTED, S.CONNECTING),
        (LinkState.CONNECTING, "bb", S.CONNECTING, S.CONNECTING),
        (LinkState.CONNECTING, "bbb", S.SERVER_FAILED, S.CONNECTING),
        (LinkState.IDLE, "", S.CONNECTING, S.CONNECTING),
        (LinkState.CONNECT_FAILED, "", S.UNKNOWN, S.SERVER_FAILED),
        (LinkState.CONNECT_FAILED, "g", S.CONNECTED, S.SERVER_FAILED),
        (LinkState.CONNECT_FAILED, "b", S.UNKNOWN, S.SERVER_FAILED),
        (LinkState.CONNECT_FAILED, "bbb", S.SERVER_FAILED, S.SERVER_FAILED),
        (LinkState.CONNECT_FAILED, "bbbg", S.CONNECTED, S.SERVER_FAILED),
    ],
)
def test_the_table(state: LinkState, short: str, overall: S, longlink: S):
    board = StatusBoard()
    for each in short:
        board.on_shortlink(each == "g", state)
    board.on_longlink(state)
    assert (board.overall, board.longlink) == (overall, longlink)


def test_going_down_waits_for_what_comes_next():
    board = StatusBoard()
    board.on_longlink(LinkState.CONNECTED)
    assert not board.on_longlink(LinkState.DISCONNECTED)
    assert board.overall is S.CONNECTED


def test_only_a_change_is_told():
    board = StatusBoard()
    assert board.on_longlink(LinkState.CONNECTED)
    assert not board.on_longlink(LinkState.CONNECTED)


def test_another_network_forgets_the_short_links_errors():
    board = StatusBoard()
    for _ in range(3):
        board.on_shortlink(False, LinkState.CONNECTING)
    board.network_changed()
    board.on_longlink(LinkState.CONNECTING)
    assert board.overall is S.CONNECTING


def test_without_a_long_link_the_short_one_decides():
    board = StatusBoard(use_longlink=False)
    board.on_shortlink(False, LinkState.IDLE)
    assert board.overall is S.CONNECTED
    for _ in range(2):
        board.on_shortlink(False, LinkState.IDLE)
    assert board.overall is S.SERVER_FAILED
    board.on_shortlink(True, LinkState.IDLE)
    assert board.overall is S.CONNECTED
