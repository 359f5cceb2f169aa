"""Windows: sleep and wake, idle time by GetLastInputInfo.

Sleep and wake come by PowerRegisterSuspendResumeNotification, which tells them on machines with
Modern Standby too; where that cannot be had, by WM_POWERBROADCAST, which is for classic sleep.

The decisions are ``windows_messages``'s; this is the thin call into the system, importable
elsewhere and startable on Windows alone.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject, Signal

from app.platform.windows_messages import WM_POWERBROADCAST, Power, PowerMessages, idle_seconds

_DEVICE_NOTIFY_CALLBACK = 2  # winuser.h


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_long), ("y", ctypes.c_long))


class Msg(ctypes.Structure):
    """winuser.h's MSG, as Qt hands it to a native event filter."""

    _fields_ = (
        ("hwnd", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("wParam", ctypes.c_size_t),
        ("lParam", ctypes.c_ssize_t),
        ("time", ctypes.c_ulong),
        ("pt", _Point),
    )


class _LastInput(ctypes.Structure):
    _fields_ = (("cbSize", ctypes.c_uint), ("dwTime", ctypes.c_uint))


class _Subscription(ctypes.Structure):
    """DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS."""

    _fields_ = (("callback", ctypes.c_void_p), ("context", ctypes.c_void_p))


class SuspendNotifications(QObject):
    """Hears PBT_APM* from the system's power manager and acts on them on its own thread."""

    _came = Signal(int)  # from the system's thread, so that Qt queues it

    def __init__(self, on_sleep: Callable[[], None], on_wake: Callable[[], None]) -> None:
        super().__init__()
        self._messages = PowerMessages()
        self._acts = {Power.SLEEP: on_sleep, Power.WAKE: on_wake}
        self._came.connect(self.read)
        self._handle = ctypes.c_void_p()
        self._kept: object = None  # what the system calls must not be collected

    def start(self) -> bool:
        """Subscribe; False where the system has no such call (before Windows 8) or refuses."""
        if sys.platform != "win32":
            return False
        kind = ctypes.WINFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)
        callback = kind(self._heard)
        wanted = _Subscription(ctypes.cast(callback, ctypes.c_void_p), None)
        try:
            register = ctypes.windll.powrprof.PowerRegisterSuspendResumeNotification
            register.argtypes = (ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p)
            failed = register(
                _DEVICE_NOTIFY_CALLBACK, ctypes.byref(wanted), ctypes.byref(self._handle)
            )
        except (OSError, AttributeError):
            return False
        if failed:
            return False
        self._kept = (callback, wanted)
        return True

    def stop(self) -> None:
        """Unsubscribe."""
        if sys.platform == "win32" and self._kept is not None:
            unregister = ctypes.windll.powrprof.PowerUnregisterSuspendResumeNotification
            unregister.argtypes = (ctypes.c_void_p,)
            unregister(self._handle)
            self._kept = None

    def _heard(self, _context: int | None, kind: int, _setting: int | None) -> int:
        self._came.emit(kind)
        return 0

    def read(self, kind: int) -> None:
        """Act on one notification; apart from the call so that recorded ones can be fed in."""
        meaning = self._messages.read(WM_POWERBROADCAST, kind)
        if meaning is not None:
            self._acts[meaning]()


class PowerFilter(QAbstractNativeEventFilter):
    """Sees every native message of the app's top-level windows and picks the power ones."""

    def __init__(self, on_sleep: Callable[[], None], on_wake: Callable[[], None]) -> None:
        super().__init__()
        self._messages = PowerMessages()
        self._acts = {Power.SLEEP: on_sleep, Power.WAKE: on_wake}

    def start(self) -> None:
        """Begin to filter the application's native events."""
        application = QCoreApplication.instance()
        assert application is not None
        application.installNativeEventFilter(self)

    def stop(self) -> None:
        """End filtering."""
        application = QCoreApplication.instance()
        if application is not None:
            application.removeNativeEventFilter(self)

    def nativeEventFilter(
        self, event_type: QByteArray | bytes | bytearray | memoryview[int], message: int
    ) -> tuple[bool, int]:
        """Qt's call for each message; never swallows one."""
        name = event_type.data() if isinstance(event_type, QByteArray) else event_type
        if bytes(name) in (b"windows_generic_MSG", b"windows_dispatcher_MSG"):
            native = Msg.from_address(int(message))
            self.read(native.message, native.wParam)
        return False, 0

    def read(self, message: int, wparam: int) -> None:
        """Act on one message; apart from the filter so that recorded messages can be fed in."""
        meaning = self._messages.read(message, wparam)
        if meaning is not None:
            self._acts[meaning]()


def idle() -> float | None:
    """Seconds since the last input in this session; None if the system does not say."""
    if sys.platform != "win32":
        return None
    info = _LastInput(ctypes.sizeof(_LastInput), 0)
    if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(info)):
        return None
    return idle_seconds(ctypes.windll.kernel32.GetTickCount(), info.dwTime)
