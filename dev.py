"""The developer's front door: ``python3 dev.py run`` and ``python3 dev.py test``.

Standard library only, any Python from 3.11 to 3.14. Each command makes the virtual environment
``.venv`` beside this file, installs Phobos and what it needs into it (and, on Debian, the system
libraries listed in ``installers/debian-packages.txt`` where they are missing), then does its work.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("PHOBOS_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
QT_ROOMS = ("desktop", "diagnostics", "logviewer", "platform")
BENCHES_WITH_SERVERS = ("recover", "weak")
PACKAGE_LIST = ROOT / "installers" / "debian-packages.txt"

USAGE = """usage: python3 dev.py COMMAND [ARGUMENT...]

  run    start the app against a demo server that it starts itself;
         `run --two` opens a second window, of another person to talk to
  test   run all tests and measure coverage (arguments go to pytest, without coverage);
         `test --python 3.13` (or a path) takes another interpreter, with an environment of its own
  check  lint, types, import contracts, and the coverage of the last full test run
  docs   build the API reference from the docstrings (into build/api); warnings fail
  bench  run one benchmark by name, e.g. `bench roundtrip`
  package  build the packages that this system can build (into build/)
  tool   a tool of the environment, e.g. `tool ruff check app`
  setup  only install; `setup package` also what packaging needs
"""


def debian_packages(group: str) -> list[str]:
    """The apt packages of ``group``: "run", "test" (with run), "bench" or "package" (with both)."""
    wanted = ("run",) if group == "run" else ("run", "test", group)
    packages: list[str] = []
    current = ""
    for line in PACKAGE_LIST.read_text("utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            current = line.strip("[]")
        elif line and current in wanted:
            packages.append(line)
    return packages


def missing_debian_packages(group: str) -> list[str]:
    """Those of the group's lines of which dpkg reports no package as installed."""
    return [line for line in debian_packages(group) if not any(map(is_installed, names_in(line)))]


def names_in(line: str) -> list[str]:
    """The packages of a line of the list: one, or several that take each other's place."""
    return [name.strip() for name in line.split("|")]


def is_installed(package: str) -> bool:
    """Whether dpkg reports a package as installed."""
    query = ["dpkg-query", "-W", "-f=${db:Status-Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == "installed"


def is_known(package: str) -> bool:
    """Whether this Debian's apt has a package of that name."""
    show = ["apt-cache", "show", "--no-all-versions", package]
    # A name that others only mention is shown as nothing, and that is no failure.
    return bool(subprocess.run(show, capture_output=True, check=False).stdout.strip())


def install_system_libraries(group: str) -> None:
    """On Debian and its kin, install what is missing; where that is not allowed, say what is."""
    if not sys.platform.startswith("linux") or not shutil.which("dpkg-query"):
        return
    missing = missing_debian_packages(group)
    if not missing:
        return
    command = "apt-get install -y " + " ".join(names_in(line)[0] for line in missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"These system packages are missing. As root, run:\n  {command}\nthen try again.")
    apt_get("update", "-q", instead=command)
    found = {line: next(filter(is_known, names_in(line)), "") for line in missing}
    lacking = [names_in(line)[0] for line, name in found.items() if not name]
    if lacking:  # tests whose helper is not there say so and are skipped
        print("not in this Debian:", " ".join(lacking), flush=True)
    wanted = [name for name in found.values() if name]
    if wanted:
        print("installing system packages:", " ".join(wanted), flush=True)
        apt_get("install", "-y", "-q", "--no-install-recommends", *wanted, instead=command)


def apt_get(*words: str, instead: str) -> None:
    """Run apt-get; where it fails, say its words and the command to try ``instead``, and end."""
    done = subprocess.run(
        ("apt-get", *words),
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors="replace"))
        sys.exit(f"apt-get failed. As root, run:\n  {instead}\nthen try again.")


def fingerprint() -> str:
    """What the environment was made from; a change asks for a new install."""
    text = (ROOT / "pyproject.toml").read_bytes() + sys.version.encode()
    return hashlib.sha256(text).hexdigest()


def install_python_packages() -> None:
    """Make the virtual environment and install Phobos, editable, with the dev extra."""
    stamp = VENV / "phobos-setup"
    if PYTHON.exists() and stamp.exists() and stamp.read_text("utf-8") == fingerprint():
        return
    if not PYTHON.exists():
        print("making", VENV, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    print("installing Python packages (a few minutes the first time)", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "-e", f"{ROOT}[dev]"], check=False)
    if done.returncode:
        sys.exit("pip could not install the packages: see its message above, then try again.")
    stamp.write_text(fingerprint(), "utf-8")


