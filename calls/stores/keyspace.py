"""Calls and leases as keys of one Redis (or Upstash; not Redis Cluster: a script takes keys of many slots).

    <prefix>:call:<call_id>          hash: ver, record
    <prefix>:events:<call_id>        stream: ids <epoch>-<seq> made by the writer, field e
    <prefix>:late:<call_id>          hash: events that came after a later one, by the same ids
    <prefix>:once:<call_id>:<key>    the answer to a write, for its repeats
    <prefix>:open                    sorted set of the calls without an end
    <prefix>:unsettled               sorted set of the calls whose recording is neither there nor given up
    <prefix>:caller:<number>         sorted set of the calls with this number, hashed (calls.stores.hashed)
    <prefix>:erased:<call_id>        it was erased: nothing is kept of it any more
    <prefix>:recorded                sorted set of the calls whose line records
    <prefix>:leases, :holders        sorted set: when each lease runs out; hash: who holds it

Ids and prefix have no ":": no key of one tenant or call can be another's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from calls.events import Event
from calls.ids import is_call_id
from calls.ports import Held, Lease, LeaseLost, RecordUnreadable, VersionConflict, Write
from calls.record import CallRecord
from calls.stores import codec
from calls.stores.executor import ErrorReply, Executor, Reply
from calls.stores.hashed import hashed
from calls.stores.names import checked_id
from calls.stores.scripts import checked, script, understood
from ops import logging

_log = logging.get("calls.stores.keyspace")
_PREFIX = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")
_PAGE = 500  # events per round trip: about 150 kB of a talk
_LEASES_KEPT_MS = 24 * 3600 * 1000  # leases that ran out and that nobody asked for since


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is kept, in seconds. A call without an end: since its last write."""

    open_s: float = 24 * 3600.0
    closed_s: float = 30 * 24 * 3600.0
    once_s: float = 600.0


