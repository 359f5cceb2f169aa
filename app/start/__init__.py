"""Everything that starts and ends the program."""
