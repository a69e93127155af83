"""The diary's SQLite file: how it is opened, and its tables. Blocking; used in worker threads only."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.diary.entries import DiaryDown

BUSY_S = 2.0  # how long a write waits for another call's write; below the diary's deadline

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS appointments (
    id INTEGER PRIMARY KEY,
    starts_at INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    number TEXT,
    call_id TEXT NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0,
    booked_at REAL NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS one_appointment_a_slot ON appointments (starts_at) WHERE NOT cancelled;
CREATE TABLE IF NOT EXISTS acts (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    act TEXT NOT NULL,
    meaning TEXT NOT NULL,
    appointment_id INTEGER NOT NULL REFERENCES appointments (id),
    starts_at INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    before INTEGER
);
CREATE INDEX IF NOT EXISTS acts_of_a_call ON acts (call_id, id);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    meaning TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    number TEXT,
    at REAL NOT NULL,
    UNIQUE (call_id, meaning)
);
"""


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction, alone among writers; committed to the disk when the block ends, undone when it raises.

    WAL with synchronous=FULL (https://sqlite.org/pragma.html#pragma_synchronous): what was answered survives a killed
    process and a power cut. The file and its folder are for this user only. Raises DiaryDown for whatever SQLite or the
    file system say.
    """
    try:
        _create(path)
        with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as db:
            _write_ahead(db)
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")
            try:
                _prepare(db)
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
    except (sqlite3.Error, OSError) as e:
        raise DiaryDown(f"{type(e).__name__}: {e}") from e


def _create(path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _write_ahead(db: sqlite3.Connection) -> None:
    """SQLite says that a new file which is opened twice at once is locked, and waits for nothing: so we do."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(0.01)


def _prepare(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise DiaryDown(f"the file is of version {version}, newer than {_VERSION}")
    if version < _VERSION:
        for statement in filter(str.strip, _TABLES.split(";")):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
