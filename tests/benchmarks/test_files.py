"""The small form of the files' benchmark: SIGKILL of either end and of the server, real files."""

from benchmarks.files import measure

PIECE = 512 * 1024  # bytes of the largest piece
KILLS = 2  # each way
OVERHEAD = 1.02  # of heads and questions


async def test_a_file_is_whole_and_each_kill_costs_a_piece_at_most(tmp_path):
    size = 3_000_000
    found = await measure(tmp_path, size=size, rate=1_000_000, dark=False)
    assert found["whole"] and found["kills"] == 2 * KILLS
    for way in ("up_bytes", "down_bytes"):
        assert size <= found[way] <= size * OVERHEAD + KILLS * PIECE
