"""The names of the carriers."""

from __future__ import annotations

from enum import StrEnum


class Carrier(StrEnum):
    """What takes a link's bytes to the peer (``transport_protocol`` in ``mars/stn/stn.h``)."""

    TCP = "tcp"  # with TLS unless that is off
    WEBSOCKET = "websocket"  # RFC 6455, on the short link's port
    QUIC = "quic"  # RFC 9000, one stream per task
