"""Archives around a small stand-in for the frozen folder: contents, and the same bytes twice."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import check_reproducible
import debian
import freeze
import pytest
import tarball

ROOT = Path(__file__).resolve().parents[2]
NEEDS_DPKG = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb here")
# Debian 12's Python knows no filters yet, newer ones ask for one.
KEEP = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF files alone")


def frozen(folder: Path, *, age: float, mode: int) -> Path:
    """A stand-in; ``age`` and ``mode`` are what one build may have other than the next."""
    (folder / "lib/PySide6").mkdir(parents=True)
    shutil.copy("/bin/true", folder / "phobos")
    for name in freeze.COMMANDS:
        (folder / name).symlink_to("phobos")
    for name in ("CONTENTS.txt", "THIRD-PARTY-NOTICES.txt", "LICENSE.txt", "lib/PySide6/a.pyc"):
        path = folder / name
        path.write_text(f"{name}\n", "utf-8")
        path.chmod(mode)
        os.utime(path, (age, age))
    (folder / "phobos").chmod(0o755)
    return folder


def made(tmp_path: Path, monkeypatch, number: int, what) -> Path:
    build = tmp_path / f"build {number}"
    folder = frozen(build / "dist", age=1e9 + 1e7 * number, mode=(0o644, 0o600)[number])
    for module in (debian, tarball):
        monkeypatch.setattr(module, "BUILD", build)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    before = os.umask((0o022, 0o077)[number])
    try:
        return what(folder)
    finally:
        os.umask(before)


@LINUX
@pytest.mark.parametrize(
    "what", [tarball.make, pytest.param(debian.make, marks=NEEDS_DPKG)], ids=["tar.gz", "deb"]
)
def test_another_folder_age_and_umask_give_the_same_bytes(tmp_path, monkeypatch, what) -> None:
    one, two = (made(tmp_path, monkeypatch, number, what) for number in (0, 1))
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, two)}
    assert len(digests) == 1, check_reproducible.differences(one, two)


@LINUX
def test_what_differs_in_two_archives_is_named(tmp_path, monkeypatch) -> None:
    one = made(tmp_path, monkeypatch, 0, tarball.make)
    folder = tmp_path / "other"
    with tarfile.open(one) as archive:
        archive.extractall(folder, **KEEP)
    changed = next(folder.glob("*/tree/lib/phobos/lib/PySide6/a.pyc"))
    changed.write_text("something else\n", "utf-8")
    two = tmp_path / "two.tar.gz"
    with tarfile.open(two, "w:gz") as archive:
        for path in sorted(folder.rglob("*")):
            archive.add(path, str(path.relative_to(folder)), recursive=False)
    said = dict(line.split(": ") for line in check_reproducible.differences(one, two))
    assert "content" in said[str(changed.relative_to(folder))]
    assert not any("content" in words for name, words in said.items() if "a.pyc" not in name)


@LINUX
@NEEDS_DPKG
def test_the_deb_installs_nothing_but_files_and_names_what_it_needs(tmp_path, monkeypatch) -> None:
    package = made(tmp_path, monkeypatch, 0, debian.make)
    control = tmp_path / "control"
    subprocess.run(["dpkg-deb", "--control", str(package), str(control)], check=True)
    assert [path.name for path in control.iterdir()] == ["control"]  # no script runs as root
    depends = subprocess.run(
        ["dpkg-deb", "-f", str(package), "Depends"], capture_output=True, text=True, check=True
    ).stdout
    assert "libc6 (>= " in depends
    assert "ca-certificates" in depends
    names = check_reproducible.members(package)
    for name in ("phobos", "phobos-server", "phobos-xlog", "phobos-net"):
        assert f"./usr/bin/{name}" in names
        assert f"./usr/share/man/man1/{name}.1.gz" in names
    for name in (
        "applications/im.phobos.Phobos.desktop",
        "applications/im.phobos.Phobos.viewer.desktop",
        "metainfo/im.phobos.Phobos.metainfo.xml",
        "mime/packages/phobos-mime.xml",
        "icons/hicolor/256x256/apps/im.phobos.Phobos.png",
        "doc/phobos/copyright",
        "doc/phobos/CONTENTS.txt",
        "doc/phobos/THIRD-PARTY-NOTICES.txt",
    ):
        assert f"./usr/share/{name}" in names
    assert all(owner == ("root", "root") for owner in (entry[3:5] for entry in names.values()))


@LINUX
def test_the_libraries_that_a_library_needs_are_read_off_it() -> None:
    assert any(name.startswith("libc.so") for name in freeze.needed_by("/bin/true"))


def test_the_compiled_support_modules_are_those_that_pyside6_would_compile(tmp_path) -> None:
    freeze.compile_signatures(tmp_path / "one")
    freeze.compile_signatures(tmp_path / "two")
    found = sorted(path.relative_to(tmp_path / "one") for path in tmp_path.glob("one/**/*.pyc"))
    assert Path("shibokensupport/signature/loader.pyc") in found
    for name in found:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import shibokensupport.signature.mapping as m, importlib.util as u\n"
        "print(m.__file__, u.find_spec('shibokensupport.signature.loader').origin)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "one")], capture_output=True, text=True
    )
    assert str(tmp_path / "one") in done.stdout, done.stderr


def test_the_icons_hold_every_size(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(freeze, "BUILD", tmp_path)
    freeze.write_icons()
    images = freeze.icon_images()
    assert {16, 32, 48, 256} <= set(images)
    windows, mac = ((tmp_path / f"phobos.{kind}").read_bytes() for kind in ("ico", "icns"))
    assert windows[:6] == b"\x00\x00\x01\x00" + len(images).to_bytes(2, "little")
    assert all(image in windows for image in images.values())
    assert mac[:4] == b"icns"
    assert int.from_bytes(mac[4:8], "big") == len(mac)


@LINUX
@NEEDS_DPKG
def test_the_metadata_name_nobody_and_no_place_that_does_not_exist(tmp_path, monkeypatch) -> None:
    """A builder's own name and address, in the variables of Debian's tools; else none at all."""
    monkeypatch.delenv("DEBEMAIL", raising=False)
    monkeypatch.delenv("DEBFULLNAME", raising=False)
    texts = [read_control(made(tmp_path / "one", monkeypatch, 0, debian.make), tmp_path / "one")]
    texts += [debian.changelog(), freeze.version()]
    texts += [path.read_text("utf-8") for path in (ROOT / "installers/linux").rglob("*.xml")]
    texts += [(ROOT / "pyproject.toml").read_text("utf-8")]
    for text in texts:
        assert "Homepage" not in text and 'type="homepage"' not in text
        assert not re.search(r"[\w.]@[\w.-]+\.[a-z]{2,}", text)
    assert "\nMaintainer: The Phobos developers\n" in texts[0]
    assert debian.changelog().splitlines()[-1].startswith(" -- The Phobos developers <>  ")
    monkeypatch.setenv("DEBFULLNAME", "Ada Lovelace")
    monkeypatch.setenv("DEBEMAIL", "ada@example.org")
    text = read_control(made(tmp_path / "two", monkeypatch, 0, debian.make), tmp_path / "two")
    assert "\nMaintainer: Ada Lovelace <ada@example.org>\n" in text
    assert " -- Ada Lovelace <ada@example.org>  " in debian.changelog()


def read_control(package: Path, folder: Path) -> str:
    subprocess.run(["dpkg-deb", "--control", str(package), str(folder / "control")], check=True)
    return (folder / "control/control").read_text("utf-8")


SCRIPTS = sorted(
    path.name
    for path in (ROOT / "installers").glob("*.py")
    if "interpreter.use(" in path.read_text("utf-8")
)


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory) -> Path:
    """A Python that has nothing but its standard library."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=os.name != "nt", with_pip=False)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def start(python: Path, script: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Start a script with ``where`` in the place of .venv, just far enough to see what it says."""
    environment = {**os.environ, "PHOBOS_VENV": str(where)}
    environment.pop("PYTHONPATH", None)
    command = [str(python), str(ROOT / "installers" / script), "--help"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_says_what_its_python_lacks(bare_python, tmp_path, script) -> None:
    done = start(bare_python, script, tmp_path / "none")
    assert done.returncode == 1
    assert f"{script} needs " in done.stderr
    assert "python3 dev.py setup package" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_goes_on_with_the_python_that_has_what_it_needs(bare_python) -> None:
    assert len(SCRIPTS) >= 10
    done = start(bare_python, "check_deb.py", Path(sys.prefix))
    assert (done.returncode, done.stdout[:6]) == (0, "usage:"), done.stderr
    assert "going on with" in done.stderr
