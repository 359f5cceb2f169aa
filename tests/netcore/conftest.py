"""Shared by netcore's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from netcore.runtime.task_holder import TaskHolder


@pytest.fixture
async def holder() -> AsyncIterator[TaskHolder]:
    """Starts what a test runs beside itself, and ends it with the test."""
    held = TaskHolder("test", on_error=lambda name, error: None)
    yield held
    await held.close()
