"""Why a request is not done: raised by whoever judges it, answered as a typed error."""

from __future__ import annotations

from app.chat.proto import chat_pb2 as pb


class RefusedError(Exception):
    """``code`` goes to the client, the text too (for its log); ``retry_after`` is in seconds."""

    def __init__(self, code: pb.Code, detail: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(detail or pb.Code.Name(code))
        self.code = code
        self.retry_after = retry_after


class UnusableStoreError(Exception):
    """The data folder or the database in it cannot be used; the message says why."""
