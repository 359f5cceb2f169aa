"""Installs the .deb into a bare Debian (debootstrap, no Python) and uses it as a person would.

``python installers/check_deb.py [DEB] [--keep]``, as root on Debian 12 or newer; it prints a report
and ends with 0 when every step held. It takes some minutes. What it shows:

- apt installs the package with only the dependencies that it names, and no Python comes with them;
- ``phobos --selftest`` is good;
- under Xvfb two installed apps log in to an installed demo server, one writes, the other shows it;
  their users are two ordinary users of one machine, one with spaces and Chinese in the home path;
- an .xlog file is opened by its MIME type (``gio open``);
- ``phobos export-diagnostics`` writes its archive;
- with a home that cannot be written, without a keyring and without a network the app starts;
- removal leaves nothing but user data.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

if __name__ == "__main__":  # by hand, and often with the system's Python
    import interpreter

    interpreter.use("PySide6")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.real_windows import (
    SCREEN,
    App,
    Screen,
    Server,
    end,
    greet,
    wait_for,
)

BARE = ROOT / "build/bare"
HOMES = {"ada": "/home/ada", "bob": "/home/鲍勃 and friends"}
BORN_BY_APT = re.compile(
    r"^/(proc|sys|dev|run|tmp|root|var/(lib/(dpkg|apt|systemd|ucf|pam)|cache|log|backups)|home)(/|$)"
    r"|^/etc/(ld\.so\.cache|mailcap|alternatives|group|passwd|shadow|gshadow|subuid|subgid)"
)
DESKTOP = ("desktop-file-utils", "shared-mime-info", "libglib2.0-bin", "fonts-noto-cjk")
SOCKETS = "tmp/.X11-unix"
PICTURES = ROOT / "build/check_deb"


def run(*command: str) -> str:
    """Run a command on this machine; ends the check with its words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def inside(*command: str, user: str = "", isolated: bool = False) -> tuple[str, ...]:
    """The command line that runs something in the bare system, as root or as one of the users."""
    home = HOMES.get(user, "/root")
    words = ["chroot", *([f"--userspec={user}:{user}"] if user else []), str(BARE)]
    words += ["env", "-i", f"HOME={home}", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8"]
    words += ["DEBIAN_FRONTEND=noninteractive", f"XDG_RUNTIME_DIR=/tmp/run-{user or 'root'}"]
    if "DISPLAY" in os.environ:
        words += [f"DISPLAY={os.environ['DISPLAY']}", "QT_QPA_PLATFORM=xcb"]
    if isolated:  # a network namespace of its own, in which not even the loopback is up
        words = ["unshare", "--net", *words]
    return (*words, *command)


def apt(*words: str) -> str:
    """apt-get in the bare system."""
    return run(*inside("apt-get", "-y", "-q", *words))


def make_bare() -> None:
    """A minimal Debian in ``build/bare``, with this machine's package sources."""
    if (BARE / "etc").exists():
        unmount()
        shutil.rmtree(BARE)
    form = "$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)"
    known = run("apt-get", "indextargets", "--format", form, "Created-By: Packages").splitlines()
    suite = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    start = f"Debian|main|{suite[1] if suite else ''}|"
    mirror = next((line.removeprefix(start) for line in known if line.startswith(start)), "")
    if suite is None or not mirror:
        sys.exit("this is no Debian with package sources: run apt-get update first")
    run("debootstrap", "--variant=minbase", suite[1], str(BARE), mirror)
    for folder in ("proc", "sys", "dev", "dev/pts"):
        run("mount", "--bind", f"/{folder}", str(BARE / folder))
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", BARE / "etc" / name)
    for path in Path("/etc/apt/apt.conf.d").glob("*"):
        if "proxy" in path.name.lower():
            shutil.copy(path, BARE / "etc/apt/apt.conf.d" / path.name)
    apt("update")
    for name, home in HOMES.items():
        run(*inside("useradd", "--create-home", "--home-dir", home, "--user-group", name))
        run(*inside("install", "-d", "-m", "700", "-o", name, f"/tmp/run-{name}"))


def unmount() -> None:
    """Take away what was mounted into the bare system."""
    for folder in (SOCKETS, "dev/pts", "dev", "sys", "proc"):
        subprocess.run(["umount", "-l", str(BARE / folder)], capture_output=True, check=False)


def files() -> set[str]:
    """Every path of the bare system but those that apt and the system itself keep."""
    command = ["find", str(BARE), "-xdev", "-not", "-type", "d", "-printf", "/%P\\n"]
    return {path for path in run(*command).splitlines() if not BORN_BY_APT.search(path)}


def packages() -> set[str]:
    """The packages installed in the bare system."""
    return set(run(*inside("dpkg-query", "-W", "-f=${Package}\\n")).split())


@contextlib.contextmanager
def screen() -> Iterator[Screen]:
    """An Xvfb that the bare system draws on too, by its socket in /tmp."""
    made = Screen()
    os.environ["DISPLAY"] = made.name
    sockets = BARE / SOCKETS
    sockets.mkdir(exist_ok=True)
    run("mount", "--bind", f"/{SOCKETS}", str(sockets))
    try:
        yield made
    finally:
        run("umount", str(sockets))
        del os.environ["DISPLAY"]
        end(made.process)


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Ends the check with what the programs said when one of them met an unforeseen exception."""
    own = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(own, 2)
            os.close(own)
            said.seek(0)
            words = said.read().decode(errors="replace")
            print(words, end="", file=sys.stderr)
    if "Traceback" in words:
        sys.exit("a program met an unforeseen exception")


def look(made: Screen, name: str) -> None:
    """Keep what the screen shows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    made.picture(PICTURES / f"{name}.png")


def chat(made: Screen) -> None:
    """Two users of one machine chat through an installed server."""

    class InstalledServer(Server):
        program = inside("phobos-server", user="ada")

    class AdasApp(App):
        program = inside("phobos", user="ada")

    class BobsApp(App):
        program = inside("phobos", user="bob")

    with contextlib.ExitStack() as last:
        server = InstalledServer(Path("/tmp/server"))
        last.callback(end, server.process)
        ada = AdasApp(made, server, Path(HOMES["ada"]) / "profile", "Ada", "--theme", "light")
        last.callback(end, ada.process)
        bob = BobsApp(made, server, Path(HOMES["bob"]) / "profile", "Bob", "--theme", "dark")
        last.callback(end, bob.process)
        half = SCREEN[0] // 2
        ada.place(0, half - 2, SCREEN[1])
        bob.place(half + 2, half - 2, SCREEN[1])
        greet(ada, bob, "hello 你好")
        time.sleep(0.5)
        look(made, "chat")


def end_all() -> None:
    """End whatever still runs in the bare system, and nothing else."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "root").readlink() == BARE:
                os.kill(int(process.name), signal.SIGTERM)


def window_of(
    made: Screen, name: str, title: str, *command: str, user: str, isolated: bool = False
) -> None:
    """Start a program, wait for its window, keep a picture of it and end it."""
    process = subprocess.Popen(inside(*command, user=user, isolated=isolated))
    try:
        wait_for(
            f"a window named {title!r}",
            lambda: made.xdotool("search", "--onlyvisible", "--name", title),
            60,
        )
        time.sleep(2)
        if process.poll() not in (None, 0):
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        look(made, name)
    finally:
        end(process)
        end_all()  # gio leaves the viewer running


def xlog(made: Screen) -> None:
    """A file manager's way: the MIME type of an .xlog, then its program."""
    source = ROOT / "tests/data/xlog/async_zlib_plain.xlog"
    target = BARE / HOMES["ada"][1:] / "日志 one.xlog"
    shutil.copy(source, target)
    path = f"{HOMES['ada']}/日志 one.xlog"
    kind = run(*inside("gio", "info", "-a", "standard::content-type", path, user="ada"))
    if "application/x-xlog" not in kind:
        sys.exit(f"the MIME type of an .xlog is {kind}")
    window_of(made, "viewer", "日志 one.xlog", "gio", "open", path, user="ada")


def export() -> None:
    """The archive of ``phobos export-diagnostics``."""
    path = f"{HOMES['bob']}/diagnosis.zip"
    profile = f"{HOMES['bob']}/profile"
    run(*inside("phobos", "export-diagnostics", "--data", profile, "-o", path, user="bob"))
    with zipfile.ZipFile(BARE / path[1:]) as archive:
        names = archive.namelist()
    if not any(name.endswith(".xlog") for name in names) or len(names) < 4:
        sys.exit(f"the archive holds only {names}")


def limited(made: Screen) -> None:
    """What a system may lack, a home that can be written or a network: the app starts without."""
    home = BARE / HOMES["ada"][1:]
    run("mount", "--bind", str(home), str(home))
    run("mount", "-o", "remount,ro,bind", str(home))
    try:
        window_of(made, "read-only-home", "Phobos$", "phobos", user="ada")
    finally:
        run("umount", str(home))
    words = ("phobos", "--language", "zh_CN")
    window_of(made, "no-network", "Phobos$", *words, user="bob", isolated=True)


def main() -> int:
    """Go through all steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("deb", nargs="?", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the bare system in build/bare")
    given = parser.parse_args()
    deb = given.deb or next(iter(sorted((ROOT / "build").glob("phobos_*.deb"))), None)
    if deb is None or not deb.exists():
        sys.exit("there is no package: run `python3 dev.py package` first")
    begun = time.monotonic()

    def step(name: str, work: Callable[[], object]) -> object:
        at = time.monotonic()
        result = work()
        print(f"ok  {name}  ({time.monotonic() - at:.1f} s)", flush=True)
        return result

    try:
        step("a bare Debian", make_bare)
        before = packages()
        needed = run("dpkg-deb", "-f", str(deb), "Depends").strip()
        satisfy = ("satisfy", "--no-install-recommends", needed)
        step("apt installs what it names as dependencies", lambda: apt(*satisfy))
        came = packages() - before
        print(f"    {len(came)} packages: {' '.join(sorted(came))}")
        if any("python" in name for name in came | before):
            sys.exit("Python came along")
        shutil.copy(deb, BARE / "tmp/phobos.deb")
        install = ("install", "--no-install-recommends", "/tmp/phobos.deb")
        step("apt installs it, and nothing more", lambda: apt(*install))
        if packages() - before - came != {"phobos"}:
            sys.exit(f"more came along: {packages() - before - came}")
        run(*inside("phobos", "--version"))
        for name in ("phobos-server", "phobos-xlog", "phobos-net"):
            run(*inside(name, "--help"))
        step("the self-test", lambda: run(*inside("phobos", "--selftest", user="bob")))
        # A desktop has these; the package only recommends them. What they leave is not ours.
        apt("purge", "phobos")
        apt("install", "--no-install-recommends", *DESKTOP)
        files_before = files()
        apt(*install)
        with screen() as made, heard():
            step("two users chat", lambda: chat(made))
            step("an .xlog opens by its MIME type", lambda: xlog(made))
            step("a diagnosis is exported", export)
            step("a home that cannot be written; no keyring; no network", lambda: limited(made))
        step("apt removes it", lambda: apt("purge", "phobos"))
        left = sorted(files() - files_before)
        if left:
            sys.exit("left behind:\n" + "\n".join(left[:40]))
        if not (BARE / HOMES["ada"][1:] / "profile").exists():
            sys.exit("removal took user data")
    finally:
        if not given.keep:
            unmount()
            shutil.rmtree(BARE, ignore_errors=True)
    print(f"all held, {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
