"""OS signals in, notifications out, behind one small interface.

``signals`` names what an operating system tells us; ``adapter.Adapter`` starts the sources of the
one we run on and calls a :class:`~app.platform.signals.PlatformListener`. ``netlink`` and
``windows_messages`` decide without a clock or a socket. May import Qt and
``netcore``'s vocabulary; nothing else of ``app``.
"""
