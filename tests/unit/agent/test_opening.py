"""Which line answers, as which persona: whatever the dispatch says, somebody does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from livekit import rtc
from livekit.agents import JobContext

from agent.build import App
from agent.callers import Dispatch
from agent.opening import CALL_ID_ATTRIBUTE, Opening, open_call
from agent.outbound.order import order_of
from agent.recall import Past
from agent.settings import Settings
from calls.policy import Policy
from calls.record import Caller, CallRecord, Direction, Leg
from config.model import CallCenter, Line, Persona, Practice
from config.persona_data import Datum
from config.telephony import Closed, Inbound, Telephony
from sip.outbound.their_number import their_number
from tests.fakes.clock import EPOCH, FakeClock

CALL_ID = "0198c2aa-7f00-7000-8000-0123456789ab"
PRACTICE = Practice("Clinic", "1 Road", "Europe/London", {})
DAY = Persona("day", "Be kind.", "Hello, this is an AI.", "fable", "en-US", ("end_call",))
NIGHT = Persona("night", "Be brief.", "We are closed, says the AI.", "onyx", "en-GB", ())


def line(name: str, number: str, persona: Persona) -> Line:
    p = persona
    return Line(name, (number,), p, p.greeting, p.voice, p.language, p.tools, Policy(), PRACTICE)


CLINIC, EVENING = line("clinic", "+15550100001", DAY), line("evening", "+15550100003", NIGHT)
CENTER = CallCenter(
    PRACTICE, {"clinic": CLINIC, "evening": EVENING}, {"day": DAY, "night": NIGHT}, CLINIC, EVENING
)  # fmt: skip


@dataclass
class Participant:
    identity: str = "caller"
    kind: int = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Room:
    local_participant: Participant
    remote_participants: dict[str, Participant]
    name: str = "room-1"
    connected: bool = False

    def isconnected(self) -> bool:
        return self.connected


@dataclass
class Job:
    metadata: str
    room: Room


@dataclass
class Claims:
    attributes: dict[str, str]


class Context:
    """A job whose room has these participants in it; with none of them nobody comes, and the room closes."""

    def __init__(self, metadata: str, present: Sequence[Participant], *, console: bool = False) -> None:
        self._console = console
        self._given = {CALL_ID_ATTRIBUTE: CALL_ID}
        self.room = Room(Participant("agent", attributes=self._given), {p.identity: p for p in present})
        self.job = Job(metadata, self.room)

    def is_fake_job(self) -> bool:
        return self._console

    def token_claims(self) -> Claims:
        return Claims(self._given)

    async def connect(self, **_: Any) -> None:
        self.room.connected = True

    async def wait_for_participant(self) -> Participant:
        for participant in self.room.remote_participants.values():
            return participant
        raise RuntimeError("room disconnected while waiting for participant")


def phone(dialled: str) -> Participant:
    attributes = {"sip.phoneNumber": "+15550100009", "sip.trunkPhoneNumber": dialled}
    return Participant("sip_1", rtc.ParticipantKind.PARTICIPANT_KIND_SIP, attributes)


async def opened(
    *present: Participant,
    dispatch: Mapping[str, object] | str = "",
    center: CallCenter = CENTER,
    console: bool = False,
    past: Past | None = None,
) -> Opening:
    """The opening of a call with these in its room and this dispatch, and this in the store."""
    app = App(cast("Settings", None), center, FakeClock())
    metadata = dispatch if isinstance(dispatch, str) else json.dumps(dispatch)
    context = Context(metadata, present, console=console)

    async def recall(_: Dispatch) -> Past | None:
        return past

    opening = await open_call(app, cast("JobContext", context), lambda: None, recall)
    assert context.room.connected is not console
    assert (opening.record.line, opening.record.persona) == (opening.line.name, opening.line.persona.name)
    return opening


@pytest.mark.parametrize("dialled", ["+15550100001", "15550100001"])
async def test_the_dialled_number_chooses_the_line(dialled: str) -> None:
    """Carriers report numbers with or without "+"."""
    opening = await opened(phone(dialled))
    assert (opening.line, opening.complaint) == (CLINIC, "")
    caller = opening.record.caller
    assert (caller.leg, caller.number, caller.dialled) == (Leg.SIP, "+15550100009", "+15550100001")


@pytest.mark.parametrize("dialled", ["+19995550000", "", "anonymous"])
async def test_a_number_that_no_line_has_is_answered_by_the_default_line(dialled: str) -> None:
    """A number added at the carrier before the configuration is still a caller."""
    assert (await opened(phone(dialled))).line == EVENING


async def test_a_web_caller_gets_the_web_line() -> None:
    """Not the default line, which is for numbers."""
    opening = await opened(Participant("alice"))
    assert (opening.line, opening.record.caller.leg) == (CLINIC, Leg.WEB)


@pytest.mark.parametrize("caller", [phone("+15550100001"), Participant()])
async def test_the_line_that_a_dispatch_names_wins(caller: Participant) -> None:
    """Whoever dispatches knows more than the number does."""
    opening = await opened(caller, dispatch={"line": "evening", "direction": "outbound"})
    assert (opening.line, opening.complaint) == (EVENING, "")
    assert opening.record.direction is Direction.OUTBOUND


async def test_the_persona_that_a_dispatch_names_speaks_on_the_line() -> None:
    """Its words, voice and tools; the line's numbers and policy stay."""
    opening = await opened(phone("+15550100001"), dispatch={"persona": "night"})
    spoken = opening.line
    assert (spoken.name, spoken.numbers, spoken.policy) == (CLINIC.name, CLINIC.numbers, CLINIC.policy)
    assert (spoken.persona, spoken.voice, spoken.language, spoken.tools) == (NIGHT, "onyx", "en-GB", ())
    assert (spoken.greeting, opening.complaint) == (NIGHT.greeting, "")


