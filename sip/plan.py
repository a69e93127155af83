"""What is to be changed so that a server has what callcenter.yaml says: the neutral core that providers plug into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"  # in place: calls go on coming in meanwhile
    REPLACE = "replace"  # made anew and the old one removed, where the server can't change it in place
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to be done at a server. `kind` and `name` together are unique in a plan.

    `detail` is one line: what differs. `needs` are the keys of changes that must have been done before; when one of
    them could not be, this one is not tried. `subject` is the provider's own: what it needs to do it.
    """

    action: Action
    kind: str  # "inbound trunk"
    name: str
    detail: str
    needs: tuple[str, ...] = ()
    subject: object = field(default=None, repr=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` of one provider, in the order to tell them. With `refusals` nothing of any provider is done: each is a
    sentence that says what is in the way and what to do about it. `notes` are worth knowing and change nothing."""

    provider: str
    changes: tuple[Change, ...] = ()
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Provider(Protocol):
    """A server that has some of what makes a line work: LiveKit, Twilio. Built from the call centre and the settings.

    Only what it made itself (by a mark on each object) is ever changed or removed.
    """

    name: str
    at_once: int  # changes that may run side by side

    async def plan(self, *, destroy: bool = False) -> Plan:
        """Read what is there and compare; nothing is changed. `destroy`: compare with nothing at all.

        Raises ProviderError where the server can't be read.
        """
        ...

    async def do(self, change: Change) -> None:
        """Carry out one change of the last plan. Raises ProviderError: it was not done, or it is not known."""
        ...

    async def aclose(self) -> None: ...


def count(plans: Sequence[Plan]) -> int:
    return sum(len(plan.changes) for plan in plans)