def setup(group: str) -> None:
    """Everything a fresh machine needs for ``group``."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        sys.exit(f"Phobos needs Python 3.11 to 3.14; this is {sys.version.split()[0]}.")
    install_system_libraries(group)
    install_python_packages()


def call(*command: str, **environment: str) -> int:
    """Run a tool from the virtual environment and give its exit code."""
    variables = {**os.environ, **environment, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    try:
        return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    """Start the app against its own demo server; a missing screen is said before all else."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not screen and not os.environ.get("QT_QPA_PLATFORM"):
        words = " ".join(["python3 dev.py run", *arguments])
        print(
            "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).\n"
            "On a machine without one, use a virtual screen; as root:\n"
            f"  apt-get install -y xvfb xauth && xvfb-run -a {words}",
            file=sys.stderr,
        )
        return 2
    setup("run")
    return call(str(PYTHON), "-m", "app", "--demo", *arguments)


def test(arguments: list[str]) -> int:
    """Run the tests; GUI tests draw off screen, some start an Xvfb of their own.

    Without arguments each room with Qt has a process of its own: what Qt deletes later than a
    test ends is then never met by the tests of another room.
    """
    if arguments[:1] == ["--python"]:
        if len(arguments) < 2:
            sys.exit("--python wants a version or a path: dev.py test --python 3.13")
        return with_other_python(arguments[1], arguments[2:])
    setup("test")
    pytest = (str(PYTHON), "-m", "pytest")
    workers = ("-n", "2", "--dist", "loadfile")
    if arguments:
        chosen = () if any(a.startswith("-n") for a in arguments) else workers
        return call(*pytest, *chosen, *arguments, QT_QPA_PLATFORM="offscreen")
    rooms = [f"tests/app/{name}" for name in QT_ROOMS]
    runs = [(*workers, *(f"--ignore={room}" for room in rooms))]
    runs += [(room,) for room in rooms]
    (ROOT / ".coverage").unlink(missing_ok=True)
    measured = ("--cov", "--cov-append", "--cov-report=")
    codes = [call(*pytest, *measured, *run, QT_QPA_PLATFORM="offscreen") for run in runs]
    return next((code for code in codes if code), 0)


def with_other_python(name: str, arguments: list[str]) -> int:
    """Run the tests with the interpreter ``name`` ("3.13" or a path), in ``.venv-NAME``."""
    found = shutil.which(name) or shutil.which(f"python{name}")
    if not found:
        sys.exit(f"There is no Python {name} here. Install it, or give the path of one.")
    version = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([found, "-c", version], capture_output=True, text=True, check=True)
    environment = {**os.environ, "PHOBOS_VENV": str(ROOT / f".venv-{answer.stdout.strip()}")}
    command = [found, str(ROOT / "dev.py"), "test", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def check(_arguments: list[str]) -> int:
    """Lint, format, types, contracts, coverage; all of them run, the first failure decides."""
    setup("test")
    ruff = str(BIN / "ruff")
    steps = [
        (ruff, "check", "."),
        (ruff, "format", "--check", "."),
        (str(PYTHON), "-m", "mypy"),
        (str(BIN / "lint-imports"),),
        (str(PYTHON), str(ROOT / ".ci" / "coverage_ratchet.py")),
    ]
    return next((code for code in [call(*step) for step in steps] if code), 0)


def tool(arguments: list[str]) -> int:
    """Run a program of the virtual environment by its name."""
    setup("test")
    if not arguments:
        sys.exit("tool wants the name of a program: dev.py tool ruff check app")
    name, *rest = arguments
    program = shutil.which(name, path=str(BIN))
    if not program:
        sys.exit(f"There is no program {name} in {BIN}.")
    return call(program, *rest)


def bench(arguments: list[str]) -> int:
    """Run ``python -m benchmarks.NAME``."""
    name, *rest = arguments or ["roundtrip"]
    setup("bench" if name in BENCHES_WITH_SERVERS else "test")
    return call(str(PYTHON), "-m", f"benchmarks.{name}", *rest, QT_QPA_PLATFORM="offscreen")


def docs(_arguments: list[str]) -> int:
    """Build the API reference into build/api; a warning is a failure."""
    setup("test")
    pip = (str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check")
    there = shutil.which("sphinx-build", path=str(BIN))
    if not there and (code := call(*pip, "-e", f"{ROOT}[docs]")):
        return code
    built = call(
        *(str(PYTHON), "-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-b", "html"),
        *("docs/api", "build/api"),
    )
    if not built:
        print("open build/api/index.html")
    return built


def package(arguments: list[str]) -> int:
    """Build this system's packages."""
    setup("package")
    return call(str(PYTHON), str(ROOT / "installers" / "build.py"), *arguments)


def main() -> int:
    """Read the command and do it."""
    commands = {
        "run": run,
        "test": test,
        "check": check,
        "tool": tool,
        "docs": docs,
        "bench": bench,
        "package": package,
    }
    name, *arguments = sys.argv[1:] or ["help"]
    if name == "setup":
        setup(arguments[0] if arguments in (["run"], ["package"]) else "test")
        return 0
    if name not in commands:
        print(USAGE)
        return 0 if name in ("help", "-h", "--help") else 2
    return commands[name](arguments)


if __name__ == "__main__":
    sys.exit(main())