@pytest.mark.parametrize(
    ("dispatch", "complaints"),
    [
        ({"line": "nowhere"}, ("line",)),
        ({"persona": "nobody"}, ("persona",)),
        ({"line": "nowhere", "persona": "nobody"}, ("line", "persona")),
        ("{not json", ("JSON",)),
        ({"line": "../etc"}, ("line",)),
    ],
)
async def test_a_dispatch_that_makes_no_sense_is_complained_of_and_the_call_answered(
    dispatch: Mapping[str, object] | str, complaints: tuple[str, ...]
) -> None:
    """The dialled number's line answers as itself; every mistake is named, so that it can be mended."""
    opening = await opened(phone("+15550100001"), dispatch=dispatch)
    assert opening.line == CLINIC
    for word in complaints:
        assert word in opening.complaint


@pytest.mark.parametrize(
    ("center", "caller", "answers"),
    [
        (replace(CENTER, web_line=None), Participant(), EVENING),  # the default line
        (replace(CENTER, default_line=None), phone("+19995550000"), CLINIC),  # the web line
        (replace(CENTER, web_line=None, default_line=None), Participant(), CLINIC),  # the first there is
        (replace(CENTER, web_line=None, default_line=None), phone("+19995550000"), CLINIC),
    ],
)
async def test_a_call_for_which_no_line_is_meant_is_answered_all_the_same(
    center: CallCenter, caller: Participant, answers: Line
) -> None:
    """Nobody rings on because of a gap in the configuration."""
    assert (await opened(caller, center=center)).line == answers


async def test_a_room_in_which_nobody_is_still_makes_a_record() -> None:
    """The caller has hung up meanwhile: no participant, but a call that can be closed."""
    opening = await opened(dispatch={"line": "evening"})
    assert opening.participant is None
    assert (opening.line, opening.record.caller.identity) == (EVENING, "")


async def test_a_phone_is_the_caller_whoever_else_is_in_the_room() -> None:
    """A colleague who listens in from a browser was there first; the line is still the phone's."""
    opening = await opened(Participant("listener"), phone("+15550100001"))
    assert opening.record.caller.identity == "sip_1"


async def test_the_record_has_the_id_that_the_room_was_told() -> None:
    """Whoever is in the room reads the agent's attribute and finds the record by it."""
    record = (await opened(Participant())).record
    assert (record.call_id, record.room, record.started_at) == (CALL_ID, "room-1", EPOCH)


async def test_the_console_has_a_line_and_no_room() -> None:
    """`agent/main.py console` is a call without a server: the web line's, else any; the id is the dispatch's or new."""
    opening = await opened(console=True)
    assert (opening.line, opening.participant, opening.record.caller.leg) == (CLINIC, None, Leg.CONSOLE)
    assert opening.record.call_id
    assert (await opened(center=replace(CENTER, web_line=None), console=True)).line == EVENING
    assert (await opened(dispatch={"call_id": CALL_ID}, console=True)).record.call_id == CALL_ID


def lost(room: str) -> CallRecord:
    """The record of a call on the evening line whose worker died."""
    caller = Caller(Leg.SIP, "sip_1", "+15550100009", "+15550100001")
    return CallRecord(CALL_ID, room, "evening", "day", Direction.INBOUND, caller, EPOCH, turns=3, version=12)


