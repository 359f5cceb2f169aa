"""Takes out of text and JSON what says who somebody is, what they wrote, and what lets one in.

Two ways, both always: what this profile is known to hold (:class:`Secrets`: every name, message
text and token in it, found wherever it stands), and what looks like a secret (``password=...``,
long random words, network addresses, e-mail addresses).

========  ===============================================  ==========================
category  found                                            becomes
========  ===============================================  ==========================
names     people, accounts, this machine and its user      ``[name-1]``, numbered
texts     messages: any four words in a row, any           ``[text]``
          shorter message, any word that Phobos itself
          does not say
tokens    the log-in's token, what is called a token or    ``[secret]``
          secret, long random words
addresses every host that the profile knows of, whatever   ``[address-1]``, numbered
          looks like one, IP, MAC and e-mail addresses;
          but not this machine's own (127.0.0.1, ::1)
========  ===============================================  ==========================

Passwords are taken out whatever was chosen to be kept. A name or an address has the same number
everywhere in one export, so that it can still be followed. Words are compared without regard to
case, spaces and punctuation, and read through the usual encodings (``%20``, ``\\u6b27``, ``\\xe6``,
``&#27431;``, Punycode, separate accents): a text in which something is to go is given decoded.
"""

from __future__ import annotations

import base64
import getpass
import ipaddress
import json
import platform
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from app.diagnostics.hosts import LIKE_HOST, OWN, PUBLIC, forms, is_host

SECRET, TEXT, HOME = "[secret]", "[text]", "[home]"
SHINGLE = 4  # words in a row that give a message away

# Values of JSON objects whose key says what they are.
_KEYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("host", "hosts", "ip", "address", "addresses", "local_ip", "gateway"), "address"
    ),
    **dict.fromkeys(("name", "user", "user_id", "account", "sender", "members"), "name"),
    **dict.fromkeys(("token", "password", "secret", "authorization", "cookie"), "secret"),
    **dict.fromkeys(("text", "body", "message"), "text"),
}
_PUBLIC_KEYS = frozenset({"fingerprint", "sha256", "event", "schema", "id"})
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
# A word, one Chinese character, or one symbol beyond ASCII such as an emoji.
_TOKEN = re.compile(rf"[^\W_{_CJK}]+|[{_CJK}]|[^\s\w\x00-\x7f]")
_PASSWORD = re.compile(
    r"(?i)(\bpass(?:word|wd|phrase)?[\"']?\s*[:=]\s*)(\"[^\"\n]*\"|'[^'\n]*'|[^\n]+)"
)
_KEYED = re.compile(
    r"(?i)(\b(?:secret|token|authorization|api[_-]?key|cookie|credentials?)[\"']?\s*[:=]\s*)"
    r"((?:bearer|basic)\s+)?(\[secret\]|\"[^\"\n]*\"|'[^'\n]*'|[^\s,;)\]}]+)"
)
_KEY_WORDS = ("secret", "token", "auth", "api", "cookie", "credential", "bearer", "basic")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_RANDOM = re.compile(r"(?<![\w+-])(?=[\w+-]*\d)(?=[\w+-]*[A-Za-z])[\w+-]{24,}={0,2}(?![\w+-])")
_HEX = re.compile(r"(?<![\w])(?:[0-9a-fA-F]{2}){4,}(?![\w])")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL_HOST = re.compile(
    r"(?i)\b([a-z][a-z0-9+.-]*://)(?:[^\s/@]*@)?(\[[0-9a-f:.%]+\]|[^\s/:?#\[\]]+)"
)
_MAC = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?![\w:])")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{1,4}|\d{1,3}(?:\.\d{1,3}){3})?"
    r"(?:%\w+)?(?![\w:])"
)


@dataclass(frozen=True, slots=True)
class Keep:
    """What the person ticked: those categories stay in the export as they are."""

    names: bool = False
    texts: bool = False
    tokens: bool = False
    addresses: bool = False

    @classmethod
    def of(cls, names: Iterable[str]) -> Keep:
        """The categories named; raises ValueError for one that there is not."""
        known = {each.name for each in fields(cls)}
        chosen = set(names)
        if chosen - known:
            wrong = ", ".join(sorted(chosen - known))
            raise ValueError(f"{wrong} cannot be kept; give some of {', '.join(sorted(known))}")
        return cls(**dict.fromkeys(chosen, True))


@dataclass(slots=True)
class Secrets:
    """What a profile is known to hold: :func:`app.diagnostics.profile_secrets.secrets_of`."""

    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    passwords: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)  # files that may hold more, and were not readable

    @classmethod
    def of_machine(cls) -> Secrets:
        """The names of this machine and its user."""
        found = cls()
        try:
            found.names.add(getpass.getuser())
        except (OSError, KeyError, ImportError):
            pass  # a user without a name
        found.names.add(platform.node())
        found.names -= {"", "root", "localhost"}
        return found


