"""Send a large request and watch it: ``python examples/large_task.py [HOST [PORT [BYTES]]]``.

Something large, an upload for instance, goes over the short link: one HTTP request of its own, so
that the messages on the long link need not wait behind it. The server is ``phobos-server --plain``.
"""

from __future__ import annotations

import asyncio
import sys

from netcore import (
    Callbacks,
    Channel,
    ErrorType,
    Event,
    NetCore,
    Settings,
    Task,
    TaskError,
    TlsSettings,
)
from netcore.profile import TaskProfile

LARGEST = 1000 * 1024  # what this server takes in one request


def body_of(size: int) -> bytes:
    """A protobuf message with a field of ``size`` bytes: a user, a text and the content."""
    length, number = b"", size
    while number > 127:
        length, number = length + bytes([number & 127 | 128]), number >> 7
    return b"\n\x02me\x12\x02hi" + b"\x1a" + length + bytes([number]) + bytes(size)


class Uploader(Callbacks):
    """Prints where the time went."""

    def on_task_end(
        self, task: Task, error_type: ErrorType, error_code: int, profile: TaskProfile
    ) -> None:
        """Called once a task, however it ended; the profile has each attempt, stage by stage."""
        last = profile.attempts[-1]
        print(
            f"{error_type.name} after {profile.cost:.3f} s and {len(profile.attempts)} attempt(s): "
            f"{last.sent_bytes} bytes sent, {last.received_bytes} received, "
            f"the answer began after {last.first_package_cost:.3f} s"
        )


def watch(event: Event) -> None:
    """Called for everything that happens inside; here only the name is printed."""
    if type(event).__name__.startswith(("Task", "Shortlink")):
        print(" ", type(event).__name__)


async def main(host: str = "127.0.0.1", port: str = "8080", size: str = str(LARGEST)) -> int:
    """Send, and print what happens meanwhile."""
    settings = Settings(
        shortlink_hosts=(host,), shortlink_port=int(port), tls=TlsSettings(enabled=False)
    )
    async with NetCore(settings, Uploader()) as core:
        core.observer.subscribe(watch)
        upload = Task(
            cgi="/mars/hello",
            body=body_of(int(size)),
            channel=Channel.SHORT,
            limit_flow=False,  # the person asked for it: no limit on mobile networks
            retry_count=2,
            total_timeout=60,  # seconds, attempts and waiting included
        )
        try:
            await core.request(upload)
        except TaskError as error:
            print("failed:", error)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