async def test_a_call_taken_over_goes_on_as_its_record_says() -> None:
    """The line and the persona that answered, the caller and the turns: not what this worker would choose today."""
    past = Past(lost("room-1"))
    opening = await opened(phone("+15550100001"), dispatch={"resume": CALL_ID, "epoch": 2}, past=past)
    assert (opening.line, opening.resumed, opening.past) == (EVENING.speaking_as(DAY), True, past)
    assert (opening.record.epoch, opening.record.version, opening.record.turns) == (2, 13, 3)
    assert opening.record.blind_since is None


async def test_a_call_whose_record_cannot_be_read_is_taken_over_all_the_same() -> None:
    """The store is gone too: the dispatch says enough to go on."""
    dispatch = {"resume": CALL_ID, "epoch": 3, "line": "clinic", "persona": "night"}
    opening = await opened(phone("+15550100003"), dispatch=dispatch)
    assert (opening.line, opening.resumed, opening.past) == (CLINIC.speaking_as(NIGHT), True, None)
    assert (opening.record.call_id, opening.record.epoch, opening.record.blind_since) == (CALL_ID, 3, 3)


async def test_the_talk_of_another_room_is_not_recalled() -> None:
    """A dispatch with a stranger's call id must not make the agent tell one caller what another said."""
    opening = await opened(phone("+15550100001"), dispatch={"resume": CALL_ID}, past=Past(lost("room-2")))
    assert opening.past is None
    assert opening.complaint == "the call to resume was in another room"


def ruled(**rules: Any) -> CallCenter:
    """The clinic's line with these rules for who is answered."""
    clinic = replace(CLINIC, telephony=Telephony(inbound=Inbound(**rules)))
    return replace(CENTER, lines={**CENTER.lines, "clinic": clinic})


async def test_a_denied_caller_is_known_before_the_phone_stops_ringing() -> None:
    """By the room's name: no track is published that would stop the ringing, and the record says why."""
    published: list[bool] = []
    context = Context(json.dumps({"line": "clinic"}), [])
    context.room.name = "call_+15550199_Xy12ab"
    denies = App(cast("Settings", None), ruled(deny=("+15550199",)), FakeClock())
    opening = await open_call(denies, cast("JobContext", context), lambda: published.append(True), nothing_known)
    assert (opening.refused, opening.record.line, opening.record.caller.number) == (
        "caller_denied",
        "clinic",
        "+15550199",
    )
    assert published == []


async def test_a_caller_whom_only_the_carrier_names_is_refused_when_they_come() -> None:
    """The dispatch says nothing of the line: the caller's own attributes do."""
    assert (await opened(phone("+15550100001"), center=ruled(deny=("+15550100009",)))).refused == "caller_denied"
    assert (await opened(phone("+15550100001"), center=ruled(deny=("+15550100008",)))).refused is None


async def test_a_closed_practice_says_so_and_nothing_else() -> None:
    """The practice of these tests is never open."""
    opening = await opened(phone("+15550100001"), center=ruled(closed=Closed(message="We are closed.")))
    assert opening.message == "We are closed."
    assert (await opened(phone("+15550100001"), center=ruled(closed=Closed(persona="night")))).line.persona == NIGHT


async def test_who_was_let_in_is_not_refused_by_the_worker_that_takes_over() -> None:
    """The practice closed in mid-call, or the list has changed: the talk goes on."""
    center = ruled(deny=("+15550100009",), closed=Closed(message="We are closed."))
    opening = await opened(phone("+15550100001"), dispatch={"resume": CALL_ID, "line": "clinic"}, center=center)
    assert (opening.refused, opening.message) == (None, None)


async def test_on_every_phone_line_people_can_be_taken_off_the_list() -> None:
    """Whatever the persona lists; press_keys is for menus of others, and the web has no number to be called."""
    assert (await opened(phone("+15550100001"))).tools == ("end_call", "opt_out")
    assert (await opened(Participant())).tools == ("end_call",)


async def nothing_known(_: Dispatch) -> Past | None:
    return None


TO_CALL = {
    "line": "clinic",
    "persona": "caller",
    "direction": "outbound",
    "outbound": {"number": "+15550100042", "data": {"name": "Ann"}, "purpose": "reminder", "max_duration_s": 60},
}
CALLS = replace(
    DAY, name="caller", data={"name": Datum("Full name")}, outbound_greeting="The AI here, for {{data.name}}."
)
CALLING = replace(CENTER, personas={**CENTER.personas, "caller": CALLS})


