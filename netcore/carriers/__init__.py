"""Carriers: how the bytes of a link travel. TCP (with TLS) by itself, WebSocket on it, QUIC.

Each carrier is a machine without I/O (bytes and time go in, bytes and events come out) and a thin
driver, which gives the link above the same :class:`asyncio.Transport` that TCP would give it. A
link therefore does not know what carries it.
"""
