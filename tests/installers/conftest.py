import sys
from pathlib import Path

# The packaging scripts are programs that stand beside one another, not a package.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "installers"))