def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared."""
    return tuple(word.casefold() for word in _TOKEN.findall(text))


class Redactor:
    """Redacts for one export. Not for several threads at once."""

    def __init__(
        self,
        secrets: Secrets,
        keep: Keep | None = None,
        common: frozenset[str] = frozenset(),
        modules: frozenset[str] = frozenset(),
    ) -> None:
        """``common`` are words that are no secret, in lower case, ``modules`` the names of our own
        modules (see ``vocabulary``).
        """
        self._common, self._modules = common, modules
        self.keep = keep or Keep()
        self._numbers: dict[tuple[str, str], int] = {}
        self._exact = self._exact_forms(secrets)
        self._names = set[tuple[str, ...]]()
        self._phrases = set[tuple[str, ...]]()
        if not self.keep.names:
            self._names = {found for name in secrets.names if (found := tokens_of(name))}
        if not self.keep.texts:
            for text in secrets.texts:
                self._learn(tokens_of(text), common)
        lengths = {len(phrase) for phrase in self._names | self._phrases}
        self._lengths = sorted(lengths, reverse=True)
        self._heads = {phrase[0] for phrase in self._names | self._phrases}
        # Each form of a host, and the host that it has its number by.
        self._host_of = {form: host for host in secrets.hosts for form in forms(host)}
        ordered = sorted(self._host_of, key=len, reverse=True)
        self._hosts = (
            re.compile(
                rf"(?i)(?<![.-])(?<![^\W_])(?:{'|'.join(map(re.escape, ordered))})(?![^\W_]|-)"
            )
            if ordered
            else None
        )
        home = str(Path.home())
        self._home = home if len(home) > 1 and home != "/root" else ""

    def _exact_forms(self, secrets: Secrets) -> list[str]:
        kept = secrets.passwords if self.keep.tokens else secrets.passwords | secrets.tokens
        forms: set[str] = set()
        for secret in kept:
            data = secret.encode("utf-8", "surrogatepass")
            forms |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], data.hex()}
            forms.add(base64.b64encode(data).decode().rstrip("="))
        return sorted((form for form in forms if form), key=len, reverse=True)

    def _learn(self, words: tuple[str, ...], common: frozenset[str]) -> None:
        if len(words) <= SHINGLE:
            if not all(word in common for word in words) or len(words) == SHINGLE:
                self._phrases.add(words)
        else:
            for start in range(len(words) - SHINGLE + 1):
                self._phrases.add(words[start : start + SHINGLE])
        for word in words:
            if len(word) >= (6 if word.isdecimal() else 4) and word not in common:
                self._phrases.add((word,))

    # -- text -----------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """``text`` without what is to be redacted."""
        plain = decoded(text)
        if plain != text:
            clean = self._text(plain)
            if clean != plain:
                return clean
        return self._text(text)

    def _text(self, text: str) -> str:
        for form in self._exact:
            if form in text:
                text = text.replace(form, SECRET)
        lower = text.lower()
        if "pass" in lower:
            text = _PASSWORD.sub(_after_key, text)
        if not self.keep.tokens and any(word in lower for word in _KEY_WORDS):
            text = _KEYED.sub(_after_key, text)
            text = _BEARER.sub(lambda found: f"{found[1]} {SECRET}", text)
        text = _HEX.sub(self._decoded(_unhex), text)
        if not self.keep.tokens:
            text = _RANDOM.sub(SECRET, text)
        if self._home and not self.keep.names:
            text = text.replace(self._home, HOME)
        if not self.keep.addresses:
            text = self._without_addresses(text)
        return self._without_words(text)

    def _decoded(self, decode: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
        """Looks into encoded text: where there is something to redact in it, all of it goes."""

        def replace(found: re.Match[str]) -> str:
            plain = decode(found[0])
            return TEXT if plain and self._without_words(plain) != plain else found[0]

        return replace

    def _without_words(self, text: str) -> str:
        if not self._lengths:
            return text
        pieces = _MARK.split(text)  # what is redacted already stays as it is
        marks = _MARK.findall(text)
        pieces = [self._piece(piece) for piece in pieces]
        whole = pieces[0] + "".join(m + p for m, p in zip(marks, pieces[1:], strict=True))
        return _REPEATED.sub(TEXT, whole)

    def _piece(self, text: str) -> str:
        places = list(_TOKEN.finditer(text))
        words = [place[0].casefold() for place in places]
        out: list[str] = []
        end = 0  # of what is in `out` already
        covered = 0  # the word behind the last one that is to go
        for at, word in enumerate(words):
            if word in self._heads:
                for length in self._lengths:
                    phrase = tuple(words[at : at + length])
                    name = phrase in self._names
                    if name or phrase in self._phrases:
                        if at >= covered:
                            out.append(text[end : places[at].start()])
                            known = self._numbered("name", " ".join(phrase)) if name else TEXT
                            out.append(known)
                        covered = max(covered, at + len(phrase))
                        break
            if at < covered:
                end = places[at].end()
        out.append(text[end:])
        return "".join(out)

    def _without_addresses(self, text: str) -> str:
        if "://" in text:
            text = _URL_HOST.sub(lambda found: found[1] + self.address(found[2]), text)
        if "@" in text:
            text = _MAIL.sub(lambda found: self._numbered("address", found[0]), text)
        if self._hosts is not None:
            text = self._hosts.sub(lambda found: self.address(found[0]), text)
        if "." in text:
            text = LIKE_HOST.sub(self._like_host, text)
        text = _MAC.sub(lambda found: self._numbered("address", found[0]), text)
        if text.count(".") >= 3:
            text = _IPV4.sub(lambda found: self._ip(found[0]), text)
        if text.count(":") >= 2:
            text = _IPV6.sub(lambda found: self._ip(found[0]), text)
        return text

    def _like_host(self, found: re.Match[str]) -> str:
        name = found[0]
        return self.address(name) if is_host(name, self._common, self._modules) else name

    def _ip(self, text: str) -> str:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return text
        if address.is_loopback or address.is_unspecified:
            return text
        return self.address(text)

    def address(self, text: str) -> str:
        """A host or address as a whole."""
        bare = text.strip("[]")
        if self.keep.addresses or bare in PUBLIC or bare in OWN:
            return text
        if bare.startswith("127.") or bare == "::1" or _MARK.fullmatch(text):
            return text
        return self._numbered("address", self._host_of.get(bare.casefold(), bare))

    def _numbered(self, kind: str, value: str) -> str:
        key = (kind, value.casefold())
        if key not in self._numbers:
            self._numbers[key] = 1 + sum(1 for known, _ in self._numbers if known == kind)
        return f"[{kind}-{self._numbers[key]}]"

    # -- JSON -----------------------------------------------------------------------------------

    def json(self, value: Any, key: str = "") -> Any:
        """A JSON value without what is to be redacted; keys of objects are looked at as well."""
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): self.json(each, str(name)) for name, each in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.json(each, key) for each in value]
        if not isinstance(value, str) or not value or key in _PUBLIC_KEYS:
            return value
        kind = _KEYS.get(key.casefold(), "")
        if kind == "secret" and not (self.keep.tokens and key != "password"):
            return SECRET
        if kind == "address":
            return self.text(self.address(value))
        if kind == "name" and not self.keep.names:
            return self._numbered("name", " ".join(tokens_of(value)))
        if kind == "text" and not self.keep.texts:
            return TEXT
        return self.text(value)


_MARK = re.compile(r"\[(?:name|address)-\d+\]|\[(?:secret|text|home)\]")
_REPEATED = re.compile(r"\[text\](?:[^\w\n\[\]]{0,3}\[text\])+")


_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_BACKSLASH = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}")
_ENTITY = re.compile(r"&#(?:x[0-9a-fA-F]{1,6}|\d{1,7});")
_PUNYCODE = re.compile(r"(?i)\bxn--[a-z0-9-]{1,59}")
_ROUNDS = 3  # of encodings in one another that are looked through


def decoded(text: str) -> str:
    """``text`` without the encodings that a name may hide in; itself where there are none."""
    for _ in range(_ROUNDS):
        before = text
        if "%" in text:
            text = _PERCENT.sub(lambda found: unquote(found[0]), text)
        if "\\" in text:
            text = _BACKSLASH.sub(_unescaped, text)
        if "&#" in text:
            text = _ENTITY.sub(lambda found: unescape(found[0]), text)
        if "xn--" in text.casefold():
            text = _PUNYCODE.sub(_unpuny, text)
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if text == before:
            break
    return text


def _unescaped(found: re.Match[str]) -> str:
    escape = found[0]
    if escape[1] == "x":
        return bytes.fromhex(escape.replace("\\x", "")).decode("utf-8", "replace")
    code = int(escape[2:], 16)
    return escape if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def _unpuny(found: re.Match[str]) -> str:
    try:
        return found[0][4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return found[0]


def _after_key(found: re.Match[str]) -> str:
    value = found[found.lastindex or 0]
    closing = value[0] if value[:1] in "\"'" else ""
    return f"{found[1]}{closing}{SECRET}{closing}"


def _unhex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode()
    except ValueError:
        return ""
