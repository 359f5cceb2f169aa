"""What is signed in Phobos.app, and how: no codesign is needed to know."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "installers/macos"))
from sign import commands, is_mach_o, mach_o_files


@pytest.mark.parametrize(
    ("head", "mach_o"),
    [
        ("cffaedfe 0c000001", True),  # arm64 and x86_64
        ("cafebabe 00000002", True),  # both in one
        ("cafebabf 00000002", True),
        ("cafebabe 00000034", False),  # a Java class of version 52
        ("7f454c46 02010100", False),
        ("23212f62 696e2f73", False),
        ("", False),
    ],
)
def test_mach_o_files_are_known_by_their_first_bytes(head, mach_o):
    assert is_mach_o(bytes.fromhex(head)) is mach_o


@pytest.fixture
def app(tmp_path):
    library = bytes.fromhex("cffaedfe0c000001") + b"code"
    made = tmp_path / "Phobos.app"
    for name in (
        "Contents/MacOS/phobos",
        "Contents/MacOS/phobos-server",
        "Contents/Frameworks/libpython3.12.dylib",
        "Contents/Frameworks/PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
    ):
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(library)
    (made / "Contents/Info.plist").write_text("<plist/>")
    (made / "Contents/Frameworks/QtCore").symlink_to("PySide6/Qt/lib/QtCore.framework/QtCore")
    return made


def test_every_mach_o_is_found_once_the_deepest_first(app):
    found = [path.name for path in mach_o_files(app)]
    assert found == ["QtCore", "libpython3.12.dylib", "phobos", "phobos-server"]


def test_a_release_is_signed_with_a_time_stamp_inside_out(app, tmp_path):
    made = commands(app, "Developer ID Application: Phobos", tmp_path / "rights.plist")
    signed, verify = made[:-1], made[-1]
    assert all("--timestamp" in each and "runtime" in each for each in signed)
    assert [each[-1].rpartition("/")[2] for each in signed] == [
        *("QtCore", "libpython3.12.dylib", "phobos", "phobos-server", "Phobos.app")
    ]
    assert ["--entitlements" in each for each in signed] == [False, False, True, True, True]
    assert verify[:3] == ["codesign", "--verify", "--strict"]


def test_an_ad_hoc_signature_has_no_time_stamp(app, tmp_path):
    made = commands(app, "-", tmp_path / "rights.plist")[:-1]
    assert all("--timestamp=none" in each for each in made)
