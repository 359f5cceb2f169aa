"""The short link on real sockets: answers of every kind, the pool, time-outs, cancelling."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from netcore.callbacks import Callbacks, ConnectStatus, Decoded, EncodeError
from netcore.connect.sources import EndpointReported
from netcore.core import NetCore
from netcore.engine.task_events import TaskEnded
from netcore.errors import (
    ErrorType,
    FailHandle,
    LocalCode,
    NetcoreError,
    SocketCode,
    TaskCancelledError,
    TaskError,
    TaskRefusedError,
    TaskTimeoutError,
    TimeoutCode,
)
from netcore.events import NetworkKind
from netcore.links.pending_task import TaskPart, TaskRetry, TaskSent
from netcore.policy.timeouts import NetworkTimeouts, TimeoutSettings
from netcore.policy.weak import WeakChanged, WeakSettings
from netcore.policy.zombie import ZombieQueued, ZombieRevived
from netcore.profile import FailStep, TaskProfile
from netcore.settings import PolicySettings
from netcore.shortlink.config import ShortlinkSettings
from netcore.shortlink.link import (
    ShortlinkAnswered,
    ShortlinkConnected,
    ShortlinkConnectFailed,
    ShortlinkStale,
)
from netcore.shortlink.pool import PoolBanned, PoolDropped, PoolReused
from netcore.task import Channel, Priority, Task
from tests.netcore.connect.peers import (
    black_hole,
    gone_back_to,
    hang_up,
    refusing_port,
    says,
    serving,
    silent,
    sockets_of_this_process,
)
from tests.netcore.meddling import Meddling
from tests.netcore.shortlink.cores import HOST, QUICK, running
from tests.netcore.shortlink.peers import http_peer, until


def post(body: bytes = b"hello", **fields) -> Task:
    return Task(cgi="/mars/x", body=body, channel=Channel.SHORT, **fields)


class Ends(Callbacks):
    """Keeps the ends of tasks."""

    def __init__(self) -> None:
        self.ends: list[tuple[Task, ErrorType, int, TaskProfile]] = []

    def on_task_end(self, task, error_type, error_code, profile) -> None:
        self.ends.append((task, error_type, error_code, profile))


# -- answers ------------------------------------------------------------------------------------


async def test_a_request_gets_its_answer_and_its_whole_profile():
    ends = Ends()
    async with http_peer() as peer, running(peer.port, ends) as witness:
        assert await witness.core.request(post()) == b"hello"
        (seen,) = peer.seen
        assert (seen.method, seen.target, seen.body) == ("POST", "/mars/x", b"hello")
        assert seen.headers["host"] == f"{HOST}:{peer.port}"
    ((_, error_type, code, profile),) = ends.ends
    assert (error_type, code, profile.channel) == (ErrorType.OK, 0, Channel.SHORT)
    (attempt,) = profile.attempts
    connect = attempt.connect
    assert connect is not None
    moments = [
        profile.start,
        connect.dns_start,
        connect.dns_end,
        connect.connect_end,
        attempt.send_start,
        attempt.send_end,
        attempt.first_package,
        attempt.last_package,
        profile.end,
    ]
    assert moments == sorted(moments)
    assert all(moments)
    assert (connect.ip, connect.port, connect.index) == (HOST, peer.port, 0)
    assert (attempt.sent_bytes, attempt.received_bytes) == (5, 5)
    assert attempt.step is FailStep.SUCCESS
    (connected,) = witness.of(ShortlinkConnected)
    assert (connected.ip, connected.proxy) == (HOST, "")
    (answered,) = witness.of(ShortlinkAnswered)
    assert (answered.status, answered.size, answered.reused) == (200, 5, False)
    assert [each.link for each in witness.of(TaskSent)] == ["shortlink"]
    assert witness.of(TaskPart)


async def test_a_chunked_answer():
    def answer(seen):
        return 200, {"transfer-encoding": "chunked"}, b"abc" * 1000

    async with http_peer(answer) as peer, running(peer.port) as witness:
        assert await witness.core.request(post()) == b"abc" * 1000


async def test_an_answer_that_ends_with_the_connection():
    raw = b"HTTP/1.0 200 OK\r\n\r\nall of it"
    async with http_peer(lambda seen: raw) as peer, running(peer.port) as witness:
        assert await witness.core.request(post()) == b"all of it"
        assert len(witness.core.shortlink.pool) == 0


async def test_big_bodies_both_ways():
    body = bytes(range(256)) * 16_384  # 4 MiB
    async with http_peer() as peer, running(peer.port) as witness:
        assert await witness.core.request(post(body)) == body
        ended = witness.of(TaskEnded)[0]
        assert (ended.sent, ended.received) == (len(body), len(body))


async def test_many_requests_at_once_each_get_their_own_answer():
    async with http_peer() as peer, running(peer.port) as witness:
        bodies = [str(number).encode() for number in range(200)]
        answers = await asyncio.gather(*(witness.core.request(post(body)) for body in bodies))
        assert answers == bodies
        assert peer.connections <= 200
        assert len(witness.core.shortlink.pool) <= 16


async def test_only_so_many_run_at_once():
    gate = asyncio.Event()
    options = {"shortlink": ShortlinkSettings(max_running=3)}
    async with http_peer(gate=gate) as peer, running(peer.port, **options) as witness:
        works = [witness.core.request(post(b"%d" % number)) for number in range(10)]
        waiting = asyncio.gather(*works)
        await until(lambda: len(peer.seen) == 3)
        urgent = asyncio.gather(witness.core.request(post(b"now", priority=Priority.HIGHEST)))
        await asyncio.sleep(0.05)
        assert len(peer.seen) == 3
        gate.set()
        await waiting
        await urgent
        assert peer.seen[3].body == b"now"


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirection_is_reported_and_not_followed(status):
    def answer(seen):
        return status, {"location": "http://b.example/y"}, b""

    async with http_peer(answer) as peer, running(peer.port) as witness:
        with pytest.raises(TaskError, match=r"was moved to http://b\.example/y") as caught:
            await witness.core.request(post(retry_count=0))
        assert (caught.value.type, caught.value.code) == (ErrorType.HTTP, status)
        assert witness.of(ShortlinkAnswered)[0].location == "http://b.example/y"
        assert peer.connections == 1


async def test_another_status_is_an_error_with_that_code():
    async with http_peer(lambda seen: (503, {}, b"busy")) as peer, running(peer.port) as witness:
        with pytest.raises(TaskError, match="503") as caught:
            await witness.core.request(post(retry_count=1))
        assert (caught.value.type, caught.value.code) == (ErrorType.HTTP, 503)
        assert len(peer.seen) == 2
        (retry,) = witness.of(TaskRetry)
        assert (retry.error_type, retry.error_code) == (ErrorType.HTTP, 503)


async def test_a_retry_may_do_better():
    answers = iter([(500, {}, b""), (200, {}, b"better")])
    async with http_peer(lambda seen: next(answers)) as peer, running(peer.port) as witness:
        assert await witness.core.request(post()) == b"better"


# -- bad peers ----------------------------------------------------------------------------------


async def failure_of(port: int, **changes) -> TaskError:
    async with running(port, **({"policies": QUICK} | changes)) as witness:
        with pytest.raises(TaskError) as caught:
            await witness.core.request(post(retry_count=0))
        return caught.value


async def test_a_refusing_peer():
    error = await failure_of(refusing_port())
    assert (error.type, error.code) == (ErrorType.SOCKET, SocketCode.MAKE_SOCKET_PREPARED)
    assert "refused" in str(error)


async def test_a_black_hole_ends_by_the_tasks_own_time_out():
    with black_hole() as port:
        async with running(port) as witness:
            with pytest.raises(TaskTimeoutError) as caught:
                await witness.core.request(post(total_timeout=0.3))
            assert (caught.value.type, caught.value.code) == (
                ErrorType.LOCAL,
                LocalCode.TASK_TIMEOUT,
            )


async def test_a_name_without_address():
    async with running(1, shortlink_hosts=("no-such-host.invalid",)) as witness:
        with pytest.raises(TaskError, match="no-such-host") as caught:
            await witness.core.request(post(retry_count=0))
        assert (caught.value.type, caught.value.code) == (
            ErrorType.DNS,
            SocketCode.DNS_MAKE_SOCKET_PREPARED,
        )
        assert witness.of(ShortlinkConnectFailed)


async def test_a_peer_that_hangs_up():
    async with serving(hang_up) as port:
        error = await failure_of(port)
        assert error.type is ErrorType.SOCKET


async def test_a_silent_peer():
    async with serving(silent) as port:
        error = await failure_of(port)
        assert isinstance(error, TaskTimeoutError)
        assert (error.type, error.code) == (ErrorType.HTTP, TimeoutCode.FIRST_PACKAGE)
        assert "no byte of an answer within 0.3 s" in str(error)


async def test_half_an_answer_and_then_silence():
    async with serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")) as port:
        error = await failure_of(port)
        assert (error.type, error.code) == (ErrorType.HTTP, TimeoutCode.PACKAGE_PACKAGE)
        assert "0.2 s of silence in the middle" in str(error)


async def test_half_an_answer_and_then_the_end():
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    async with http_peer(lambda seen: raw) as peer:
        error = await failure_of(peer.port)
        assert (error.type, error.code) == (ErrorType.SOCKET, SocketCode.SHUTDOWN)


async def test_a_trickling_peer_ends_by_the_read_write_time_out():
    async def trickle(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    times = NetworkTimeouts(first_package=0.2, package_package=0.2, rate=1024 * 1024.0)
    async with serving(trickle) as port:
        policies = PolicySettings(timeouts=TimeoutSettings(wifi=times))
        error = await failure_of(port, policies=policies)
        assert (error.type, error.code) == (ErrorType.HTTP, TimeoutCode.READ_WRITE)
        assert "no whole answer within" in str(error)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", SocketCode.HTTP_PARSE_STATUS_LINE),
        (bytes(range(200, 256)) * 400, SocketCode.HTTP_PARSE_STATUS_LINE),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", SocketCode.HTTP_SPLIT_HEAD_AND_BODY),
    ],
)
async def test_a_peer_that_speaks_garbage(data, code):
    async with http_peer(lambda seen: data) as peer:
        error = await failure_of(peer.port)
        assert (error.type, error.code) == (ErrorType.HTTP, code)


async def test_an_answer_that_is_too_big():
    limits = ShortlinkSettings(max_body=1000)
    async with http_peer(lambda seen: (200, {}, b"x" * 1001)) as peer:
        error = await failure_of(peer.port, shortlink=limits)
        assert (error.type, error.code) == (
            ErrorType.HTTP,
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        )
        assert "1000 bytes" in str(error)


async def test_a_head_that_is_too_big():
    head = (200, {"x": "y" * 20_000}, b"")
    async with http_peer(lambda seen: head) as peer:
        error = await failure_of(peer.port)
        assert error.type is ErrorType.HTTP


# -- the pool -----------------------------------------------------------------------------------


async def test_connections_are_used_again():
    async with http_peer() as peer, running(peer.port) as witness:
        for number in range(5):
            await witness.core.request(post(b"%d" % number))
        assert peer.connections == 1
        assert len(witness.of(PoolReused)) == 4
        assert [each.reused for each in witness.of(ShortlinkAnswered)] == [False, *[True] * 4]


async def test_a_peer_that_says_close_is_taken_at_its_word():
    def answer(seen):
        return 200, {"connection": "close"}, b""

    async with http_peer(answer) as peer, running(peer.port) as witness:
        await witness.core.request(post())
        await witness.core.request(post())
        assert peer.connections == 2
        assert not witness.of(PoolReused)


async def test_the_tasks_own_header_asks_for_a_close():
    async with http_peer() as peer, running(peer.port) as witness:
        await witness.core.request(post(headers={"Connection": "close"}))
        assert peer.seen[0].headers["connection"] == "close"
        assert len(witness.core.shortlink.pool) == 0


async def test_without_keep_alive_each_request_has_its_own_connection():
    never = ShortlinkSettings(keep_alive=False)
    async with http_peer() as peer, running(peer.port, shortlink=never) as witness:
        await witness.core.request(post())
        await witness.core.request(post())
        assert peer.connections == 2


async def test_a_connection_that_its_peer_closed_while_idle_leaves_the_pool():
    async with http_peer(close_after=True) as peer, running(peer.port) as witness:
        await witness.core.request(post())
        await until(lambda: not len(witness.core.shortlink.pool))
        assert [each.reason for each in witness.of(PoolDropped)] == ["closed"]
        await witness.core.request(post())
        assert not witness.of(ShortlinkStale)


async def test_a_connection_closed_in_the_very_moment_of_reuse_costs_no_retry():
    async def once(reader, writer):
        """Answers the first request of a connection and hangs up on the second."""
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        await reader.read(1)

    async with serving(once) as port, running(port) as witness:
        assert await witness.core.request(post(retry_count=0)) == b"ok"
        assert await witness.core.request(post(retry_count=0)) == b"ok"
        assert len(witness.of(ShortlinkStale)) == 1
        assert len(witness.of(ShortlinkConnected)) == 2
        assert not witness.of(TaskRetry)
        ended = witness.of(TaskEnded)
        assert [each.attempts for each in ended] == [1, 1]


async def test_a_kept_connection_expires():
    soon = ShortlinkSettings(keep_alive_timeout=0.05)
    async with http_peer() as peer, running(peer.port, shortlink=soon) as witness:
        await witness.core.request(post())
        assert len(witness.core.shortlink.pool) == 1
        await until(lambda: not peer.open)
        assert [each.reason for each in witness.of(PoolDropped)] == ["expired"]


async def test_a_peer_that_talks_unasked_is_dropped():
    async def chatty(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with serving(chatty) as port, running(port) as witness:
        await witness.core.request(post())
        await until(lambda: bool(witness.of(PoolDropped)))
        assert len(witness.core.shortlink.pool) == 0


async def test_garbage_on_a_reused_connection_bans_reuse():
    answers = iter([(200, {}, b""), b"garbage\r\n\r\n", (200, {}, b""), (200, {}, b"")])
    async with http_peer(lambda seen: next(answers)) as peer, running(peer.port) as witness:
        for _ in range(3):
            await witness.core.request(post())
        assert len(witness.of(PoolBanned)) == 1
        assert peer.connections == 3
        assert len(witness.core.shortlink.pool) == 0


# -- the application ----------------------------------------------------------------------------


class Coding(Ends):
    def __init__(self, verdicts=()) -> None:
        super().__init__()
        self.verdicts = list(verdicts)
        self.asked: list[tuple[Channel, str]] = []

    def req2buf(self, task, channel, host):
        self.asked.append((channel, host))
        if task.body == b"bad":
            raise EncodeError("no", 77)
        return b"<" + task.body + b">"

    def buf2resp(self, task, body, channel):
        assert channel is Channel.SHORT
        return self.verdicts.pop(0) if self.verdicts else Decoded(server_sequence_id=9)


async def test_the_callbacks_encode_and_decode():
    coding = Coding()
    async with http_peer() as peer, running(peer.port, coding) as witness:
        task = post()
        assert await witness.core.request(task) == b"<hello>"
        assert coding.asked == [(Channel.SHORT, HOST)]
        assert task.server_sequence_id == 9
        attempt = coding.ends[0][3].attempts[0]
        assert attempt.decode_start <= attempt.decode_end


async def test_a_body_that_cannot_be_encoded_is_never_sent():
    async with http_peer() as peer, running(peer.port, Coding()) as witness:
        with pytest.raises(TaskError) as caught:
            await witness.core.request(post(b"bad"))
        assert (caught.value.type, caught.value.code) == (ErrorType.EN_DECODE, 77)
        assert not peer.connections


async def test_an_undecodable_answer_is_tried_again_and_task_end_is_final():
    coding = Coding([Decoded(FailHandle.DEFAULT, -5), Decoded(FailHandle.TASK_END, -6)])
    async with http_peer() as peer, running(peer.port, coding) as witness:
        with pytest.raises(TaskError) as caught:
            await witness.core.request(post(retry_count=5))
        assert caught.value.code == -6
        assert len(peer.seen) == 2


async def test_a_silent_end_tells_no_callback():
    coding = Coding([Decoded(FailHandle.SILENT_TASK_END, -16)])
    async with http_peer() as peer, running(peer.port, coding) as witness:
        with pytest.raises(TaskError):
            await witness.core.request(post())
        assert not coding.ends


async def test_a_session_time_out_sends_the_task_again_for_nothing():
    coding = Coding([Decoded(FailHandle.SESSION_TIMEOUT, -13)])
    async with http_peer() as peer, running(peer.port, coding) as witness:
        task = post(retry_count=0, need_authed=True)
        assert await witness.core.request(task) == b"<hello>"
        assert len(peer.seen) == 2


class Login(Callbacks):
    authed = False

    def make_sure_authed(self, host, user_id) -> bool:
        return self.authed


async def test_the_login_gate_holds_back_and_touch_opens():
    login = Login()
    async with http_peer() as peer, running(peer.port, login) as witness:
        held = asyncio.gather(witness.core.request(post(need_authed=True)))
        assert await witness.core.request(post(b"open")) == b"open"
        assert [each.body for each in peer.seen] == [b"open"]
        login.authed = True
        witness.core.touch_tasks()
        assert await held == [b"hello"]


async def test_the_login_gate_is_asked_again_by_itself():
    login = Login()
    often = ShortlinkSettings(run_loop=0.02)
    async with http_peer() as peer, running(peer.port, login, shortlink=often) as witness:
        held = asyncio.gather(witness.core.request(post(need_authed=True)))
        await asyncio.sleep(0.05)
        login.authed = True
        assert await held == [b"hello"]


async def test_equal_requests_are_limited_before_they_are_sent():
    async with http_peer() as peer, running(peer.port) as witness:
        for _ in range(105):
            await witness.core.request(post())
        with pytest.raises(TaskRefusedError) as caught:
            await witness.core.request(post())
        assert caught.value.code == LocalCode.ANTI_AVALANCHE
        assert len(peer.seen) == 105


async def test_a_header_that_cannot_be_sent_ends_the_task_with_words():
    async with http_peer() as peer, running(peer.port) as witness:
        with pytest.raises(TaskRefusedError, match="headers of the task") as caught:
            await witness.core.request(post(headers={"X": "a\nb"}, retry_count=5))
        assert caught.value.code == LocalCode.TASK_PARAM
        assert not peer.seen


async def test_a_fault_while_a_request_is_made_leaves_no_connection_open():
    async with http_peer() as peer, running(peer.port) as witness:
        with pytest.raises(TaskError) as caught:
            await witness.core.request(post(headers={"X": 5}, retry_count=5))  # type: ignore
        assert caught.value.code == LocalCode.START_TASK_FAIL
        await until(lambda: peer.connections == 1 and peer.open == 0)
        assert await witness.core.request(post()) == b"hello"


async def test_send_only_has_no_short_link():
    async with http_peer() as peer, running(peer.port) as witness:
        with pytest.raises(TaskRefusedError) as caught:
            await witness.core.request(post(send_only=True))
        assert caught.value.code == LocalCode.CHANNEL_SELECT


# -- long polling -------------------------------------------------------------------------------


async def test_long_polling_waits_beyond_the_first_package_time_out():
    gate = asyncio.Event()
    options = {"policies": QUICK}
    async with http_peer(gate=gate) as peer, running(peer.port, **options) as witness:
        polling = asyncio.gather(
            witness.core.request(post(long_polling=True, long_polling_timeout=30.0))
        )
        await until(lambda: bool(peer.seen))
        await asyncio.sleep(0.6)
        gate.set()
        assert await polling == [b"hello"]


async def test_long_polling_ends_with_its_own_code():
    async with serving(silent) as port, running(port) as witness:
        with pytest.raises(TaskTimeoutError, match=r"nothing to tell within 0\.1 s") as caught:
            await witness.core.request(
                post(long_polling=True, long_polling_timeout=0.1, retry_count=0)
            )
        assert (caught.value.type, caught.value.code) == (ErrorType.HTTP, TimeoutCode.TASK)


# -- hosts and addresses ------------------------------------------------------------------------


async def test_a_dead_address_is_raced_past_and_remembered():
    async with (
        http_peer() as peer,
        running(peer.port, shortlink_hosts=("two.example",), backup_ips={}) as witness,
    ):
        witness.core.sources.new_dns = lambda host, longlink, extra: ("127.0.0.2", HOST)
        loop = asyncio.get_running_loop()
        del loop
        assert await witness.core.request(post()) == b"hello"
        assert peer.seen[0].headers["host"] == f"two.example:{peer.port}"
        connected = witness.of(ShortlinkConnected)[0]
        assert connected.ip == HOST


async def test_the_tasks_own_hosts_come_before_the_settings():
    async with http_peer() as peer, running(peer.port, shortlink_hosts=("a.example",)) as witness:
        witness.core.sources.new_dns = lambda host, longlink, extra: (HOST,)
        await witness.core.request(post(shortlink_hosts=["b.example"]))
        assert peer.seen[0].headers["host"] == f"b.example:{peer.port}"


async def test_a_retry_goes_to_the_next_host_and_to_the_fallback_hosts():
    async with http_peer(lambda seen: (500, {}, b"")) as peer, running(peer.port) as witness:
        witness.core.sources.new_dns = lambda host, longlink, extra: (HOST,)
        with pytest.raises(TaskError):
            await witness.core.request(
                post(shortlink_hosts=["a.example", "b.example"], retry_count=1)
            )
        with pytest.raises(TaskError):
            await witness.core.request(
                post(
                    shortlink_hosts=["a.example"],
                    shortlink_fallback_hosts=["f.example"],
                    retry_count=1,
                )
            )
        hosts = [each.headers["host"].partition(":")[0] for each in peer.seen]
        assert hosts == ["a.example", "b.example", "a.example", "f.example"]


async def test_newdns_is_given_the_tasks_extra_info():
    asked = []

    def new_dns(host, longlink, extra):
        asked.append((host, longlink, dict(extra)))
        return (HOST,)

    async with http_peer() as peer, running(peer.port, shortlink_hosts=("a.example",)) as witness:
        witness.core.sources.new_dns = new_dns
        await witness.core.request(post(extra_info={"k": "v"}))
        assert asked == [("a.example", False, {"k": "v"})]


async def test_a_debug_address_stands_for_every_host():
    async with http_peer() as peer, running(peer.port, shortlink_hosts=("a.invalid",)) as witness:
        witness.core.set_shortlink_address(peer.port, HOST)
        await witness.core.request(post())
        assert peer.seen[0].headers["host"] == f"a.invalid:{peer.port}"


async def test_without_any_host_a_debug_address_is_enough():
    async with http_peer() as peer, running(peer.port, shortlink_hosts=()) as witness:
        witness.core.set_shortlink_address(peer.port, HOST)
        assert await witness.core.request(post()) == b"hello"


async def test_backup_addresses_serve_when_the_name_has_none():
    backup = {"gone.invalid": (HOST,)}
    async with (
        http_peer() as peer,
        running(peer.port, shortlink_hosts=("gone.invalid",), backup_ips=backup) as witness,
    ):
        assert await witness.core.request(post()) == b"hello"


# -- taking back --------------------------------------------------------------------------------


STAGES = ["waiting", "connecting", "sent", "half"]


@pytest.mark.parametrize("how", ["cancel", "stop", "clear", "close"])
@pytest.mark.parametrize("stage", STAGES)
async def test_taking_a_task_back_at_any_stage_leaves_no_socket_open(stage, how):
    with contextlib.ExitStack() as stack:
        async with contextlib.AsyncExitStack() as peers:
            reached = asyncio.Event()

            async def half(reader, writer):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                await writer.drain()
                await reader.read()

            if stage == "connecting":
                port = stack.enter_context(black_hole())
            elif stage == "half":
                port = await peers.enter_async_context(serving(half))
            else:
                port = await peers.enter_async_context(serving(silent))
            before = sockets_of_this_process()
            async with running(port, Login()) as witness:
                core = witness.core
                kinds = {"sent": TaskSent, "half": TaskPart}
                if stage in kinds:
                    core.observer.subscribe(
                        lambda event: reached.set() if type(event) is kinds[stage] else None
                    )
                task = post(need_authed=stage == "waiting")
                waiting = asyncio.gather(core.request(task), return_exceptions=True)
                if stage in kinds:
                    await reached.wait()
                else:
                    await asyncio.sleep(0.02)
                assert core.has_task(task.task_id)
                if how == "cancel":
                    waiting.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await waiting
                elif how == "stop":
                    assert core.stop_task(task.task_id)
                    assert isinstance((await waiting)[0], TaskCancelledError)
                elif how == "clear":
                    core.clear_tasks()
                    assert isinstance((await waiting)[0], TaskCancelledError)
                else:
                    await core.close()
                    assert isinstance((await waiting)[0], TaskCancelledError)
                assert not core.has_task(task.task_id)
                assert len(core.shortlink.tasks) == 0
                await gone_back_to(before)


async def test_cancelling_in_every_turn_of_the_loop_leaves_nothing_open():
    async with http_peer() as peer, running(peer.port) as witness:
        before = sockets_of_this_process()
        ended = 0
        for turns in range(40):
            witness.core.shortlink.pool.clear()
            waiting = asyncio.gather(
                witness.core.request(post(b"%d" % turns)), return_exceptions=True
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            ended += waiting.done()
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
            witness.core.shortlink.pool.clear()
            await gone_back_to(before)
        assert 0 < ended < 40


async def test_reset_ends_every_task_and_tells_so():
    ends = Ends()
    async with serving(silent) as port, running(port, ends) as witness:
        waiting = asyncio.gather(witness.core.request(post()), return_exceptions=True)
        await until(lambda: bool(witness.of(TaskSent)))
        await witness.core.reset()
        (error,) = await waiting
        assert isinstance(error, TaskCancelledError)
        assert [(each[1], each[2]) for each in ends.ends] == [(ErrorType.LOCAL, LocalCode.RESET)]


async def test_a_task_with_time_left_rests_and_is_sent_again_when_the_server_answers():
    status = [500]
    async with (
        http_peer(lambda seen: (status[0], {}, seen.body)) as peer,
        running(peer.port) as witness,
    ):
        parked = asyncio.gather(
            witness.core.request(post(b"rests", retry_count=0, total_timeout=60.0))
        )
        await until(lambda: bool(witness.of(ZombieQueued)))
        status[0] = 200
        await witness.core.request(post(b"works"))
        assert await parked == [b"rests"]
        assert witness.of(ZombieRevived)


async def test_redo_sends_it_again_on_a_new_connection():
    gate = asyncio.Event()
    async with http_peer(gate=gate) as peer, running(peer.port) as witness:
        waiting = asyncio.gather(witness.core.request(post()))
        await until(lambda: len(peer.seen) == 1)
        witness.core.redo_tasks()
        await until(lambda: len(peer.seen) == 2)
        gate.set()
        assert await waiting == [b"hello"]
        assert peer.connections == 2


async def test_another_network_voids_what_belongs_to_the_old_one():
    gate = asyncio.Event()
    async with http_peer(gate=gate) as peer, running(peer.port) as witness:
        core = witness.core
        core.network_changed(NetworkKind.WIFI, "one")
        gate.set()
        await core.request(post(b"first"))
        assert len(core.shortlink.pool) == 1
        gate.clear()
        waiting = asyncio.gather(core.request(post()))
        await until(lambda: len(peer.seen) == 2)
        core.network_changed(NetworkKind.WIFI, "two")
        assert len(core.shortlink.pool) == 0
        await until(lambda: len(peer.seen) == 3)
        gate.set()
        assert await waiting == [b"hello"]


async def test_waking_up_sends_running_tasks_again_without_a_retry_less():
    gate = asyncio.Event()
    async with http_peer(gate=gate) as peer, running(peer.port) as witness:
        waiting = asyncio.gather(witness.core.request(post(retry_count=0)))
        await until(lambda: len(peer.seen) == 1)
        witness.core.sleep()
        witness.core.wake()
        await until(lambda: len(peer.seen) == 2)
        gate.set()
        assert await waiting == [b"hello"]


async def test_retry_all_sends_the_users_tasks_again():
    gate = asyncio.Event()
    async with http_peer(gate=gate) as peer, running(peer.port) as witness:
        mine = asyncio.gather(witness.core.request(post(b"mine", user_id="me")))
        other = asyncio.gather(witness.core.request(post(b"other", user_id="you")))
        await until(lambda: len(peer.seen) == 2)
        witness.core.retry_all(user_id="me")
        await until(lambda: len(peer.seen) == 3)
        gate.set()
        assert await mine == [b"mine"]
        assert await other == [b"other"]
        assert sorted(each.body for each in peer.seen) == [b"mine", b"mine", b"other"]


# -- status -------------------------------------------------------------------------------------


async def test_three_errors_in_a_row_mean_that_the_server_fails():
    status = [500]
    async with (
        http_peer(lambda seen: (status[0], {}, b"")) as peer,
        running(peer.port) as witness,
    ):
        for number in range(3):
            with pytest.raises(TaskError):
                await witness.core.request(post(b"%d" % number, retry_count=0))
        assert witness.core.status is ConnectStatus.SERVER_FAILED
        status[0] = 200
        await witness.core.request(post())
        assert witness.core.status is ConnectStatus.CONNECTED


async def test_how_an_address_did_goes_into_the_ranking():
    status = [200]
    async with (
        http_peer(lambda seen: (status[0], {}, b"")) as peer,
        running(peer.port) as witness,
    ):
        await witness.core.request(post())
        status[0] = 500
        with pytest.raises(TaskError):
            await witness.core.request(post(b"other", retry_count=0))
        reports = [(each.address, each.ok) for each in witness.of(EndpointReported)]
        assert reports[0] == (f"{HOST}:{peer.port}", True)
        assert (f"{HOST}:{peer.port}", False) in reports


async def test_a_closed_core_starts_nothing_more():
    async with http_peer() as peer, running(peer.port) as witness:
        core = witness.core
        core.start_task(post())
        await core.close()  # before the turn of the loop in which it would go out
        assert not peer.connections
        with pytest.raises(NetcoreError, match="not running"):
            await core.request(post())


# -- what the application does in the middle ----------------------------------------------------


@pytest.mark.parametrize("where", ["auth", "encode", "decode", "end"])
@pytest.mark.parametrize("what", ["stop", "clear", "start", "redo"])
async def test_a_callback_may_do_anything_to_the_tasks(where, what):
    cores = []
    started = []

    def act() -> None:
        core = cores[0].core
        if what == "stop":
            core.stop_task(task.task_id)
        elif what == "clear":
            core.clear_tasks()
        elif what == "redo":
            core.redo_tasks()
        else:
            started.append(core.start_task(post(b"another")))

    async with http_peer() as peer, running(peer.port, Meddling(where, act)) as witness:
        cores.append(witness)
        task = post(need_authed=True)
        result = (await asyncio.gather(witness.core.request(task), return_exceptions=True))[0]
        if what in ("start", "redo") or where == "end":
            assert result == b"hello"
        else:
            assert isinstance(result, TaskCancelledError)
        for task_id in started:
            await until(lambda task_id=task_id: not witness.core.has_task(task_id))
        assert await witness.core.request(post(b"after")) == b"after"
        assert len(witness.core.shortlink.tasks) == 0


class Spoiling(Callbacks):
    """Stops all tasks as soon as it hears of a network error."""

    core: NetCore

    def on_network_error(self, channel, error_type, error_code, ip, port) -> None:
        assert channel == "shortlink"
        self.core.clear_tasks()


@pytest.mark.parametrize("peer", ["refusing", "silent", "failing"])
async def test_a_callback_may_stop_tasks_when_it_hears_of_an_error(peer):
    spoiling = Spoiling()
    async with contextlib.AsyncExitStack() as stack:
        if peer == "refusing":
            port = refusing_port()
        elif peer == "silent":
            port = await stack.enter_async_context(serving(silent))
        else:
            failing = http_peer(lambda seen: (500, {}, b""))
            port = (await stack.enter_async_context(failing)).port
        witness = await stack.enter_async_context(running(port, spoiling, policies=QUICK))
        spoiling.core = witness.core
        tasks = [witness.core.request(post(b"%d" % number)) for number in range(5)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, TaskCancelledError) for each in results)
        assert len(witness.core.shortlink.tasks) == 0


async def test_a_fault_of_ours_ends_the_task_and_is_logged(caplog):
    async with running(refusing_port()) as witness:
        witness.core.sources.endpoints = None  # what no type checker would let pass
        with pytest.raises(TaskRefusedError) as caught:
            await witness.core.request(post(retry_count=5))
        assert caught.value.code == LocalCode.START_TASK_FAIL
        assert "unforeseen" in caplog.text


# -- weak network -------------------------------------------------------------------------------


async def test_on_a_weak_network_a_second_attempt_overtakes_a_stuck_one():
    stuck = asyncio.Event()

    async def answer(seen):
        if seen.body == b"stuck" and seen.connection == 2:
            await stuck.wait()
        return 200, {}, seen.body

    options = {
        "shortlink": ShortlinkSettings(weak_parallel=0.1, keep_alive=False),
        "policies": PolicySettings(weak=WeakSettings(package_gap=0.02)),
    }
    async with http_peer() as peer, running(peer.port, **options) as witness:

        async def slow(seen):
            await asyncio.sleep(0.05)
            return 200, {}, seen.body

        peer.answer = slow
        await witness.core.request(post(b"slow"))
        assert [each.weak for each in witness.of(WeakChanged)] == [True]
        peer.answer = answer
        assert await witness.core.request(post(b"stuck")) == b"stuck"
        assert [each.body for each in peer.seen] == [b"slow", b"stuck", b"stuck"]
        await until(lambda: peer.open <= 1)  # the peer's stuck handler alone is left
        assert witness.of(TaskEnded)[-1].attempts == 2
        stuck.set()


async def test_a_good_network_waits_for_the_first_attempt():
    gate = asyncio.Event()
    options = {"shortlink": ShortlinkSettings(weak_parallel=0.05)}
    async with http_peer(gate=gate) as peer, running(peer.port, **options) as witness:
        waiting = asyncio.gather(witness.core.request(post()))
        await asyncio.sleep(0.2)
        assert len(peer.seen) == 1
        gate.set()
        assert await waiting == [b"hello"]


async def test_hundreds_of_rounds_leave_nothing_behind():
    async with http_peer() as peer, running(peer.port) as witness:
        for number in range(300):
            await witness.core.request(post(b"%d" % number, headers={"Connection": "close"}))
        assert peer.connections == 300
        await until(lambda: not peer.open)
        assert len(witness.core.shortlink.pool) == 0
        assert len(witness.core.shortlink.tasks) == 0
