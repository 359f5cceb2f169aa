"""Goes on with an interpreter that has what a script needs: this one, or the one dev.py made.

The scripts here are started by hand, often with the system's Python, which has neither PySide6 nor
PyInstaller. Standard library only.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = Path(os.environ.get("PHOBOS_VENV", ROOT / ".venv"))
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def use(*modules: str) -> None:
    """Return where all modules can be imported; else start the script again, or say what to do."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return
    if PYTHON.exists() and Path(sys.prefix).resolve() != VENV.resolve() and _has(modules):
        print(f"going on with {PYTHON}", file=sys.stderr, flush=True)
        command = [str(PYTHON), *sys.argv]
        if os.name == "nt":  # where exec would return to the shell at once
            sys.exit(subprocess.run(command, check=False).returncode)
        os.execv(PYTHON, command)
    sys.exit(
        f"{Path(sys.argv[0]).name} needs {', '.join(missing)}, which {sys.executable} lacks. Run\n"
        "  python3 dev.py setup package\nthen try again."
    )


def _has(modules: tuple[str, ...]) -> bool:
    command = [str(PYTHON), "-c", f"import {', '.join(modules)}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
