"""Make the dump of a store as an earlier version of the server wrote it, for test_migrations.

Run with the earlier version's source first on the path, from a checkout of it:

    PYTHONPATH=OLD_CHECKOUT python tests/app/server/make_old_store.py > store_format_1.sql
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Two accounts, a log-in, and the old schema around them, as SQL with the format's number."""
    from app.server.accounts import Accounts
    from app.server.database import FILE_NAME, Database

    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder))
        accounts = Accounts(database)
        account = accounts.add("Ada", "hash of Ada's")
        accounts.add("Bob", "hash of Bob's")
        accounts.log_in(account, "laptop")
        database.close()
        with contextlib.closing(sqlite3.connect(Path(folder) / FILE_NAME)) as file:
            file.executescript(
                "INSERT INTO conversations (id, kind, title, last_seq, revision)"
                " VALUES ('c0', 2, 'Tea', 2, 2);"
                "INSERT INTO members (conversation_id, account_id) VALUES ('c0', 1), ('c0', 2);"
                "INSERT INTO messages (conversation_id, seq, account_id, sender, client_id, text,"
                " time_ms) VALUES ('c0', 1, 1, 'Ada', 'm1', 'one', 1), ('c0', 2, 2, 'Bob', 'm2',"
                " '二', 2);"
                "UPDATE meta SET value = 2 WHERE key = 'revision';"
            )
            for line in file.iterdump():
                sys.stdout.write(line + "\n")
            (number,) = file.execute("PRAGMA user_version").fetchone()
            sys.stdout.write(f"PRAGMA user_version = {number};\n")


if __name__ == "__main__":
    main()
