"""What fails under Wine and not on Windows, or asks for what no Windows has, each with its reason.

A test's name, or the beginning of one; a file that ends with ``::`` is not run at all.
"""

TESTS: dict[str, str] = {}
