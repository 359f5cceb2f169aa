"""What our writer writes is read by others: a decoder written from docs/xlog.md alone."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.xlog import minimal
from tests.xlog.samples import DATA, PRIVATE_KEY, PUBLIC_KEY
from tests.xlog.writing import log_files, open_log, text_in
from xlog.appender import Mode
from xlog.format import BlockKind

PRIVATE = bytes.fromhex(PRIVATE_KEY)

WAYS = {
    kind: {
        "codec": kind.codec,
        "mode": Mode.ASYNC if kind.is_async else Mode.SYNC,
        "public_key": PUBLIC_KEY if kind.is_crypt else None,
        "plain_sync": not kind.is_async,
    }
    for kind in BlockKind
}
each_kind = pytest.mark.parametrize("kind", list(BlockKind), ids=lambda kind: kind.name.lower())


def write(folder, kind, lines, **more):
    with open_log(folder, **WAYS[kind], **more) as log:
        for number, line in enumerate(lines):
            log.log(2, "net", line, file="a.py", line=number, function="f")
            if number % 70 == 69:
                log.flush_sync()
    (path,) = log_files(folder)
    return path


def lines_for(kind):
    return [f"message {number} of {kind.name} " + "π" * (number % 9) for number in range(200)]


@each_kind
def test_each_kind_is_written_as_its_magic_says(tmp_path, kind):
    path = write(tmp_path, kind, lines_for(kind))
    found = list(minimal.blocks(path.read_bytes(), PRIVATE))
    assert {magic for magic, _, _ in found} == {kind}
    numbers = [seq for _, seq, _ in found]
    assert numbers == (list(range(1, len(found) + 1)) if kind.is_async else [0] * 200)
    text = b"".join(body for _, _, body in found)
    assert text == text_in(path)
    assert text.count(b"\n") == 200
    for line in lines_for(kind):
        assert f"[{line}\n".encode() in text


@pytest.mark.parametrize("kind", [kind for kind in BlockKind if kind.is_async])
def test_the_growing_block_is_written_the_same(tmp_path, kind):
    path = write(tmp_path, kind, lines_for(kind), layout="mars")
    assert minimal.text(path.read_bytes(), PRIVATE) == text_in(path)
    assert text_in(path).count(b"\n") == 200


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_our_sync_mode_with_a_key_encrypts(tmp_path, codec):
    with open_log(tmp_path, mode=Mode.SYNC, codec=codec, public_key=PUBLIC_KEY) as log:
        for number in range(5):
            log.log(2, "net", f"a secret {number}")
    (path,) = log_files(tmp_path)
    data = path.read_bytes()
    assert b"secret" not in data
    found = list(minimal.blocks(data, PRIVATE))
    assert [magic for magic, _, _ in found] == [
        BlockKind.of(is_async=True, codec=codec, crypt=True)
    ] * 5
    assert [seq for _, seq, _ in found] == [1, 2, 3, 4, 5]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(list(BlockKind)),
    layout=st.sampled_from(["staged", "mars"]),
    level=st.integers(1, 9),
    texts=st.lists(
        st.one_of(st.text(max_size=120), st.integers(1, 90_000).map(lambda size: "x" * size)),
        min_size=1,
        max_size=8,
    ),
)
def test_any_texts_in_any_kind_come_back(tmp_path_factory, kind, layout, level, texts):
    folder = tmp_path_factory.mktemp("round")
    with open_log(folder, **WAYS[kind], layout=layout, compress_level=level) as log:
        for text in texts:
            log.write(text)
    (path,) = log_files(folder)
    expected = b"".join(
        (text if text.endswith("\n") else text + "\n").encode("utf-8", "surrogatepass")
        for text in texts
    )
    assert text_in(path) == expected
    if len(expected) < 5000:  # plain TEA in Python is slow
        assert minimal.text(path.read_bytes(), PRIVATE) == expected


@pytest.mark.parametrize("name", [kind.name.lower() for kind in BlockKind])
def test_the_decoder_of_the_page_reads_mars(name):
    data = (DATA / f"{name}.xlog").read_bytes()
    assert minimal.text(data, PRIVATE) == (DATA / f"{name}.txt").read_bytes()


@each_kind
def test_what_mars_own_decoder_gave_of_our_logs(kind):
    """Recorded once (tests/data/xlog/ours): our writer's logs, and the text that Mars's C decoder
    made of them; ``test_mars_decoder.py`` asks it anew.
    """
    log = DATA / "ours" / f"{kind.name.lower()}.xlog"
    expected = log.with_suffix(".txt").read_bytes()
    assert expected.count(b"\n") == 44
    assert {magic for magic, _, _ in minimal.blocks(log.read_bytes(), PRIVATE)} == {kind}
    assert minimal.text(log.read_bytes(), PRIVATE) == expected
    assert text_in(log) == expected
