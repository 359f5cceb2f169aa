"""The search in a store of a million messages: ``python -m benchmarks.search [MESSAGES]``.

Prints, for each kind of question, the median and the longest of 20 answers in milliseconds, the
time that a row takes to be written with its index, and what the store and the index take on
the disk. Half of the messages are English, half Chinese; the words follow Zipf's law.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app.chat.model import Account
from app.chat.proto import chat_pb2 as pb
from app.chat.search import SearchFilter, register
from app.chat.store import Store

CONVERSATIONS = 2000
BATCH = 50_000  # rows of one transaction
RUN = 500  # rows of one conversation after another
REPEATS = 20


def _words(rng: random.Random) -> list[str]:
    letters = "etaoinshrdlucmfwypvbgk"
    return ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(30_000)]


def _texts(rng: random.Random, number: int) -> list[str]:
    words = _words(rng)
    han = [chr(0x4E00 + n) for n in range(3000)]
    rng.shuffle(han)
    ranks = list(itertools.accumulate(1 / (n + 1) for n in range(len(words))))
    han_ranks = list(itertools.accumulate(1 / (n + 10) for n in range(len(han))))
    texts = []
    for at in range(number):
        if at % 2:
            texts.append(" ".join(rng.choices(words, cum_weights=ranks, k=rng.randint(3, 15))))
        else:
            texts.append("".join(rng.choices(han, cum_weights=han_ranks, k=rng.randint(4, 25))))
    return texts


def main() -> None:
    """Fill a store and ask it."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.sqlite3"
        store = Store(path)
        store.use_account(Account("Ada", "benchmark"))
        names = [f"c{n}" for n in range(CONVERSATIONS)]
        store.put_conversations(
            [pb.ConversationInfo(id=name, members=["Ada", f"Friend {name}"]) for name in names]
        )
        texts = _texts(rng, number)
        db = sqlite3.connect(path)
        register(db)
        began = time.perf_counter()
        db.execute("PRAGMA synchronous = OFF")
        for start in range(0, number, BATCH):
            with db:
                db.executemany(
                    "INSERT INTO messages (account, client_id, conversation_id, seq, sender, text,"
                    " time, state) VALUES (1, ?, ?, ?, ?, ?, ?, 'received')",
                    [
                        (f"{name}:{at}", name, at + 1, f"Friend {name}", texts[at], 1.7e9 + at)
                        for at in range(start, min(start + BATCH, number))
                        for name in (names[at // RUN % CONVERSATIONS],)
                    ],
                )
        db.close()
        took = time.perf_counter() - began
        print(
            f"{number} rows written and indexed: {took:.1f} s, {took / number * 1e6:.0f} us each",
            flush=True,
        )
        common = max(texts[1].split(), key=len)
        last = texts[-1] if number % 2 == 0 else texts[-2]
        two = texts[number // 2 // 2 * 2][:2]
        in_one = SearchFilter(conversation_id=names[0])
        questions = [
            ("one letter", "e", SearchFilter()),
            ("two letters", "th", SearchFilter()),
            ("a word", common, SearchFilter()),
            ("two words", " ".join(last.split()[:2]), SearchFilter()),
            ("two beginnings", "e t", SearchFilter()),
            ("one Chinese character", two[0], SearchFilter()),
            ("two Chinese characters", two, SearchFilter()),
            ("four Chinese characters", texts[number // 4 * 2][:4], SearchFilter()),
            ("nothing", "zzzzqqq", SearchFilter()),
            ("one letter, one conversation", "e", in_one),
            ("one letter, one day", "e", SearchFilter(since=1.7e9 + 1e5, until=1.7e9 + 1.864e5)),
        ]
        ask = store.searcher()
        for what, asked, within in questions:
            times = []
            for _ in range(REPEATS):
                at = time.perf_counter()
                found = ask(asked, within)
                times.append((time.perf_counter() - at) * 1000)
            print(
                f"{what:32} {statistics.median(times):7.1f} ms, longest {max(times):7.1f} ms,"
                f" {len(found)} hits"
            )
        store.close()
        size = path.stat().st_size
        db = sqlite3.connect(path)
        index = db.execute("SELECT sum(length(block)) FROM search_data").fetchone()[0]
        db.close()
        print(f"on the disk: {size / 2**20:.0f} MiB, of which the words {index / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
