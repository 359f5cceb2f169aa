"""The key ring: named private keys, kept by the system's keyring where there is one.

Without one they are in a file that only its owner may read; :attr:`NamedKeys.place` tells which,
and the window says so plainly.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from netcore.runtime.whole_file import write_whole
from xlog.crypt import KeyPair, parse_private_key
from xlog.errors import XlogError
from xlog.keys import KeyRing

SERVICE = "phobos-logviewer"
_ENTRY = "private-keys"
_NAME_MAX = 80


class KeyStoreError(Exception):
    """The keys could not be read or kept; the message says why. They stay usable this time."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A private key and what its owner calls it."""

    name: str
    private: str

    @property
    def public(self) -> str:
        """The public key as 128 hex digits."""
        return KeyPair.from_private(bytes.fromhex(self.private)).public.hex()

    def __repr__(self) -> str:
        return f"NamedKey({self.name!r})"


class Vault(Protocol):
    """Where one secret text is kept."""

    secure: bool
    place: str

    def read(self) -> str:
        """The text, empty where there is none; raises :class:`KeyStoreError`."""

    def write(self, text: str) -> None:
        """Keep ``text``; raises :class:`KeyStoreError`."""


class Keyring(Protocol):
    """What is asked of a backend of the keyring package; it raises what it likes."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, None where there is none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""


class SystemVault:
    """The operating system's keyring."""

    secure = True

    def __init__(self, backend: Keyring) -> None:
        self._backend = backend
        self.place = str(getattr(backend, "name", type(backend).__name__))

    def read(self) -> str:
        """See :class:`Vault`."""
        try:
            return self._backend.get_password(SERVICE, _ENTRY) or ""
        except Exception as error:  # backends raise what they like
            raise KeyStoreError(str(error) or type(error).__name__) from error

    def write(self, text: str) -> None:
        """See :class:`Vault`."""
        try:
            self._backend.set_password(SERVICE, _ENTRY, text)
        except Exception as error:
            raise KeyStoreError(str(error) or type(error).__name__) from error


class FileVault:
    """A file of mode 0600, written whole or not at all."""

    secure = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = str(path)

    def read(self) -> str:
        """See :class:`Vault`."""
        try:
            return self._path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise KeyStoreError(f"{self._path}: {error}") from error

    def write(self, text: str) -> None:
        """See :class:`Vault`."""
        try:
            write_whole(self._path, text)  # mode 0600
        except OSError as error:
            raise KeyStoreError(f"{self._path}: {error.strerror or error}") from error


def find_vault(folder: Path) -> Vault:
    """The system's keyring if it has a real one, else a file in ``folder``."""
    try:
        import keyring

        backend = keyring.get_keyring()
        if getattr(backend, "priority", 0) >= 1 and backend.get_password(SERVICE, "?") is None:
            return SystemVault(backend)
    except Exception:  # a keyring that cannot be asked is none
        pass
    return FileVault(folder / "keys.json")


Kept = Callable[[str], None]
"""Called when keys were written: with an empty text, or why they could not be."""


class NamedKeys:
    """The keys of a person, in order of names.

    With a way to find the vault in place of one, it is found and read in a thread: a keyring that
    is locked asks its owner first. A caller that needs the keys earlier waits for that, so a window
    asks for them in its jobs.
    """

    def __init__(self, vault: Vault | Callable[[], Vault]) -> None:
        self._keys: dict[str, NamedKey] = {}
        self._error = ""
        self._found: Vault
        self._reading: threading.Thread | None = None
        self._writing: threading.Thread | None = None
        if callable(vault):
            self._reading = threading.Thread(
                target=lambda: self._read(vault()), name="viewer-keys", daemon=True
            )
            self._reading.start()
        else:
            self._read(vault)

    def _read(self, vault: Vault) -> None:
        self._found = vault
        try:
            text = vault.read()
        except KeyStoreError as error:
            self._error = str(error)
            return
        try:
            entries = json.loads(text) if text else {}
        except ValueError:
            self._error = f"{vault.place}: damaged"
            return
        if not isinstance(entries, dict):
            self._error = f"{vault.place}: damaged"
            return
        for name, private in entries.items():
            with contextlib.suppress(XlogError, TypeError, AttributeError):
                self._keys[name] = NamedKey(name, parse_private_key(private).hex())

    def _wait(self) -> None:
        reading = self._reading
        if reading is not None:
            reading.join()
            self._reading = None

    @property
    def _vault(self) -> Vault:
        self._wait()
        return self._found

    @property
    def error(self) -> str:
        """Why the keys could not be read; empty where they could."""
        self._wait()
        return self._error

    def __len__(self) -> int:
        self._wait()
        return len(self._keys)

    @property
    def secure(self) -> bool:
        """Whether the system's keyring has them."""
        return self._vault.secure

    @property
    def place(self) -> str:
        """Where they are kept, in words for people."""
        return self._vault.place

    def all(self) -> list[NamedKey]:
        """Every key, by name."""
        self._wait()
        return sorted(self._keys.values(), key=lambda key: key.name.casefold())

    def ring(self) -> KeyRing:
        """All of them, to be tried on logs."""
        self._wait()
        return KeyRing([key.private for key in self._keys.values()])

    def add(self, name: str, private: str, kept: Kept | None = None) -> NamedKey:
        """Keep a key under ``name`` (made up where it is empty).

        With ``kept`` it is written in a thread, where ``kept`` is told how that ended.

        Raises :class:`xlog.errors.BadPrivateKeyError` for what is no key, and
        :class:`KeyStoreError` where it cannot be kept; then it is usable all the same.
        """
        digits = parse_private_key("".join(private.split())).hex()
        self._wait()
        for known in self._keys.values():
            if known.private == digits and not name.strip():
                return known
        key = NamedKey(self._free_name(name.strip()[:_NAME_MAX], digits), digits)
        self._keys[key.name] = key
        self._write(kept)
        return key

    def remove(self, name: str, kept: Kept | None = None) -> None:
        """Forget a key; raises :class:`KeyStoreError`, or with ``kept`` does as :meth:`add`."""
        self._wait()
        if self._keys.pop(name, None) is not None:
            self._write(kept)

    def _free_name(self, name: str, digits: str) -> str:
        base = name or "key"
        number = 1
        while (taken := self._keys.get(name or f"{base} {number}")) is not None:
            if taken.private == digits:
                break
            number += 1
            name = f"{base} {number}"
        return name or f"{base} {number}"

    def _write(self, kept: Kept | None) -> None:
        text = json.dumps({key.name: key.private for key in self.all()})
        if kept is None:
            self._vault.write(text)
            return
        before = self._writing

        def write() -> None:
            if before is not None:
                before.join()  # the latest is written last
            error = ""
            try:
                self._vault.write(text)
            except KeyStoreError as failed:
                error = str(failed)
            with contextlib.suppress(
                RuntimeError
            ):  # the dialog was closed, and its signals with it
                kept(error)

        # No daemon: a key that was added is kept, also when the program ends now.
        self._writing = threading.Thread(target=write, name="viewer-keys", daemon=False)
        self._writing.start()
