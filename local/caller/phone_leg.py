"""A telephone that rings a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.caller.errors import CallerError
from local.caller.phone_wire import PhoneWire
from local.info import StackInfo
from ops.clock import Clock

DEFAULT_CALLER = "+15550199"


class PhoneLeg(PhoneWire):
    """One call from a telephone. See legs.Leg for what the methods promise."""

    def __init__(
        self,
        telephone_url: str,
        number: str,
        *,
        caller: str = DEFAULT_CALLER,
        headers: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__("phone", telephone_url, clock)
        self._number, self._caller, self._headers = number, caller, dict(headers or {})

    @classmethod
    def of(cls, stack: StackInfo, number: str | None = None, caller: str = DEFAULT_CALLER) -> PhoneLeg:
        """A phone beside a running stack; it rings the stack's first number unless told another."""
        if number is None and not stack.numbers:
            raise CallerError(
                "The stack has no line with a number: add one to config/callcenter.yaml, or use --number."
            )
        return cls(stack.telephone_url, number or stack.numbers[0], caller=caller)

    async def connect(self) -> None:
        await self._open("/phone")
        await self._command("invite", to=self._number, src="127.0.0.1", headers=self._headers, **{"from": self._caller})

    def _told(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "trying":
                self.sip_call_id = event.get("call", "")
                self._note("trying")
            case "ringing":
                self._note("ringing")
            case "joined":
                self.room_name = event["room"]
                self._note("joined")
            case _:
                super()._told(event)
