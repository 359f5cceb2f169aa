"""The asyncio tasks that a program started, without those that the loop itself runs."""

import asyncio


def own_tasks() -> set[asyncio.Task[object]]:
    """All tasks but the loop's own: Windows's loop holds one for each accept that it waits for."""
    return {each for each in asyncio.all_tasks() if "IocpProactor.accept" not in repr(each)}
