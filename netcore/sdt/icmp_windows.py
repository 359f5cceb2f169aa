"""Windows's own ICMP calls, which need no administrator (iphlpapi.h, icmpapi.h).

``IcmpSendEcho`` and ``Icmp6SendEcho2`` send one echo with a TTL and block until its answer: a ping
with a large TTL, one hop of a traceroute with a small one. :func:`parse_v4` and :func:`parse_v6`
read the answers' structures and can be tested anywhere; :func:`echo` makes the call, on Windows
alone.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from dataclasses import dataclass

# ipexport.h: IP_STATUS_BASE and what is counted from it.
SUCCESS = 0
_HOP_LIMIT = (11013, 11014)  # IP_TTL_EXPIRED_TRANSIT, IP_TTL_EXPIRED_REASSEM
_TIMED_OUT = 11010  # IP_REQ_TIMED_OUT
_UNREACHABLE = {11002, 11003, 11004, 11005, 11040, 11041, 11042, 11043, 11044, 11045}

_PAYLOAD = b"phobos" + bytes(26)  # as many bytes as ping.exe sends
_SPACE = 512  # bytes for an answer: its structure, the payload, and 8 of an ICMP error
_V6_ADDRESS = struct.Struct("<HI16sI")  # IPV6_ADDRESS_EX, packed: port, flow, address, scope


@dataclass(frozen=True, slots=True)
class EchoAnswer:
    """What came of one echo; ``rtt`` in seconds, ``address`` who answered, "" where nobody did."""

    status: int
    address: str = ""
    rtt: float = 0.0

    @property
    def reached(self) -> bool:
        """The target itself answered."""
        return self.status == SUCCESS

    @property
    def hop(self) -> bool:
        """A router on the way answered: the TTL was used up there."""
        return self.status in _HOP_LIMIT

    @property
    def unreachable(self) -> bool:
        """Somebody said that the target cannot be reached."""
        return self.status in _UNREACHABLE


def parse_v4(answer: bytes) -> EchoAnswer:
    """An ``ICMP_ECHO_REPLY``: address, status, round trip in ms."""
    address, status, milliseconds = struct.unpack_from("=4sII", answer)
    return EchoAnswer(status, socket.inet_ntop(socket.AF_INET, address), milliseconds / 1000.0)


def parse_v6(answer: bytes) -> EchoAnswer:
    """An ``ICMPV6_ECHO_REPLY``: an ``IPV6_ADDRESS_EX``, two bytes of padding, status, ms."""
    _, _, address, _ = _V6_ADDRESS.unpack_from(answer)
    status, milliseconds = struct.unpack_from("=II", answer, 28)
    return EchoAnswer(status, socket.inet_ntop(socket.AF_INET6, address), milliseconds / 1000.0)


def echo(target: str, *, ttl: int = 128, timeout: float = 1.0) -> EchoAnswer:
    """Send one echo to a numeric address and wait for its answer; blocks, so call it guarded.

    Raises OSError where the system has no such call or refuses it (its Windows number is in
    ``winerror``). No answer in ``timeout`` seconds is a status and no error.
    """
    if sys.platform != "win32":
        raise OSError("ICMP by iphlpapi is Windows's")
    from ctypes import wintypes

    class Options(ctypes.Structure):
        """IP_OPTION_INFORMATION."""

        _fields_ = (
            ("Ttl", ctypes.c_ubyte),
            ("Tos", ctypes.c_ubyte),
            ("Flags", ctypes.c_ubyte),
            ("OptionsSize", ctypes.c_ubyte),
            ("OptionsData", ctypes.c_void_p),
        )

    library = ctypes.WinDLL("iphlpapi", use_last_error=True)
    v6 = ":" in target
    create = library.Icmp6CreateFile if v6 else library.IcmpCreateFile
    create.restype = wintypes.HANDLE
    library.IcmpCloseHandle.argtypes = (wintypes.HANDLE,)
    handle = create()
    if handle in (None, ctypes.c_void_p(-1).value):
        raise ctypes.WinError(ctypes.get_last_error())
    options = Options(ttl, 0, 0, 0, None)
    answer = ctypes.create_string_buffer(_SPACE)
    milliseconds = max(1, round(timeout * 1000))
    try:
        if v6:
            call = library.Icmp6SendEcho2
            call.argtypes = (
                *(wintypes.HANDLE, wintypes.HANDLE, ctypes.c_void_p, ctypes.c_void_p),
                *(ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, wintypes.WORD),
                *(ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD),
            )
            count = call(
                *(handle, None, None, None, _sockaddr_v6("::"), _sockaddr_v6(target)),
                *(_PAYLOAD, len(_PAYLOAD), ctypes.byref(options), answer, _SPACE, milliseconds),
            )
        else:
            call = library.IcmpSendEcho
            call.argtypes = (
                *(wintypes.HANDLE, wintypes.DWORD, ctypes.c_char_p, wintypes.WORD),
                *(ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD),
            )
            (number,) = struct.unpack("=I", socket.inet_pton(socket.AF_INET, target))
            count = call(
                *(handle, number, _PAYLOAD, len(_PAYLOAD)),
                *(ctypes.byref(options), answer, _SPACE, milliseconds),
            )
        error = ctypes.get_last_error()
    finally:
        library.IcmpCloseHandle(handle)
    if count:
        return (parse_v6 if v6 else parse_v4)(answer.raw)
    if error == _TIMED_OUT or error in _UNREACHABLE:  # told as the call's error, with no answer
        return EchoAnswer(error)
    raise ctypes.WinError(error)


def _sockaddr_v6(target: str) -> bytes:
    """A ``sockaddr_in6`` for a numeric address, which may name its zone by number."""
    address, _, zone = target.partition("%")
    packed = socket.inet_pton(socket.AF_INET6, address)
    scope = int(zone) if zone.isdecimal() else 0
    return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, packed, scope)
