"""Everything that is kept of a call, or of all calls of a number, deleted: files first, the record last, so that what
was broken off is found again. Calls that are held or go on stay whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from calls.outbound import OutboundCall, OutboundCalls
from calls.ports import CallStore, RecordUnreadable
from calls.record import CallRecord
from ops.clock import Clock
from recording.belongings import belongings, calls_of_hash
from recording.bucket import Bucket, BucketRefused, Object
from recording.holds import held
from recording.marks import caller_hash
from recording.receipts import Book, Call, File, begin


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: a number's (E.164), or one call's."""

    number: str | None = None
    call_id: str | None = None

    @property
    def name(self) -> str:
        """Without the number in clear."""
        return f"caller-{caller_hash(self.number)}" if self.number else f"call-{self.call_id}"


@dataclass(frozen=True, slots=True)
class Deletion:
    """What it works on. All raise what their ports say; then the same deletion is to be done again."""

    bucket: Bucket
    store: CallStore
    orders: OutboundCalls
    prefix: str
    clock: Clock

    async def plan(self, subject: Subject, also: Iterable[str] = ()) -> list[Call]:
        """What there is, and what cannot be deleted and why. `also`: calls that are known to be meant."""
        meant = set(also)
        calls = set(meant)
        if subject.number:
            calls |= {*await self.store.calls_of(subject.number), *await self.orders.orders_to(subject.number)}
            calls |= {*await calls_of_hash(self.bucket, self.prefix, caller_hash(subject.number))}
        elif subject.call_id:
            calls.add(subject.call_id)
        found = [await self._call(call_id) for call_id in sorted(calls)]
        return [call for call in found if call.call_id in meant or call.files or call.kept or call.record != "none"]

    async def carry_out(
        self, subject: Subject, *, who: str, why: str, recoverable_days: float | None
    ) -> AsyncIterator[Book]:
        """The receipt as it grows, after each call; the last one has its end."""
        book = await begin(self.bucket, self.prefix, subject.name, at=self.clock.now(), who=who, why=why)
        receipt = replace(book.receipt, recoverable_days=recoverable_days)
        pending = [call.call_id for call in receipt.calls if not call.done]
        for call in await self.plan(subject, also=pending):
            before = next((each for each in receipt.calls if each.call_id == call.call_id), None)
            receipt = receipt.with_call(_joined(before, call))
        await book.write(receipt)
        for call in [call for call in receipt.calls if not call.kept and not call.done]:
            receipt = receipt.with_call(await self._deleted(subject, call))
            await book.write(receipt)
            yield book
        await book.write(replace(receipt, finished_at=self.clock.now()))
        yield book

    async def _call(self, call_id: str) -> Call:
        record, kept, known = await self._record(call_id)
        order, has_order = await self._order(call_id)
        if order is not None and not order.state.final:
            kept = kept or "to be called"
        files = await belongings(self.bucket, self.prefix, call_id, record, versions=True)
        hold = await held(self.bucket, self.prefix, call_id)
        if hold is not None or any(each.held for each in files):
            kept = "held"
        return Call(call_id, tuple(map(_file, files)), kept, "" if known or has_order else "none")

    async def _record(self, call_id: str) -> tuple[CallRecord | None, str, bool]:
        """The record, why the call cannot be deleted now, and whether the store knows it."""
        try:
            record = await self.store.record(call_id)
        except RecordUnreadable:
            return None, "", True  # gone with the rest, whatever it says
        if record is None:
            return None, "", False
        if not record.closed:
            return record, "goes on", True
        return record, "recording not settled" if record.unsettled else "", True

    async def _deleted(self, subject: Subject, call: Call) -> Call:
        if await held(self.bucket, self.prefix, call.call_id) is not None:
            return replace(call, kept="held")
        call = await self._emptied(call)
        if call.kept:
            return call
        order, has_order = await self._order(call.call_id)
        number = subject.number or await self._number(call.call_id, order)
        if not await self.orders.forget(call.call_id, number):
            return replace(call, kept="to be called")
        known = await self.store.erase(call.call_id, number) or has_order
        # From here on nobody writes of it; what somebody was writing just before goes now.
        late = await belongings(self.bucket, self.prefix, call.call_id, versions=True)
        known_files = {(file.name, file.generation) for file in call.files}
        new = [each for each in map(_file, late) if (each.name, each.generation) not in known_files]
        call = await self._emptied(replace(call, files=(*call.files, *new)))
        return replace(call, record="deleted" if known else call.record or "none")

    async def _emptied(self, call: Call) -> Call:
        """Its files deleted, up to one that is held."""
        files: list[File] = []
        for file in call.files:
            if not file.result:
                try:
                    gone = await self.bucket.delete(file.name, file.generation)
                    file = replace(file, result="deleted" if gone else "gone")
                except BucketRefused as refused:
                    if refused.reason != "held":
                        raise
                    return replace(call, files=(*files, *call.files[len(files) :]), kept="held")
            files.append(file)
        return replace(call, files=tuple(files))

    async def _order(self, call_id: str) -> tuple[OutboundCall | None, bool]:
        """The order to call, and whether there is one: it may be one that cannot be read."""
        try:
            order = await self.orders.get(call_id)
        except RecordUnreadable:
            return None, True
        return order, order is not None

    async def _number(self, call_id: str, order: OutboundCall | None) -> str | None:
        if order is not None:
            return order.number
        try:
            record = await self.store.record(call_id)
        except RecordUnreadable:
            return None
        return record.caller.number if record else None


def _file(about: Object) -> File:
    return File(about.name, about.generation, about.size, about.crc32c)


def _joined(before: Call | None, now: Call) -> Call:
    """What was done already, and what is still there."""
    if before is None:
        return now
    there = {(file.name, file.generation) for file in now.files}
    done = [
        file if file.result else replace(file, result="gone")
        for file in before.files
        if (file.name, file.generation) not in there
    ]
    erased = now.record == "none" and before.record != "none"
    return Call(now.call_id, (*done, *now.files), now.kept, "deleted" if erased else now.record)
