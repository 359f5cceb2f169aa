"""Sans-I/O decisions shared by both links. No clock, no socket, no random of their own."""
