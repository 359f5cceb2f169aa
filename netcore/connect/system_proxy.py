"""The proxy that this computer is set up with, to reach one host.

Asked in this order; the first that says something decides:

1. the environment (``https_proxy``, ``all_proxy``, ``http_proxy``, ``no_proxy``);
2. on Linux KDE's settings (``kioslaverc``) where KDE runs, else GNOME's (``gsettings``), which most
   other desktops use too; an automatic configuration (PAC) is left to the desktop's own resolver
   (``org.freedesktop.portal.ProxyResolver``);
3. on Windows the registry, on macOS the system configuration, without PAC: there the application
   hands in Qt's finder (``app.platform.system_proxy``), which knows PAC.

Texts are understood by plain functions; only :func:`desktop_proxy` runs programs and reads
files. Everything here may block: call it through :class:`netcore.connect.proxies.Proxies`.
"""

from __future__ import annotations

import ast
import configparser
import ipaddress
import logging
import os
import sys
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from netcore import checking
from netcore.connect.proxy import Proxy
from netcore.errors import ConfigError
from netcore.runtime.tools import output_of

_log = logging.getLogger("netcore.connect.proxies")
_LOCAL = ("localhost", "127.0.0.0/8", "::1")
_GNOME = "org.gnome.system.proxy"


def bypassed(host: str, patterns: Sequence[str]) -> bool:
    """Whether ``host`` is to be reached without a proxy, by a list as in ``no_proxy``.

    A pattern is ``*`` (all), a name (with all below it, with or without a leading dot), an
    address, a network (``10.0.0.0/8``) or ``<local>`` (a name without a dot).
    """
    name = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    for pattern in (each.strip().rstrip(".").lower() for each in patterns):
        if not pattern:
            continue
        if pattern in ("*", name):
            return True
        if address is not None:
            try:
                if address in ipaddress.ip_network(pattern.strip("[]"), strict=False):
                    return True
            except ValueError:
                continue
        elif pattern == "<local>":
            if "." not in name:
                return True
        elif name.endswith("." + pattern.removeprefix("*").removeprefix(".")):
            return True
    return False


def system_proxy(
    host: str,
    *,
    bypass: Sequence[str] = (),
    getproxies: Callable[[], Mapping[str, str]] = urllib.request.getproxies,
    proxy_bypass: Callable[[str], object] = urllib.request.proxy_bypass,
    desktop: Callable[[str], Proxy | None] | None = None,
) -> Proxy | None:
    """The proxy that the environment or the system's settings ask for, to reach ``host``.

    An entry for https is preferred, then one for all, SOCKS and http. ``desktop`` is asked where
    the environment says nothing; by default :func:`desktop_proxy`.

    Raises :class:`~netcore.errors.ConfigError` when the entry cannot be used.
    """
    if bypassed(host, checking.strings("bypass", bypass)) or bypassed(host, _LOCAL):
        return None
    found = getproxies()
    if bypassed(host, found.get("no", "").split(",")) or proxy_bypass(host):
        return None
    url = _preferred(found)
    if url:
        return Proxy.from_url(url)
    return (desktop or desktop_proxy)(host)


def _preferred(found: Mapping[str, str]) -> str:
    urls = (found.get(scheme, "").strip() for scheme in ("https", "all", "socks", "http"))
    return next(filter(None, urls), "")


def desktop_proxy(host: str) -> Proxy | None:
    """What the settings of the Linux desktop say; None elsewhere. Raises ConfigError."""
    if sys.platform != "linux":
        return None
    if "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":"):
        folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        try:
            text = Path(folder, "kioslaverc").read_text("utf-8", "replace")
        except OSError:
            return None
        return from_kde(text, host, resolve=portal_answers)
    return from_gnome(output_of("gsettings", "list-recursively", _GNOME), host, portal_answers)


