"""Records of calls in memory, as local.records.Records reads them; `down` while the store does not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.records import RecordsUnreadableError
from local.records.order import place


class CallRecords:
    """Fill `records` and `written` (the events, by call) as the worker would."""

    def __init__(self, **records: dict[str, Any]) -> None:
        self.records = records
        self.written: dict[str, list[dict[str, Any]]] = {}
        self.down = False

    def add(self, call_id: str, *seqs: int, kind: str = "caller_spoke", epoch: int = 1) -> None:
        """Events of a call, which becomes known, and is over with the kind "call_ended"."""
        self.records.setdefault(call_id, {"ended_at": None})
        if kind == "call_ended":
            self.records[call_id] = {"ended_at": 1.0}
        of_all = {"v": 1, "kind": kind, "call_id": call_id, "epoch": epoch, "at": 1.0, "text": "words"}
        self.written.setdefault(call_id, []).extend({**of_all, "seq": seq} for seq in seqs)

    async def record(self, call_id: str) -> Mapping[str, Any] | None:
        self._answer()
        return self.records.get(call_id)

    async def events(self, call_id: str, after: tuple[int, int] = (0, 0)) -> Sequence[Mapping[str, Any]]:
        self._answer()
        return sorted((event for event in self.written.get(call_id, ()) if place(event) > after), key=place)

    async def open_calls(self) -> Sequence[str]:
        self._answer()
        return [call_id for call_id, record in self.records.items() if record["ended_at"] is None]

    async def calls(self) -> Sequence[str]:
        self._answer()
        return list(self.records)

    async def all(self) -> Mapping[str, Mapping[str, Any]]:
        self._answer()
        return dict(self.records)

    def _answer(self) -> None:
        if self.down:
            raise RecordsUnreadableError("call records: refused")
