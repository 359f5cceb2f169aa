"""A DNS of dictionary entries."""

from netcore.connect.resolver import Answer
from netcore.errors import DnsError


class Names:
    """``Names(a_example=["192.0.2.1"])`` knows a.example; ``asked`` keeps who was looked up."""

    kind = "names"

    def __init__(self, **zone):
        self.zone = {host.replace("_", "."): ips for host, ips in zone.items()}
        self.asked = []

    async def resolve(self, host, *, timeout=2.0):
        self.asked.append(host)
        if not self.zone.get(host):
            raise DnsError(f"{host} does not exist")
        return Answer(tuple(self.zone[host]))
