"""Phobos's network core: STN (signalling network) and SDT (network diagnosis) on asyncio.

May import: the standard library and the network libraries named in ``pyproject.toml``.
Never imports ``app``, ``xlog`` or Qt; ``import-linter`` keeps it so. Logs through ``logging``
under ``netcore.*``; tells what happens through :mod:`netcore.observe`.
"""

__version__ = "0.1.0"
