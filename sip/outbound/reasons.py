"""Why a call is refused: one word for programs, one sentence for people. Neither holds a number."""

from __future__ import annotations

SENTENCES = {
    "invalid": "This is no telephone number in E.164, such as +442079460123.",
    "emergency": "Emergency numbers are never called.",
    "short": "Short numbers are never called.",
    "premium": "Premium-rate, shared-cost and personal numbers are never called: the callee earns by the minute.",
    "satellite": "Satellite and other numbers without a country are never called.",
    "kind": "Only landlines, mobiles and internet telephones are called.",
    "country": "The line may not call this country: see its `outbound` countries and prefixes.",
    "own": "This is one of our own numbers.",
    "line": "The line is unknown, or may not call anybody: see its `outbound` in the configuration.",
    "optout": "This person wants no calls.",
    "consent": "There is no consent to be called for this purpose.",
    "zone": "It is not known what time it is where this number is.",
    "hours": "It is outside the hours in which people may be called, by the callee's own clock.",
    "often": "This number was called as often as one may be called in a day.",
    "velocity": "The line has made as many calls as it may make in an hour.",
    "spend": "The line's calls would cost more than it may spend in a day.",
    "engaged": "There is a call with this number already.",
    "expired": "It could not be dialled when it was due, and it is too late now.",
}


class NotYet(Exception):
    """The line has made as many calls as it may in an hour; this one waits, and nothing of it was counted."""


class Refused(Exception):
    """This call is not made. `reason` is a key of SENTENCES."""

    def __init__(self, reason: str) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason
