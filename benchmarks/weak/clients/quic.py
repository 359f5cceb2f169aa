"""netcore's short link alone, over QUIC; see :mod:`benchmarks.weak.clients.tls`."""

from benchmarks.weak.clients import tls


class Client(tls.Client):
    """The same sender by the other carrier."""

    product = "quic"
    quic = True
