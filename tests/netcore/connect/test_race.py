import asyncio
import contextlib
import logging
import random

import pytest

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.race import (
    AttemptEnded,
    AttemptStarted,
    AttemptState,
    AttemptStep,
    RaceEnded,
    RaceSettings,
    RaceStarted,
    mark,
    race,
)
from netcore.connect.tls import TlsSettings, secure_streams
from netcore.errors import CertificateError, ConnectError, ProxyError, TlsError
from netcore.observe import Observer
from tests.netcore.connect import peers
from tests.support.tasks import own_tasks
from tests.support.virtual import run_virtual

QUICK = RaceSettings(interval=0.2, stagger=0.02, timeout=5.0)


def addresses(count):
    return [Endpoint(f"10.0.0.{n}", 80) for n in range(1, count + 1)]


def local(*ports):
    return [Endpoint("127.0.0.1", port) for port in ports]


class Lane:
    """Scripted attempts: seconds until a result, an error, or never."""

    def __init__(self, *script):
        self.script = script
        self.discarded = []
        self.cancelled = []

    async def __call__(self, endpoint):
        number = int(endpoint.ip.rpartition(".")[2])
        seconds, result = self.script[number - 1]
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        if isinstance(result, BaseException):
            raise result
        return result

    def race(self, **options):
        options.setdefault("discard", self.discarded.append)
        return race(addresses(len(self.script)), self, **options)


def test_with_three_of_four_dead_the_shell_takes_one_true_interval_and_a_round_trip():
    async def scene():
        lane = Lane((99, "a"), (99, "b"), (99, "c"), (0.08, "good"))
        began = asyncio.get_running_loop().time()
        result, endpoint, report = await lane.race()
        assert (result, endpoint.ip) == ("good", "10.0.0.4")
        assert asyncio.get_running_loop().time() - began == pytest.approx(2.5 + 0.08)
        assert report.seconds == pytest.approx(2.58)
        assert (report.winner, report.tried) == (3, 4)
        assert [each.ip for each in report.failed] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
        assert sorted(lane.cancelled) == [1, 2, 3]
        assert len(own_tasks()) == 1

    run_virtual(scene())


def test_all_dead_ends_in_an_error_that_says_what_each_address_did():
    async def scene():
        lane = Lane((0.1, OSError(111, "refused")), (99, ""), (0.2, EOFError()))
        reports = []
        with pytest.raises(ConnectError) as caught:
            await lane.race(on_report=reports.append)
        assert caught.value.attempts == (
            ("10.0.0.1:80", "[Errno 111] refused"),
            ("10.0.0.2:80", "no answer within 10 s"),
            ("10.0.0.3:80", "EOFError"),
        )
        assert [each.ip for each in reports[0].failed] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
        assert reports[0].winner is None
        assert len(own_tasks()) == 1

    run_virtual(scene())


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([OSError("x"), TlsError("t")], TlsError),
        ([TlsError("t"), ProxyError("p")], ProxyError),
        ([ProxyError("p"), CertificateError("c", "ab" * 32), OSError("x")], CertificateError),
    ],
)
def test_the_most_telling_error_is_raised(errors, kind):
    async def scene():
        with pytest.raises(kind) as caught:
            await Lane(*[(0.1, each) for each in errors]).race()
        assert len(caught.value.attempts) == len(errors)

    run_virtual(scene())


async def test_no_address_is_an_error_at_once():
    with pytest.raises(ConnectError, match="no address"):
        await race([], peers.echo, discard=print)


def test_a_fault_in_the_attempt_loses_and_is_logged(caplog):
    async def scene():
        with pytest.raises(ConnectError):
            await Lane((0.1, KeyError("a fault of ours"))).race()

    with caplog.at_level(logging.ERROR):
        run_virtual(scene())
    assert "unforeseen" in caplog.text


def test_an_attempt_cancelled_from_within_counts_as_failed():
    async def scene():
        lane = Lane((0.1, asyncio.CancelledError()), (0.1, "good"))
        result, _, report = await lane.race()
        assert result == "good"
        assert report.attempts[0].state is AttemptState.FAILED

    run_virtual(scene())


