"""Finding an address and getting a connection: sources, ranking, race, proxies, TLS."""