class KeyspaceStore:
    """A CallStore and Leases. A call's id that is none (calls.ids), or such a prefix, is a ValueError."""

    def __init__(self, executor: Executor, *, prefix: str = "switchboard", keep: Keep | None = None) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError("a prefix is letters, digits, - _ and . (at most 64)")
        self._executor, self._prefix, self._keep = executor, prefix, keep or Keep()

    async def write(self, write: Write) -> int:
        record, call_id = write.record, write.record.call_id
        keys = [self._of(call_id, kind) for kind in ("call", "events", "late")]
        events = {(event.epoch, event.seq): event for event in reversed(write.events)}  # of two alike the first stays
        reply = await script("write").call(
            self._executor,
            [
                *(*keys, f"{self._of(call_id, 'once')}:{write.key}", self._key("open"), self._key("unsettled")),
                *(self._of(call_id, "erased"), *self._caller(record.caller.number)),
                *([self._key("recorded")] if record.recording is not None else []),
            ],
            *(call_id, write.expected_version, record.version, codec.record_text(record), int(record.closed)),
            *(_ms(self._keep.closed_s if record.closed else self._keep.open_s), _ms(self._keep.once_s)),
            int(record.unsettled),
            *(part for place in sorted(events) for part in (*place, codec.event_text(events[place]))),
        )
        with understood():
            word, version = reply
            stored = int(version)
        if codec.as_text(word) == "conflict":
            raise VersionConflict(call_id, write.expected_version, stored)
        return stored

    async def record(self, call_id: str) -> CallRecord | None:
        (text,) = await self._executor.run([("HGET", self._of(call_id, "call"), "record")])
        if text == ErrorReply("WRONGTYPE"):
            raise RecordUnreadable("the stored record is of another type")
        if checked(text) is None:
            return None
        try:
            return codec.record_of(text)
        except codec.Unreadable as error:
            raise RecordUnreadable(f"the stored record is {error}") from None

    async def events(self, call_id: str, after: int = 0) -> Sequence[Event]:
        stream, late = self._of(call_id, "events"), self._of(call_id, "late")
        # The stream begins with the first epoch: there, what the reader has seen need not be sent.
        page = ("XRANGE", stream, f"1-{max(0, after) + 1}", "+", "COUNT", _PAGE)
        found, more = map(checked, await self._executor.run([page, ("HGETALL", late)]))
        with understood():
            texts = {codec.as_text(more[at]): more[at + 1] for at in range(0, len(more), 2)}
        while found:
            with understood():
                texts |= {codec.as_text(entry[0]): entry[1][1] for entry in found}
                epoch, _, seq = codec.as_text(found[-1][0]).partition("-")
                page = ("XRANGE", stream, f"{epoch}-{int(seq) + 1}", "+", "COUNT", _PAGE)
            if len(found) < _PAGE:
                break
            found = checked((await self._executor.run([page]))[0])
        return _in_order(call_id, texts, after)

    async def open_calls(self) -> Sequence[str]:
        return await self._listed("open")

    async def unsettled_calls(self) -> Sequence[str]:
        return await self._listed("unsettled")

    async def recorded_calls(self) -> Sequence[str]:
        return await self._listed("recorded")

    async def calls_of(self, number: str) -> Sequence[str]:
        return await self._listed(f"caller:{hashed('caller', number)}")

    async def erase(self, call_id: str, number: str | None = None) -> bool:
        keys = [self._of(call_id, kind) for kind in ("call", "events", "late")]
        keys += map(self._key, ("open", "unsettled", "leases", "holders"))
        keys += [self._of(call_id, "erased"), self._key("recorded"), *self._caller(number)]
        found = await script("erase").call(self._executor, keys, call_id, _ms(self._keep.closed_s))
        with understood():
            return int(found) > 0

    async def erased(self, call_id: str) -> bool:
        (found,) = await self._executor.run([("GET", self._of(call_id, "erased"))])
        return checked(found) is not None

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        reply = await self._lease(
            "renew", lease.call_id, lease.epoch, _ms(ttl_s), codec.lease_text(lease), _LEASES_KEPT_MS
        )
        with understood():
            word, epoch = codec.as_text(reply[0]), int(reply[1])
        if word == "lost":
            raise LeaseLost(lease.call_id, lease.epoch, epoch)

    async def give_up(self, call_id: str, epoch: int) -> None:
        await self._lease("give_up", call_id, epoch)

    async def release(self, call_id: str, epoch: int) -> None:
        await self._lease("release", call_id, epoch)

    async def held(self, below_s: float) -> Sequence[Held]:
        keys = [self._key("leases"), self._key("holders")]
        found = await script("held").call(self._executor, keys, _ms(below_s))
        with understood():
            return [held for at in range(0, len(found), 4) if (held := _held(*found[at + 1 : at + 4])) is not None]

    async def ready(self) -> bool:
        return await self._executor.ready()

    async def aclose(self) -> None:
        await self._executor.aclose()

    async def _lease(self, name: str, call_id: str, *args: str | int) -> Reply:
        keys = [self._key("leases"), self._key("holders")]
        return await script(name).call(self._executor, keys, checked_id(call_id), *args)

    async def _listed(self, name: str) -> Sequence[str]:
        found = await script("open").call(self._executor, [self._key(name)])
        with understood():
            return sorted(call_id for call_id in map(codec.as_text, found) if is_call_id(call_id))

    def _caller(self, number: str | None) -> list[str]:
        return [self._key(f"caller:{hashed('caller', number)}")] if number else []

    def _of(self, call_id: str, kind: str) -> str:
        return self._key(f"{kind}:{checked_id(call_id)}")

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _in_order(call_id: str, texts: dict[str, str | bytes], after: int) -> list[Event]:
    """The events of `texts` with seq > `after` by (epoch, seq), both read from the ids; the unreadable are left out."""
    found, unreadable = [], 0
    for place, text in texts.items():
        try:
            epoch, _, seq = place.rpartition("-")
            if int(seq) > after:
                found.append((int(epoch), int(seq), codec.event_of(text)))
        except (codec.Unreadable, ValueError):
            unreadable += 1
    if unreadable:
        _log.warning("stored events cannot be read", call_id=call_id, count=unreadable)
    return [event for _, _, event in sorted(found, key=lambda each: each[:2])]


def _held(left_ms: int, given_up: int, holder: str | bytes) -> Held | None:
    try:
        return Held(codec.holder_of(holder), int(left_ms) / 1000, bool(given_up))
    except codec.Unreadable:
        _log.warning("a lease cannot be read", count=1)
        return None
