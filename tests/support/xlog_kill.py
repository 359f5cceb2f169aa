"""Kills a logging process again and again and looks whether a call that returned is missing.

``python -m benchmarks.xlog_kill --rounds 200`` goes through all modes, codecs, layouts, with and
without a key. In each round a process logs numbered records of random length and says over a pipe
which calls returned; it is killed (SIGKILL) at a random moment, also while it opens the log and
takes in what the one before left. Every few rounds the folder is opened and closed properly, and
all its files are decoded: each record must be there that was said to have returned, in order, none
twice. A record whose call was under way may be there or not. Prints JSON; exit code 1 if anything
is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from xlog.appender import Appender, AppenderConfig, Mode
from xlog.crypt import KeyPair
from xlog.findings import Finding, FindingKind
from xlog.format import HEADER_SIZE
from xlog.reader import Block, Reader

_NUMBER = re.compile(rb"\]\[#(\d+):(\d+) ")

_CUT = {FindingKind.CUT_SHORT, FindingKind.WRONG_LENGTH, FindingKind.BAD_STREAM}
"""What a line looks like of which a kill let only a part into the file."""

_WRITER = """
import os, random, sys
from tests.support.xlog_kill import Variant, open_log
variant, folder, key, run, start, seed = eval(sys.argv[1])
chance = random.Random(seed)
out = 1
os.write(out, b"o\\n")
log = open_log(Variant(*variant), folder, bytes.fromhex(key))
number = start
while True:
    number += 1
    size = 40_000 if chance.random() < 0.002 else chance.randrange(200)
    if chance.random() < 0.0002:
        size = 200_000
    message = f"#{run}:{number} " + "x" * size
    log.log(5 if chance.random() < 0.001 else 2, "kill", message, file="k.py", line=1, function="f")
    os.write(out, b"%d\\n" % number)
    if chance.random() < 0.0005:
        log.flush_sync()
"""


@dataclass(frozen=True)
class Variant:
    """One way to write."""

    mode: str
    codec: str
    crypt: bool
    layout: str = "staged"
    cache: bool = False

    def config(self, folder: str, public: bytes) -> AppenderConfig:
        """Its settings."""
        return AppenderConfig(
            log_dir=Path(folder) / "log",
            cache_dir=Path(folder) / "cache" if self.cache else None,
            prefix="kill",
            mode=Mode(self.mode),
            codec=self.codec,  # type: ignore[arg-type]
            public_key=public if self.crypt else None,
            layout=self.layout,  # type: ignore[arg-type]
            max_file_size=300_000,
        )


VARIANTS = [
    *(Variant("async", codec, crypt) for codec, crypt in product(("zlib", "zstd"), (False, True))),
    *(Variant("sync", codec, crypt) for codec, crypt in product(("zlib", "zstd"), (False, True))),
    *(
        Variant("async", codec, crypt, "mars")
        for codec, crypt in product(("zlib", "zstd"), (False, True))
    ),
    Variant("async", "zlib", True, "staged", True),
    Variant("async", "zstd", False, "mars", True),
]


def open_log(variant: Variant, folder: str, public: bytes) -> Appender:
    return Appender(variant.config(folder, public))


def kill_once(
    variant: Variant, folder: str, pair: KeyPair, run: int, chance: random.Random
) -> tuple[int, int]:
    """Run a writer and kill it; the last record whose call returned, and the run's number."""
    spec = (
        tuple(vars(variant).values()),
        folder,
        pair.public.hex(),
        run,
        0,
        chance.randrange(1 << 30),
    )
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, repr(spec)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # imports are done
        pause = chance.choice((0.02, 0.1, 0.3)) * chance.random()
        deadline = time.monotonic() + pause
        os.set_blocking(process.stdout.fileno(), False)
        said = bytearray()
        while time.monotonic() < deadline:
            said += _drain(process.stdout.fileno())
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        said += _drain(process.stdout.fileno())
    numbers = [int(line) for line in said.split(b"\n")[:-1]]
    return (numbers[-1] if numbers else 0), run


def _drain(handle: int) -> bytes:
    parts = []
    while True:
        try:
            part = os.read(handle, 1 << 16)
        except BlockingIOError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


def check(
    folder: str, pair: KeyPair, returned: dict[int, int], *, may_be_cut: bool = False
) -> list[str]:
    """What is wrong in the decoded logs; ``returned`` has the last sure record of each run.

    With ``may_be_cut`` a block may be cut short: the line that was being written at a kill.
    """
    seen: dict[int, list[int]] = {run: [] for run in returned}
    wrong = []
    for path in log_files(folder):
        for item in Reader(path, keys=[pair.private]):
            kinds = {finding.kind for finding in findings_of(item)}
            if kinds and may_be_cut and (kinds <= _CUT or item.length < HEADER_SIZE + 1):
                continue
            if not isinstance(item, Block):
                wrong.append(f"{path.name}: {item}")
                continue
            wrong += [f"{path.name}: {finding}" for finding in item.findings]
            for run, number in _NUMBER.findall(item.data):
                seen[int(run)].append(int(number))
    for run, last in returned.items():
        numbers = seen[run]
        if numbers != list(range(1, len(numbers) + 1)):
            wrong.append(f"run {run}: out of order or doubled ({len(numbers)} records)")
        if len(set(numbers)) < last:
            wrong.append(f"run {run}: {last} calls returned, {len(set(numbers))} records are there")
    return wrong


def findings_of(item: Block | Finding) -> tuple[Finding, ...]:
    return item.findings if isinstance(item, Block) else (item,)


def log_files(folder: str) -> list[Path]:
    """In the order of their text: by day and number."""
    found = [*Path(folder).glob("log/*.xlog"), *Path(folder).glob("cache/*.xlog")]
    return sorted(found, key=lambda path: (len(path.name), path.name, path.parent.name == "cache"))


def run_variant(
    variant: Variant, rounds: int, *, seed: int, per_folder: int = 5
) -> tuple[int, int, list[str]]:
    """Kills made, calls that returned, and what was wrong."""
    chance = random.Random(f"{variant} {seed}")
    pair = KeyPair.generate()
    calls, wrong, done = 0, [], 0
    cuts = variant.mode == "sync"
    while done < rounds:
        with tempfile.TemporaryDirectory() as folder:
            returned = {}
            for run in range(min(per_folder, rounds - done)):
                last, _ = kill_once(variant, folder, pair, run, chance)
                returned[run] = last
                calls += last
                done += 1
            open_log(variant, folder, pair.public).close()
            wrong += [
                f"{variant}: {text}" for text in check(folder, pair, returned, may_be_cut=cuts)
            ]
    return done, calls, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200, help="kills over all variants")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    kills = calls = 0
    wrong: list[str] = []
    begun = time.monotonic()
    each, more = divmod(options.rounds, len(VARIANTS))
    for number, variant in enumerate(VARIANTS):
        share = each + (number < more)
        if share:
            made, returned, bad = run_variant(variant, share, seed=options.seed)
            kills, calls, wrong = kills + made, calls + returned, wrong + bad
    report = {
        "kills": kills,
        "variants": len(VARIANTS),
        "calls_returned": calls,
        "seconds": round(time.monotonic() - begun, 1),
        "wrong": wrong,
    }
    print(json.dumps(report, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
