"""A telephone that is rung: it waits at a number for the telephone double to dial it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from local.caller.errors import CallerError, NotAnsweredError
from local.caller.line import Line
from local.caller.phone_wire import WITHIN_S, PhoneWire
from local.info import StackInfo
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline

_REGISTERED = "registered"
_RUNG = "rung"


class CalleeLeg(PhoneWire):
    """One call to a telephone: `connect`, `rung`, then `answer` or `reject`. Used once. See legs.Leg for the rest."""

    def __init__(self, telephone_url: str, number: str, *, clock: Clock | None = None) -> None:
        super().__init__("callee", telephone_url, clock)
        self.number = number
        self.caller = ""  # who rings, as shown to a callee

    @classmethod
    def of(cls, stack: StackInfo, number: str) -> CalleeLeg:
        return cls(stack.telephone_url, number)

    async def connect(self) -> None:
        """Be at the number from now on. CallerError where another callee is."""
        await self._open(f"/callee?number={quote(self.number)}")
        async with deadline(WITHIN_S, "telephone"):
            while not self._is_noted(_REGISTERED) and not self.ended.is_set():
                await self._news.wait()
        if self.ended.is_set():
            await self.hangup()
            raise CallerError(f"Nobody can be called at {self.number}: {self.ended_because}")

    async def rung(self, timeout_s: float) -> None:
        """Wait until it rings. NotAnsweredError when it does not in time."""
        try:
            async with deadline(timeout_s, "ring"):
                while not self._is_noted(_RUNG) and not self.ended.is_set():
                    await self._news.wait()
        except DeadlineExceeded as error:
            raise NotAnsweredError(f"Nobody rang {self.number} within {timeout_s:g} s") from error
        if self.ended.is_set():
            raise NotAnsweredError(f"It was not rung: {self.ended_because}")

    async def answer(self) -> None:
        """Pick up; returns when the line is open. NotAnsweredError when the caller has given up meanwhile."""
        await self._command("answer")
        await Line.answered(self, WITHIN_S)

    async def reject(self, code: int = 486, reason: str = "Busy Here") -> None:
        """Refuse with a SIP status of 300 to 699."""
        await self._command("reject", code=code, reason=reason)
        async with deadline(WITHIN_S, "telephone"):
            await self.ended.wait()

    def speak_early(self) -> None:
        """Begin to send before the answer, as early media: a carrier's announcement, a ring-back melody."""
        self.handset.pick_up(self._tasks)

    def _is_noted(self, what: str) -> bool:
        return any(noted == what for _, noted in self.progress)

    def _told(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "registered":
                self._note(_REGISTERED)
            case "invite":
                self.sip_call_id, self.room_name = event.get("call", ""), event.get("room", "")
                self.caller = event.get("from", "")
                self._note(_RUNG)
            case _:
                super()._told(event)
