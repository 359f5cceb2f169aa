"""Who is connected."""

from __future__ import annotations

from app.server.accounts import LogIn
from app.server.presence import Peer, Presence


def test_presence_knows_who_is_who():
    presence = Presence()
    ada, other = LogIn(1, "Ada", b"a"), LogIn(1, "Ada", b"b")
    one, two, guest = (Peer(str(number), lambda data: None) for number in range(3))
    for each in (one, two, guest):
        presence.add(each)
    assert presence.guests() == [one, two, guest]
    one.speaks_phobos = two.speaks_phobos = True
    presence.identify(one, ada)
    presence.identify(two, other)
    assert presence.guests() == [guest]
    assert presence.of_accounts([1, 2]) == [one, two]
    assert presence.of_accounts([1], but=ada) == [two]
    assert presence.of_log_in(ada) == [one]
    presence.identify(two, LogIn(2, "Bob", b"c"))
    assert presence.of_accounts([1]) == [one]
    presence.remove(one)
    presence.remove(one)
    assert presence.of_accounts([1]) == []
    presence.identify(one, ada)  # too late
    assert presence.known() == [two]
    assert (one.log_in, len(presence)) == (None, 2)


def test_a_device_with_spare_links_is_told_on_two_of_them():
    presence = Presence()
    ada, phone = LogIn(1, "Ada", b"a"), LogIn(1, "Ada", b"b")
    peers = [Peer("h", lambda frame: None) for _ in range(4)]
    for peer, log_in in zip(peers, (ada, ada, ada, phone), strict=True):
        presence.add(peer)
        presence.identify(peer, log_in)
    assert presence.of_accounts([1]) == [peers[0], peers[1], peers[3]]
    assert presence.of_accounts([1], but=ada) == [peers[3]]
    assert presence.of_log_in(ada) == peers[:3]
    presence.remove(peers[0])
    assert presence.of_accounts([1]) == peers[1:]
