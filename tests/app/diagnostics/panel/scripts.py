"""Events as netcore tells them, at moments that the test names."""

from __future__ import annotations

from app.diagnostics.panel.model import PanelModel
from netcore.connect.endpoint import AddressSource
from netcore.engine.task_events import TaskEnded, TaskStarted
from netcore.errors import DisconnectReason, ErrorType
from netcore.links.pending_task import TaskPart, TaskRetry, TaskSent
from netcore.longlink.heartbeat_runner import HeartbeatAnswered, HeartbeatMissed, HeartbeatSent
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.task import MAIN_LONGLINK, Channel, Priority

T0 = 1_795_000_000.0
LINK = MAIN_LONGLINK


def play(*events) -> PanelModel:
    """The model that took in these events, all of which it knew."""
    model = PanelModel()
    for event in events:
        model.take(event, event.at)
    assert model.odd == 0
    return model


def state(at: float, new: LinkState, **more) -> LinkStateChanged:
    fields = {
        "host": "im.example",
        "ip": "10.0.0.1",
        "port": 8081,
        "source": AddressSource.DNS,
        **more,
    }
    return LinkStateChanged(at=at, link=LINK, state=new, **fields)


def up(at: float, rtt: float = 0.03) -> LinkStateChanged:
    return state(at, LinkState.CONNECTED, rtt=rtt)


def down(at: float, reason: DisconnectReason = DisconnectReason.REMOTE_CLOSED):
    return state(at, LinkState.DISCONNECTED, reason=reason, detail="the peer closed it")


def beat(at: float, rtt: float, interval: float = 30.0):
    return (
        HeartbeatSent(
            at=at, link=LINK, interval=interval, actual_interval=interval, answer_due=8.0
        ),
        HeartbeatAnswered(at=at + rtt, link=LINK, rtt=rtt, next_interval=interval),
    )


def missed(at: float, waited: float = 8.0) -> HeartbeatMissed:
    return HeartbeatMissed(at=at, link=LINK, waited=waited)


def started(at: float, task_id: int = 1, cgi: str = "/send", channel: Channel = Channel.LONG):
    name = LINK if channel is Channel.LONG else ""
    return TaskStarted(
        at=at, task_id=task_id, cmdid=7, cgi=cgi, channel=channel, channel_name=name,
        priority=Priority.NORMAL, timeout=60.0,
    )  # fmt: skip


def sent(at: float, task_id: int = 1, *, link: str = LINK, queue: float = 0.0, attempt: int = 1):
    return TaskSent(
        at=at, task_id=task_id, cmdid=7, cgi="/send", link=link, attempt=attempt, size=300,
        queue=queue, first_package_timeout=12.0, read_write_timeout=17.0,
    )  # fmt: skip


def part(at: float, task_id: int = 1, size: int = 400) -> TaskPart:
    return TaskPart(at=at, task_id=task_id, link=LINK, size=size)


def retry(at: float, task_id: int = 1) -> TaskRetry:
    return TaskRetry(
        at=at, task_id=task_id, cgi="/send", link=LINK, error_type=ErrorType.SOCKET,
        error_code=-10090, retries_left=1,
    )  # fmt: skip


def ended(at: float, task_id: int = 1, *, ok: bool = True, **more) -> TaskEnded:
    fields = {
        "cmdid": 7, "cgi": "/send", "channel": Channel.LONG, "channel_name": LINK,
        "error_type": ErrorType.OK if ok else ErrorType.LOCAL, "error_code": 0 if ok else -1,
        "cost": 0.3, "attempts": 1, "queue": 0.0, "first_package": 0.2, "body": 0.0,
        "decode": 0.0, "sent": 300, "received": 900, **more,
    }  # fmt: skip
    return TaskEnded(at=at, task_id=task_id, **fields)
