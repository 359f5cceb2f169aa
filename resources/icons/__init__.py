"""Icons of our own drawing: 24 by 24 SVG in currentColor, and the application's own."""
