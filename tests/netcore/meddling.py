"""An application that acts in the middle of its callbacks."""

from __future__ import annotations

from netcore.callbacks import Callbacks, Decoded


class Meddling(Callbacks):
    """Does ``act`` at the chosen callback, once."""

    def __init__(self, where: str, act) -> None:
        self.where = where
        self.act = act
        self.ends: list[int] = []

    def _maybe(self, where: str) -> None:
        if where == self.where:
            self.where = ""
            self.act()

    def make_sure_authed(self, host, user_id) -> bool:
        self._maybe("auth")
        return True

    def req2buf(self, task, channel, host):
        self._maybe("encode")
        return task.body

    def buf2resp(self, task, body, channel):
        self._maybe("decode")
        return Decoded()

    def on_task_end(self, task, error_type, error_code, profile) -> None:
        self.ends.append(task.task_id)
        self._maybe("end")
