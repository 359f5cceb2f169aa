"""Say hello over a long link: ``python examples/hello.py [HOST [PORT]]``.

The server is ``phobos-server --plain``. The long link connects by itself, stays up for as long as
the block lasts, and is closed at its end.
"""

from __future__ import annotations

import asyncio
import sys

from netcore import NetCore, Settings, Task, TaskError, TlsSettings

HELLO = 1  # the number of this request on the long link
BODY = b"\n\x05world\x12\x02hi"  # protobuf: the user "world", the text "hi"


async def main(host: str = "127.0.0.1", port: str = "8081") -> int:
    """Ask once and print the answer."""
    settings = Settings(
        longlink_hosts=(host,),
        longlink_ports=(int(port),),
        tls=TlsSettings(enabled=False),  # leave this out for a server with TLS
    )
    async with NetCore(settings) as core:
        try:
            answer = await core.request(Task(cmdid=HELLO, body=BODY, total_timeout=10))
        except TaskError as error:
            print("no answer:", error)
            return 1
    print("the server answered", answer)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
