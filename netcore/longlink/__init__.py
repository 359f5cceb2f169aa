"""The signalling network's long link: one TCP connection, many tasks."""
