"""The way of one request through netcore, module by module (see ``benchmarks.calls``)."""

from __future__ import annotations

from itertools import groupby

from tests.support.calls import Trace, own, traced

SHARED = {"runtime", "profile"}  # called from everywhere: no station of the way


def stations(calls: list[tuple[str, str]]) -> list[str]:
    """The modules in the order of the way, each once."""
    names = [module.removeprefix("netcore.") for module, _ in own(calls)]
    kept = [name for name, _ in groupby(names) if name.split(".")[0] not in SHARED]
    return list(dict.fromkeys(kept))


async def test_a_request_goes_from_the_core_to_the_queue_of_frames_and_its_answer_back():
    found = await traced()
    assert isinstance(found, Trace)
    assert stations(found.out) == [
        "core",
        "engine.task_manager",
        "engine.routing",
        "links.pending_task",
        "engine.longlinks",
        "longlink.managed",
        "longlink.tasks",
        "longlink.dispatch",
        "engine.policies",
        "links.encoding",
        "policy.frequency",
        "longlink.codec",
        "policy.timeouts",
        "longlink.link",
        "longlink.frame_queue",
    ]
    back = stations(found.back)
    assert back[:5] == [
        "links.wire",
        "longlink.link",
        "longlink.managed",
        "connect.endpoint",  # by what the bytes came, for the traffic's count
        "engine.policies",
    ]
    assert back[-1] == "core"
    assert back.index("longlink.codec") < back.index("longlink.tasks")
    assert back.index("longlink.tasks") < back.index("engine.task_manager")
