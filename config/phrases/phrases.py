"""What every language's table holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calls.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language's. `policy` has the words that callcenter.yaml may replace; its numbers are every language's.

    `failures`: by the failures of agent/failures.py, and "farewell" for what ends the call; their keys are every
    language's. `{...}` stands for what is known in the call: `{says}` is a target's `says`, in the nominative case.
    """

    policy: Policy
    failures: Mapping[str, str]

    # How the recording goes; `one_moment`, where it takes its time to begin and the talk has to wait for it; `recorded`
    # is told to a person to whom the caller is put through.
    one_moment: str
    stopped: str
    still_on: str
    must_be: str
    recorded: str
    handed_on: str  # where a call must be recorded and cannot be; {says}

    # A card's number.
    card: str
    card_again: str

    # Putting through: to the person, {practice} and {summary}, then {accept} and {decline}; to the caller, {says}.
    introduced: str
    take_it: str
    refused: str
    not_reached: str
    busy: str

    # The way back into the talk, for a worker that took it over; the last words follow `was_saying`.
    was_saying: str
    say_again: str

    # Who calls too often, who wants no more calls, and who may have answered.
    too_often: str
    no_more_calls: str  # waits for no store, so it promises nothing that only the list can keep
    anybody_there: str