Resolve = Callable[[str], Sequence[str]]
"""A host to what the desktop's resolver says of it: URLs such as ``http://h:1`` and ``direct://``."""


def from_gnome(text: str, host: str, resolve: Resolve) -> Proxy | None:
    """The proxy in what ``gsettings list-recursively org.gnome.system.proxy`` prints."""
    values: dict[str, Any] = {}
    for line in text.splitlines():
        schema, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        if schema.startswith(_GNOME):
            values[f"{schema.removeprefix(_GNOME).lstrip('.')}.{key}".lstrip(".")] = _variant(value)
    if values.get("mode") == "auto":
        return from_answers(resolve(host))
    ignored = values.get("ignore-hosts") or ()
    if values.get("mode") != "manual" or bypassed(host, [str(each) for each in ignored]):
        return None
    for schema, kind in (("https", "http"), ("socks", "socks5"), ("http", "http")):
        name, port = str(values.get(f"{schema}.host") or ""), values.get(f"{schema}.port")
        if name and port:
            user = password = ""
            if kind == "http" and values.get("http.use-authentication"):
                user = str(values.get("http.authentication-user") or "")
                password = str(values.get("http.authentication-password") or "")
            url = name if "://" in name else f"{kind}://{_bracketed(name)}:{port}"
            found = Proxy.from_url(url)
            return Proxy(found.kind, found.host, found.port, user, password if user else "")
    return None


def _variant(text: str) -> Any:
    """A GVariant in its text form, as far as the proxy's settings need it."""
    words = {"true": True, "false": False, "@as []": []}
    if text in words:
        return words[text]
    try:
        return ast.literal_eval(text.removeprefix("uint32 "))
    except (ValueError, SyntaxError):
        return None


def from_kde(text: str, host: str, resolve: Resolve) -> Proxy | None:
    """The proxy in KDE's ``kioslaverc``."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
        section = dict(parser["Proxy Settings"])
    except (configparser.Error, KeyError):
        return None
    kind = section.get("ProxyType", "0")
    if kind in ("2", "3"):
        return from_answers(resolve(host))
    if kind != "1":  # 4: the environment, which was asked already
        return None
    reverse = section.get("ReversedException", "false").lower() == "true"
    listed = bypassed(host, section.get("NoProxyFor", "").replace(" ", ",").split(","))
    if listed != reverse:
        return None
    for key in ("httpsProxy", "socksProxy", "httpProxy"):
        value = section.get(key, "").strip()
        name, _, port = value.rpartition(" ")  # KDE writes "http://host 3128"
        url = f"{name.rstrip('/')}:{port}" if name and port.isdecimal() else value
        if url and urlsplit(url).hostname:
            return Proxy.from_url(url)
    return None


def from_answers(answers: Iterable[str]) -> Proxy | None:
    """The first way that a resolver names and we can go; None for the direct one.

    Raises :class:`~netcore.errors.ConfigError` when it names others alone.
    """
    problem: ConfigError | None = None
    for answer in answers:
        if answer.startswith("direct:"):
            return None
        try:
            return Proxy.from_url(answer)
        except ConfigError as error:
            problem = error
    if problem is not None:
        raise problem
    return None


def portal_answers(host: str) -> Sequence[str]:
    """What the desktop's own resolver (XDG portal) says, which runs PAC scripts; () for nothing."""
    name = "org.freedesktop.portal"
    text = output_of(
        "gdbus", "call", "--session", f"--dest={name}.Desktop",
        "--object-path=/org/freedesktop/portal/desktop",
        f"--method={name}.ProxyResolver.Lookup", f"https://{_bracketed(host)}/",
    )  # fmt: skip
    try:
        answers = ast.literal_eval(text.strip() or "((),)")[0]
    except (ValueError, SyntaxError, LookupError, TypeError):
        answers = ()
    if not answers:
        _log.warning("the desktop's automatic proxy configuration could not be asked")
    return [str(each) for each in answers]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
