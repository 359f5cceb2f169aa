"""``NAME ROLE PORTS FOLDER``: run one client; PORTS is a JSON object of the servers' ports."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    name, role, ports, folder = sys.argv[1:]
    if "WEAK_LOG" in os.environ:
        logging.basicConfig(
            level=logging.DEBUG,
            filename=f"{os.environ['WEAK_LOG']}/{name}-{role}.log",
            format="%(asctime)s.%(msecs)03d %(levelname).1s %(name)s: %(message)s",
        )
    else:
        logging.disable(logging.CRITICAL)
    client = importlib.import_module(f"benchmarks.weak.clients.{name}").Client

    async def main() -> None:
        """Inside the loop, since a client makes its queues when it is made."""
        await client(role, json.loads(ports), Path(folder)).obey()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
