"""The calls that one request takes, from ``NetCore.request`` to the socket's write and back.

``python -m benchmarks.calls [--list]`` sends one request over a long link that is up, with
``sys.setprofile`` set, and prints one JSON object: how many calls of Python functions it took, in
how many modules, from ``request`` until the transport's ``write``, and from the answer's
``data_received`` until the request has its body. ``netcore`` are netcore's own, ``all`` those of
the standard library too (the event loop's own turn). ``--list`` prints the calls as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json

from tests.support.calls import count, own, traced


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print each call as well")
    wanted = parser.parse_args()
    found = asyncio.run(traced())
    if wanted.list:
        for way in (found.out, found.back):
            print(*(f"{module}: {name}" for module, name in way), "", sep="\n")
    result = {
        way: {"netcore": count(own(calls)), "all": count(calls)}
        for way, calls in (("to_write", found.out), ("to_answer", found.back))
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
