"""The diary's acts inside one transaction. Each is written down with its meaning, so that its repeat is recognised."""

from __future__ import annotations

import sqlite3

from agent.diary import names
from agent.diary.entries import Appointment, Done, Gone, Message, SlotTaken, TooMany, Visitor

MAX_BOOKED = 4  # appointments one call may hold: a family's, and no joker's whole week
MAX_MESSAGES = 5


def repeated(db: sqlite3.Connection, call_id: str, act: str, meaning: str) -> Done | None:
    """What this act did, when it was the last thing this call did and the diary is still as it left it."""
    last = db.execute("SELECT * FROM acts WHERE call_id = ? ORDER BY id DESC LIMIT 1", (call_id,)).fetchone()
    if last is None or last[2:4] != (act, meaning):
        return None
    appointment = _one(db, last[4])
    unchanged = (appointment.starts_at, int(appointment.cancelled)) == last[5:7]
    return Done(appointment, last[7]) if unchanged else None


def book(db: sqlite3.Connection, visitor: Visitor, starts_at: int, reason: str, now: float) -> Done:
    """The slot for this visitor; one they already hold is theirs as it is. Raises SlotTaken, TooMany."""
    row = db.execute("SELECT * FROM appointments WHERE starts_at = ? AND NOT cancelled", (starts_at,)).fetchone()
    if row is not None:
        held = _appointment(row)
        theirs = held.call_id == visitor.call_id or (held.number is not None and held.number == visitor.number)
        if theirs and names.key(held.name) == names.key(visitor.name):
            return Done(held)
        raise SlotTaken
    counted = "SELECT count(*) FROM appointments WHERE call_id = ? AND NOT cancelled"
    if db.execute(counted, (visitor.call_id,)).fetchone()[0] >= MAX_BOOKED:
        raise TooMany
    cursor = db.execute(
        "INSERT INTO appointments (starts_at, name, name_key, reason, number, call_id, booked_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (starts_at, visitor.name, names.key(visitor.name), reason, visitor.number, visitor.call_id, now),
    )
    return _written(db, visitor.call_id, "book", f"{names.key(visitor.name)}|{starts_at}", cursor.lastrowid or 0, None)


def find(db: sqlite3.Connection, visitor: Visitor, after: int) -> list[Appointment]:
    """The visitor's appointments after `after`: vouched for by their number or this call, and of a name like theirs."""
    rows = db.execute(
        "SELECT * FROM appointments WHERE NOT cancelled AND starts_at > ? "
        "AND (call_id = ? OR (number IS NOT NULL AND number = ?)) ORDER BY starts_at",
        (after, visitor.call_id, visitor.number),
    ).fetchall()
    exact = [_appointment(row) for row in rows if row[3] == names.key(visitor.name)]
    return exact or [_appointment(row) for row in rows if names.sounds_like(visitor.name, row[3])]


def exactly(db: sqlite3.Connection, name: str, starts_at: int) -> Appointment | None:
    """The appointment at that very time under that very name, for a visitor whom no number vouches for."""
    row = db.execute(
        "SELECT * FROM appointments WHERE NOT cancelled AND starts_at = ? AND name_key = ?",
        (starts_at, names.key(name)),
    ).fetchone()
    return _appointment(row) if row else None


def move(db: sqlite3.Connection, call_id: str, meaning: str, held: Appointment, to: int) -> Done:
    """Move `held` to `to`, or leave it where it is. Raises SlotTaken, Gone."""
    if held.starts_at == to:
        return Done(held, held.starts_at)
    try:
        moved = db.execute(
            "UPDATE appointments SET starts_at = ? WHERE id = ? AND starts_at = ? AND NOT cancelled",
            (to, held.id, held.starts_at),
        )
    except sqlite3.IntegrityError:
        raise SlotTaken from None
    if moved.rowcount != 1:
        raise Gone
    return _written(db, call_id, "move", meaning, held.id, held.starts_at)


def cancel(db: sqlite3.Connection, call_id: str, meaning: str, held: Appointment) -> Done:
    """Cancel `held`; its slot is free again. Raises Gone."""
    cancelled = db.execute(
        "UPDATE appointments SET cancelled = 1 WHERE id = ? AND starts_at = ? AND NOT cancelled",
        (held.id, held.starts_at),
    )
    if cancelled.rowcount != 1:
        raise Gone
    return _written(db, call_id, "cancel", meaning, held.id, None)


def taken(db: sqlite3.Connection, start: int, end: int) -> frozenset[int]:
    rows = db.execute(
        "SELECT starts_at FROM appointments WHERE NOT cancelled AND starts_at BETWEEN ? AND ?", (start, end)
    )
    return frozenset(row[0] for row in rows)


def appointments(db: sqlite3.Connection) -> list[Appointment]:
    rows = db.execute("SELECT * FROM appointments WHERE NOT cancelled ORDER BY starts_at")
    return [_appointment(row) for row in rows]


def leave(db: sqlite3.Connection, visitor: Visitor, text: str, now: float) -> Message:
    """Keep a message; the same words under the same name in the same call are one message. Raises TooMany."""
    meaning = f"{names.key(visitor.name)}|{' '.join(text.casefold().split())}"
    where = "SELECT id, name, text, number, call_id, at FROM messages WHERE call_id = ? AND meaning = ?"
    kept = db.execute(where, (visitor.call_id, meaning)).fetchone()
    if kept is None:
        count = db.execute("SELECT count(*) FROM messages WHERE call_id = ?", (visitor.call_id,)).fetchone()[0]
        if count >= MAX_MESSAGES:
            raise TooMany
        db.execute(
            "INSERT INTO messages (call_id, meaning, name, text, number, at) VALUES (?, ?, ?, ?, ?, ?)",
            (visitor.call_id, meaning, visitor.name, text, visitor.number, now),
        )
        kept = db.execute(where, (visitor.call_id, meaning)).fetchone()
    return Message(*kept)


def messages(db: sqlite3.Connection) -> list[Message]:
    return [Message(*row) for row in db.execute("SELECT id, name, text, number, call_id, at FROM messages ORDER BY id")]


def _written(db: sqlite3.Connection, call_id: str, act: str, meaning: str, row_id: int, before: int | None) -> Done:
    now = _one(db, row_id)
    db.execute(
        "INSERT INTO acts (call_id, act, meaning, appointment_id, starts_at, cancelled, before) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (call_id, act, meaning, row_id, now.starts_at, int(now.cancelled), before),
    )
    return Done(now, before)


def _one(db: sqlite3.Connection, row_id: int) -> Appointment:
    return _appointment(db.execute("SELECT * FROM appointments WHERE id = ?", (row_id,)).fetchone())


def _appointment(row: tuple[int, int, str, str, str, str | None, str, int, float]) -> Appointment:
    """From the table's columns in their order (agent/diary/file.py)."""
    row_id, starts_at, name, _, reason, number, call_id, cancelled, _ = row
    return Appointment(row_id, starts_at, name, reason, number, call_id, bool(cancelled))
