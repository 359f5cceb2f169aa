"""The demo server: the Mars sample's protocol and Phobos's chat; asyncio, never Qt."""