def test_results_that_come_too_late_are_discarded():
    async def scene():
        discarded = []

        async def stubborn(endpoint):
            if endpoint.ip == "10.0.0.2":
                await asyncio.sleep(0.1)
                return "fast"
            try:
                await asyncio.sleep(99)
            except asyncio.CancelledError:
                return "late"  # it should not, but it may happen to hold a result by then

        result, _, _ = await race(addresses(2), stubborn, discard=discarded.append)
        assert (result, discarded) == ("fast", ["late"])

    run_virtual(scene())


def test_a_loser_that_lingers_holds_the_winner_up_by_a_tenth_of_a_second_at_most():
    async def scene():
        loop = asyncio.get_running_loop()
        discarded = []

        async def lingering(endpoint):
            if endpoint.ip == "10.0.0.2":
                return "fast"
            try:
                await asyncio.sleep(99)
            except asyncio.CancelledError:
                await asyncio.sleep(30)
                return "late"

        began = loop.time()
        result, _, _ = await race(addresses(2), lingering, discard=discarded.append)
        assert result == "fast"
        assert loop.time() - began == pytest.approx(0.25 + 0.1)
        await asyncio.sleep(31)
        assert discarded == ["late"]
        assert len(own_tasks()) == 1

    run_virtual(scene())


@pytest.mark.parametrize("after", [n / 20 for n in range(70)])
def test_cancelled_at_any_moment_nothing_runs_on_and_no_result_is_lost(after):
    async def scene():
        made = set()
        discarded = set()

        async def attempt(endpoint):
            await asyncio.sleep(1.0)
            mark("tcp")
            await asyncio.sleep(1.0 if endpoint.ip == "10.0.0.3" else 99)
            made.add(endpoint.ip)
            return endpoint.ip

        work = asyncio.get_running_loop().create_task(
            race(addresses(4), attempt, discard=discarded.add)
        )
        await asyncio.sleep(after)
        work.cancel()
        try:
            won, _, _ = await work
        except asyncio.CancelledError:
            assert made == discarded
        else:
            assert made - discarded == {won}
        await asyncio.sleep(0)
        assert len(own_tasks()) == 1

    run_virtual(scene())


def test_the_events_draw_the_race():
    async def scene():
        observer, seen = Observer(), []
        observer.subscribe(seen.append)

        async def attempt(endpoint):
            if endpoint.ip == "10.0.0.1":
                raise ConnectError("10.0.0.1:80: refused")
            await asyncio.sleep(0.1)
            mark("tcp")
            await asyncio.sleep(0.1 if endpoint.ip == "10.0.0.2" else 99)
            return endpoint

        await race(addresses(3), attempt, discard=print, observer=observer, label="main")
        assert [type(each) for each in seen] == [
            RaceStarted,
            AttemptStarted,
            AttemptEnded,
            AttemptStarted,
            AttemptStep,
            AttemptEnded,
            RaceEnded,
        ]
        assert seen[0].label == "main"
        assert seen[0].addresses == ("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80")
        assert len({each.race for each in seen}) == 1
        assert (seen[2].state, seen[2].after) == (AttemptState.FAILED, 0.0)
        assert (seen[4].step, seen[4].after) == ("tcp", pytest.approx(0.1))
        assert (seen[5].state, seen[5].after) == (AttemptState.WON, pytest.approx(0.2))
        assert (seen[6].winner, seen[6].seconds) == (1, pytest.approx(0.2))
        assert all(each.as_dict()["event"] == each.name for each in seen)

    run_virtual(scene())


def test_the_losers_are_told_apart_from_the_failed():
    async def scene():
        observer, seen = Observer(), []
        observer.subscribe(seen.append)
        await Lane((99, ""), (0.1, "good")).race(observer=observer)
        ends = {each.index: each.state for each in seen if isinstance(each, AttemptEnded)}
        assert ends == {0: AttemptState.LOST, 1: AttemptState.WON}

    run_virtual(scene())


