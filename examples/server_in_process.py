"""The demo server inside a program: ``python examples/server_in_process.py``.

It listens on free ports of this machine, with TLS and a certificate that it makes itself. The
client trusts that one certificate by its fingerprint. Needs ``pip install .[server]``.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from app.server.server import Server
from app.server.settings import ServerSettings
from netcore import NetCore, Settings, Task, TlsSettings

HOST = "127.0.0.1"


async def main() -> int:
    """Start the server, ask it once over each link, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(
            ServerSettings(data=Path(folder), host=HOST, longlink_port=0, shortlink_port=0)
        )
        await server.start()
        try:
            settings = Settings(
                longlink_hosts=(HOST,),
                longlink_ports=(server.longlink_port,),
                shortlink_hosts=(HOST,),
                shortlink_port=server.shortlink_port,
                tls=TlsSettings(pins=frozenset([server.fingerprint])),
            )
            async with NetCore(settings) as core:
                body = b"\n\x02me\x12\x02hi"
                print("long link:", await core.request(Task(cmdid=1, body=body)))
                print("short link:", await core.request(Task(cgi="/mars/hello", body=body)))
        finally:
            await server.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
