"""Who is calling, and what the dispatch asked for: both read from data that others write, so nothing here trusts it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from livekit import rtc

from agent.errors import BadDispatch
from agent.outbound.order import Order, parse_order
from calls.record import Caller, Direction, Leg

_MAX_METADATA = 16_384  # bytes; a dispatch's metadata is a few names, anything larger is a mistake or an attack
_MAX_EPOCH = 1000  # a call taken over that often has other troubles
_CALL_ID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
_NUMBER = re.compile(r"^\+?[0-9]{2,15}$")
_KEPT_ATTRIBUTE = re.compile(r"^sip\.[A-Za-z0-9_.-]{1,64}$")  # sip.h.x-...: the INVITE's own headers
_KEPT_ATTRIBUTES = 64


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The job's metadata: {persona, line, direction, call_id, resume, epoch, outbound, probe}. All optional: a phone
    call has none.

    `resume` is the id of a call whose worker died, to be taken over in `epoch` (2 or more). `outbound` is a call to be
    made: its callee is not there yet. `probe`: there is no call, somebody asks whether a worker answers.
    """

    persona: str | None = None
    line: str | None = None
    direction: Direction = Direction.INBOUND
    call_id: str | None = None
    resume: str | None = None
    epoch: int = 1
    outbound: Order | None = None
    probe: bool = False

    @property
    def known_id(self) -> str | None:
        """The call's id where the dispatch gives one."""
        return self.resume or self.call_id


def parse_dispatch(metadata: str) -> Dispatch:
    """Read the dispatch's metadata (JSON object or empty). Unknown keys are left alone: newer writers may add some.

    Raises BadDispatch where it is not an object or a known key has an unusable value.
    """
    if not metadata.strip():
        return Dispatch()
    if len(metadata) > _MAX_METADATA:
        raise BadDispatch(f"metadata of {len(metadata)} characters, {_MAX_METADATA} allowed")
    try:
        found: Any = json.loads(metadata)
    except (ValueError, RecursionError) as error:
        raise BadDispatch("metadata is not JSON") from error
    if not isinstance(found, dict):
        raise BadDispatch("metadata is not a JSON object")
    direction = found.get("direction", Direction.INBOUND.value)
    if direction not in set(Direction):
        raise BadDispatch("direction is neither inbound nor outbound")
    return Dispatch(
        persona=_text(found, "persona", _NAME),
        line=_text(found, "line", _NAME),
        direction=Direction(direction),
        call_id=_text(found, "call_id", _CALL_ID),
        resume=_text(found, "resume", _CALL_ID),
        epoch=_epoch(found),
        outbound=_order(found, Direction(direction)),
        probe=found.get("probe") is True,
    )


def _order(found: dict[str, Any], direction: Direction) -> Order | None:
    if found.get("outbound") is None or found.get("resume") is not None:
        return None
    if direction is not Direction.OUTBOUND:
        raise BadDispatch("outbound is in a dispatch of another direction")
    return parse_order(found["outbound"])


def _epoch(found: dict[str, Any]) -> int:
    epoch, resumed = found.get("epoch"), found.get("resume") is not None
    if epoch is None:
        return 2 if resumed else 1
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not (2 if resumed else 1) <= epoch <= _MAX_EPOCH:
        raise BadDispatch("epoch has an unusable value")
    return epoch


def _text(found: dict[str, Any], key: str, shape: re.Pattern[str]) -> str | None:
    value = found.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not shape.match(value):
        raise BadDispatch(f"{key} has an unusable value")
    return value


def caller_of(participant: rtc.RemoteParticipant) -> Caller:
    """The caller as the room shows them. Numbers that are no numbers ("anonymous", "") count as withheld."""
    attributes = dict(participant.attributes)
    if participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
        return Caller(leg=Leg.WEB, identity=participant.identity)
    kept = {name: value[:256] for name, value in attributes.items() if _KEPT_ATTRIBUTE.match(name)}
    return Caller(
        leg=Leg.SIP,
        identity=participant.identity,
        number=_number(attributes.get("sip.phoneNumber", "")),
        dialled=_number(attributes.get("sip.trunkPhoneNumber", "")),
        attributes=dict(islice(kept.items(), _KEPT_ATTRIBUTES)),
    )


def callee_of(participant: rtc.RemoteParticipant, expected: Caller) -> Caller:
    """Who was called, with what the room shows of them: the number is the one that was to be called."""
    seen = caller_of(participant)
    return replace(seen, number=expected.number or seen.number, dialled=expected.dialled or seen.number)


def _number(text: str) -> str | None:
    """E.164 with its "+", or None. The server hands on the number as it was dialled: with or without "+"."""
    digits = text.strip()
    if not _NUMBER.match(digits):
        return None
    return digits if digits.startswith("+") else f"+{digits}"
