"""What both kinds of link share, and what they and the engine ask of each other."""