async def test_a_call_that_we_make_is_open_before_anybody_is_there() -> None:
    """Nobody is waited for; the words are this callee's, the length the order's, and the record keeps the order."""
    opening = await opened(dispatch=TO_CALL, center=CALLING)
    assert (opening.participant, opening.is_to_be_answered, opening.complaint) == (None, True, "")
    assert opening.identity == "callee"
    assert opening.line.greeting == "The AI here, for Ann."
    assert opening.line.policy.max_duration_s == 60
    assert opening.record.caller == Caller(Leg.SIP, "callee", "+15550100042", "+15550100042")
    assert order_of(opening.record) == opening.order
    assert opening.tools == ("end_call", "opt_out", "press_keys")


async def test_a_call_without_its_data_is_opened_with_other_words() -> None:
    """Whoever orders it checks the data first; a gap is never read out."""
    opening = await opened(dispatch=TO_CALL | {"outbound": {"data": {"age": "7"}}}, center=CALLING)
    assert opening.line.greeting == CALLS.greeting
    assert "name is missing" in opening.complaint
    assert "'age' is not asked for" in opening.complaint


async def test_a_call_that_we_made_is_taken_over_with_its_order() -> None:
    """Words and data are the callee's still. One who has not answered is waited for again."""
    begun = (await opened(dispatch=TO_CALL, center=CALLING)).record
    callee = Participant("callee", rtc.ParticipantKind.PARTICIPANT_KIND_SIP)
    resume = {"resume": CALL_ID, "epoch": 2, "line": "evening"}
    ringing = await opened(callee, dispatch=resume, center=CALLING, past=Past(begun))
    assert (ringing.resumed, ringing.is_to_be_answered, ringing.record.epoch) == (True, True, 2)
    talking = await opened(callee, dispatch=resume, center=CALLING, past=Past(replace(begun, answered_at=EPOCH)))
    assert (talking.is_to_be_answered, talking.identity) == (False, "callee")
    assert talking.line.greeting == "The AI here, for Ann."


async def test_a_call_that_we_made_is_still_ours_where_its_record_cannot_be_read() -> None:
    """The dispatch says that we made it: who is called can be taken off the list, under their own number, and is not
    greeted as if they had just answered. What it was about is not known, and nothing is written over it."""
    attributes = {"sip.phoneNumber": "+12025550143", "sip.trunkPhoneNumber": "+15550100001", "sip.callStatus": "active"}
    callee = Participant("callee", rtc.ParticipantKind.PARTICIPANT_KIND_SIP, attributes)
    person = Participant("person-front-desk", rtc.ParticipantKind.PARTICIPANT_KIND_SIP)
    resume = {"resume": CALL_ID, "epoch": 2, "line": "clinic", "persona": "caller", "direction": "outbound"}
    opening = await opened(person, callee, dispatch=resume, center=CALLING)
    assert (opening.identity, opening.is_to_be_answered, opening.complaint) == ("callee", False, "")
    assert opening.participant is not None
    assert opening.tools == ("end_call", "opt_out", "press_keys")
    record = opening.record
    assert (record.direction, record.caller.number, record.data) == (Direction.OUTBOUND, "+12025550143", {})
    assert their_number(record, opening.line) == "+12025550143"


async def test_who_takes_a_call_over_knows_the_caller_from_the_person_they_were_put_through_to() -> None:
    """Both are on telephones; with the record unread, the person is told by their name in the room."""
    kind = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    person, other = Participant("person-front-desk", kind), Participant("sip_1", kind, phone("+15550100001").attributes)
    for past in (Past(lost("room-1")), None):
        opening = await opened(person, other, dispatch={"resume": CALL_ID, "epoch": 2}, past=past)
        assert opening.participant is not None
        assert opening.participant.identity == "sip_1"


async def test_a_web_caller_is_found_beside_a_person_whoever_is_listed_first() -> None:
    """And a person alone is no caller: the one they were called for has gone."""
    person, caller = Participant("person-x", rtc.ParticipantKind.PARTICIPANT_KIND_SIP), Participant("web-1")
    for present in ((person, caller), (caller, person)):
        opening = await opened(*present, dispatch={"resume": CALL_ID, "epoch": 2})
        assert opening.participant is not None
        assert opening.participant.identity == "web-1"
    assert (await opened(person, dispatch={"resume": CALL_ID})).participant is None
