"""What a tool may touch in a call: the diary, the practice's facts, the clock, and the few things it may cause."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from agent.diary.diary import Diary
from agent.failures import Failure
from agent.phone.people import Asked
from agent.recording.stopped import Stopped, never_was
from agent.tools.anatomy import BadArguments, Refusal
from calls.outcome import Outcome
from calls.record import CallRecord
from config.model import Practice
from config.numbers import caller_number
from ops.clock import Clock


class EndCall(Protocol):
    def __call__(self, outcome: Outcome, reason: str) -> None:
        """End the call once what the agent is saying, and its answer to this tool, have been heard. Does not block."""


class Note(Protocol):
    def __call__(self, **data: Any) -> None:
        """Merge `data` into the call record's data. Does not block."""


class ToolCalled(Protocol):
    def __call__(self, tool: str, arguments: Mapping[str, Any], result: str, ok: bool) -> None:
        """A tool ran. `ok` is False when it broke, hung or was called wrongly; a "no" is ok. Does not block."""


class PutThrough(Protocol):
    def __call__(self, name: str, summary: str) -> Asked:
        """Put the caller through to the person of that name, once what the agent is saying has been heard. Does not
        block. KeyError: there is no such name."""


class ExpectKeys(Protocol):
    def __call__(self, count: int) -> None:
        """The caller is about to type `count` keys; 0: as many as there are before "#". Does not block."""


def _nobody(name: str, summary: str) -> Asked:  # noqa: ARG001 - a PutThrough
    raise KeyError(name)


async def _no_list(how: str) -> bool | None:  # noqa: ARG001 - as NoMoreCalls.take
    raise Refusal("There is no list here. Offer to take a message about it.")


async def _no_keys(keys: str) -> None:  # noqa: ARG001 - as agent.outbound.keys.press
    raise Refusal("There is no menu in this call.")


def _no_safe() -> bool:
    raise BadArguments("No card can be taken in this call. Never ask for the number itself.")


@dataclass
class Desk:
    """One call's desk. `caller_number` is what the carrier reports, None on a web leg; tools use `number`."""

    call_id: str
    caller_number: str | None
    clock: Clock
    diary: Diary
    practice: Practice
    end_call: EndCall
    note: Note
    tool_called: ToolCalled
    failed: Callable[[Failure, str], None]
    people: Mapping[str, str] = field(default_factory=dict)  # whom callers may be put through to: name -> as spoken
    put_through: PutThrough = _nobody
    expect_keys: ExpectKeys = lambda count: None  # noqa: ARG005 - a console has no keys
    has_keypad: bool = False
    opt_out: Callable[[str], Awaitable[bool | None]] = _no_list  # agent.outbound.opt_out.NoMoreCalls.take
    press_keys: Callable[[str], Awaitable[None]] = _no_keys  # keys of 0-9 * #, one after another
    stop_recording: Callable[[], Awaitable[Stopped]] = never_was
    take_card: Callable[[], bool] = _no_safe  # begins to; False: it is under way already. Does not block
    message_left: bool = field(default=False, init=False)
    diary_changed: bool = field(default=False, init=False)
    wrong_guesses: int = field(default=0, init=False)  # at appointments that the caller's number does not vouch for

    def restore(self, record: CallRecord) -> None:
        """What a desk before this one, of a worker that died, knew by heart."""
        self.message_left = record.message is not None
        self.diary_changed = "appointment" in record.data
        guesses = record.data.get("wrong_guesses", 0)
        self.wrong_guesses = guesses if isinstance(guesses, int) else 0

    @property
    def number(self) -> str | None:
        """The caller's number as "+digits"; None when it is withheld, under whatever name, or there is none."""
        return caller_number(self.caller_number)

    def now(self) -> datetime:
        """The time on the practice's own clock."""
        return datetime.fromtimestamp(self.clock.now(), UTC).astimezone(self.practice.zone)

    @property
    def outcome(self) -> Outcome:
        """How the call would end if it ended well now: VOICEMAIL when all it came to is a message for a person."""
        return Outcome.VOICEMAIL if self.message_left and not self.diary_changed else Outcome.RESOLVED
