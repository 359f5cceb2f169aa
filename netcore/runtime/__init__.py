"""What keeps netcore running: clock, timers, held tasks, the watch over its event loop."""
