"""Compare the branch coverage of the last full test run with the floor of each package.

``python .ci/coverage_ratchet.py`` reads ``.coverage`` (written by ``dev.py test``) and
``.ci/coverage-floors.toml``. A package below its floor fails. ``--raise`` writes what was reached
into the floors where it is higher: floors only ever go up.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".coverage"
FLOORS = ROOT / ".ci" / "coverage-floors.toml"
HEAD = """# The least branch coverage of each package, in percent of lines and branches together.
# `python .ci/coverage_ratchet.py --raise` lifts these after a full `dev.py test`; never lower one.
"""


def package_of(path: str, packages: list[str]) -> str:
    """The longest of ``packages`` that contains the file; "" where none does."""
    dotted = path.replace("\\", "/").removesuffix(".py").replace("/", ".")
    inside = [name for name in packages if f"{dotted}.".startswith(f"{name}.")]
    return max(inside, key=len, default="")


def percentages(report: dict[str, Any], packages: list[str]) -> dict[str, float]:
    """Covered lines and branches of each package, of all there are, in percent."""
    covered: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for path, entry in report["files"].items():
        package = package_of(path, packages)
        summary = entry["summary"]
        covered[package] += summary["covered_lines"] + summary.get("covered_branches", 0)
        total[package] += summary["num_statements"] + summary.get("num_branches", 0)
    return {name: 100 * covered[name] / total[name] for name in packages if total[name]}


def read_report() -> dict[str, Any]:
    """What ``coverage json`` says of the data."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "coverage.json"
        subprocess.run(
            [sys.executable, "-m", "coverage", "json", "-q", "-o", str(target)],
            cwd=ROOT,
            check=True,
        )
        report: dict[str, Any] = json.loads(target.read_text("utf-8"))
        return report


def main(arguments: list[str]) -> int:
    """Print a line per package; 1 where one is below its floor."""
    if not DATA.exists():
        print("coverage: no data; run `python3 dev.py test` without arguments first")
        return 1 if os.environ.get("CI") else 0
    floors = tomllib.loads(FLOORS.read_text("utf-8"))
    reached = percentages(read_report(), list(floors))
    low = 0
    for name, floor in floors.items():
        percent = reached.get(name, 0.0)
        below = percent < floor
        low += below
        print(
            f"coverage: {name:22} {percent:6.2f} %  floor {floor:5.1f}{'  BELOW' if below else ''}"
        )
    if "--raise" in arguments:
        lifted = {n: max(f, math.floor(reached.get(n, 0.0) * 10) / 10) for n, f in floors.items()}
        lines = [f'"{name}" = {floor}' for name, floor in lifted.items()]
        FLOORS.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