def test_a_cancelled_race_says_so():
    async def scene():
        observer, seen = Observer(), []
        observer.subscribe(seen.append)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await Lane((99, "")).race(observer=observer)
        assert isinstance(seen[-1], RaceEnded)
        assert (seen[-1].winner, seen[-1].error) == (-1, "cancelled")
        assert seen[-2].state is AttemptState.LOST

    run_virtual(scene())


# ---------------------------------------------------------------------------- real sockets


async def dialled(endpoint):
    return await dial(endpoint)


async def test_three_black_holes_and_one_server_are_won_within_an_interval_and_a_round_trip():
    before = peers.sockets_of_this_process()
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as holes:
        dead = [holes.enter_context(peers.black_hole()) for _ in range(3)]
        async with peers.serving(peers.echo) as port:
            began = loop.time()
            sock, endpoint, report = await race(
                local(*dead, port), dialled, settings=QUICK, discard=lambda sock: sock.close()
            )
            took = loop.time() - began
            assert endpoint.port == port
            assert [each.state for each in report.attempts[:3]] == [AttemptState.LOST] * 3
            # It cannot be won sooner than the fourth may start; how much later is the machine's.
            assert QUICK.interval <= took
            assert report.attempts[3].started >= QUICK.interval
            await loop.sock_sendall(sock, b"alive")
            assert await loop.sock_recv(sock, 10) == b"alive"
            sock.close()
    assert await peers.gone_back_to(before)


async def test_refusing_addresses_cost_no_interval():
    async with peers.serving(peers.echo) as port:
        dead = [peers.refusing_port() for _ in range(3)]
        slow = RaceSettings(interval=30, stagger=30)
        sock, endpoint, report = await race(
            local(*dead, port), dialled, settings=slow, discard=lambda sock: sock.close()
        )
        sock.close()
        assert endpoint.port == port
        assert [each.state for each in report.attempts[:3]] == [AttemptState.FAILED] * 3
        assert report.seconds < 30


async def test_peers_that_are_silent_or_speak_garbage_lose_to_one_that_proves_itself():
    async def proven(endpoint):
        sock = await dial(endpoint)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(sock, b"noop")
            if await loop.sock_recv(sock, 10) != b"noop":
                raise ConnectError("not the answer to a noop")
        except BaseException:
            sock.close()
            raise
        return sock

    before = peers.sockets_of_this_process()
    async with (
        peers.serving(peers.silent) as mute,
        peers.serving(peers.says(b"\xff" * 20)) as garbage,
        peers.serving(peers.hang_up) as rude,
        peers.serving(peers.echo) as good,
    ):
        sock, endpoint, report = await race(
            local(mute, garbage, rude, good),
            proven,
            settings=QUICK,
            discard=lambda sock: sock.close(),
        )
        sock.close()
        assert endpoint.port == good
        assert [each.state for each in report.attempts[:3]] == [
            AttemptState.LOST,
            AttemptState.FAILED,
            AttemptState.FAILED,
        ]
    assert await peers.gone_back_to(before)


async def test_cancelled_at_random_moments_of_dialling_and_tls_it_leaves_no_socket(tmp_path):
    from netcore.connect.certificate import load_or_make

    kept = load_or_make(tmp_path)
    settings = TlsSettings(pins=frozenset({kept.fingerprint}))
    rng = random.Random(4)
    before = peers.sockets_of_this_process()
    finished = 0
    with peers.black_hole() as hole:
        async with peers.serving(peers.echo, kept.context()) as port:

            async def attempt(endpoint):
                return await secure_streams(await dial(endpoint), settings, "localhost")

            def drop(pair):
                pair[1].transport.abort()

            async def connect():
                won, _, _ = await race(
                    local(hole, port, port, port),
                    attempt,
                    settings=RaceSettings(stagger=0.0005),
                    discard=drop,
                )
                drop(won)

            for _ in range(150):
                work = asyncio.get_running_loop().create_task(connect())
                await asyncio.sleep(rng.choice((0, 0.001, 0.002, 0.004, 0.006)))
                for _ in range(rng.randrange(6)):
                    await asyncio.sleep(0)
                finished += work.done()
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
    assert finished < 150  # or nothing was cancelled in flight
    assert await peers.gone_back_to(before)
