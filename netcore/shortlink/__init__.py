"""The short link: one HTTP exchange a task."""
