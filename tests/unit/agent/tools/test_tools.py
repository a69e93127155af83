"""What the tools tell the model, over a real diary: the words to speak, and never more than the caller may know."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.diary.diary import Diary
from agent.tools.desk import Desk
from agent.tools.guard import run
from agent.tools.registry import TOOLS
from agent.tools.whose import MAX_GUESSES
from calls.outcome import Outcome
from tests.support.desk import NOW, a_desk

OTHER = "+15550100077"


async def use(desk: Desk, tool: str, **arguments: Any) -> str:
    return await run(TOOLS[tool], desk, arguments)


async def book(desk: Desk, name: str = "Anna Smith", day: str = "tuesday", time: str = "half past ten") -> str:
    return await use(desk, "book_appointment", name=name, day=day, time=time, reason="a cough")


async def test_a_booking_lands_in_the_diary_and_is_said_in_words(tmp_path: Path) -> None:
    """Tuesday at half past ten, said on Wednesday the 18th."""
    desk, caused = a_desk(tmp_path)
    answer = await book(desk)
    assert answer == "Booked for Anna Smith: Tuesday the 24th at half past ten. Repeat day and time to the caller."
    (entry,) = await desk.diary.appointments()
    assert (entry.name, entry.reason, entry.number, entry.call_id) == (
        "Anna Smith",
        "a cough",
        desk.caller_number,
        "call-1",
    )
    assert caused.notes["appointment"] == {"id": entry.id, "at": "2026-03-24T10:30:00+00:00", "state": "booked"}
    assert caused.tools[0][0] == "book_appointment"
    assert caused.tools[0][3] is True


async def test_the_same_booking_in_other_words_is_one_booking(tmp_path: Path) -> None:
    """The model calls again with ISO in place of words: the same answer, one row."""
    desk, _ = a_desk(tmp_path)
    first = await book(desk)
    assert await book(desk, day="2026-03-24", time="10:30") == first
    assert len(await desk.diary.appointments()) == 1


async def test_summer_time_is_the_practices(tmp_path: Path) -> None:
    """Half past ten stays half past ten on the practice's clock after the change to summer time."""
    desk, _ = a_desk(tmp_path)
    assert "Tuesday the 31st at half past ten" in await book(desk, day="2026-03-31")
    (entry,) = await desk.diary.appointments()
    assert entry.starts_at == 1_774_949_400  # 2026-03-31T09:30Z


@pytest.mark.parametrize(
    ("day", "time", "says"),
    [
        (
            "saturday",
            "10:30",
            "closed on Saturday the 21st. Nearest free: Friday the 20th at half past ten and Monday the 23rd",
        ),
        (
            "tuesday",
            "7 pm",
            "No appointment starts at that time. Nearest free: Tuesday the 24th at five o'clock and Tue",
        ),
        ("tuesday", "10:40", "Nearest free: Tuesday the 24th at half past ten and Tuesday the 24th at eleven o'clock."),
        ("tuesday", "1 pm", "No appointment starts at that time."),
        ("tuesday", "afternoon", "An exact time is needed. Nearest free: Tuesday the 24th at half past one and Tue"),
        ("today", "9:00", "That time has passed already."),
        ("2024-03-24", "10:30", "That day is past. Today is Wednesday the 18th (2026-03-18)."),
        ("the 24th of august", "10:30", "too far ahead: appointments can be booked until Sunday the 17th of May"),
        ("purple", "10:30", "The day was not understood."),
    ],
)
async def test_what_cannot_be_booked_is_told_with_the_nearest_free(
    tmp_path: Path, day: str, time: str, says: str
) -> None:
    """Closed, between slots, lunch, past, too far ahead, not understood: nothing is written."""
    desk, caused = a_desk(tmp_path)
    assert says in await book(desk, day=day, time=time)
    assert await desk.diary.appointments() == []
    assert caused.tools[0][3] is True
    assert caused.failures == []


async def test_of_two_callers_the_second_is_offered_the_next(tmp_path: Path) -> None:
    """Both ask for the same slot in the same moment: one has it, the other hears the slots beside it."""
    diary = Diary(tmp_path / "d.sqlite3")
    anna, _ = a_desk(tmp_path, diary=diary)
    ben, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number=OTHER)
    answers = sorted(await asyncio.gather(book(anna), book(ben, name="Ben Jones")))
    assert answers[0].startswith("Booked for ")
    assert answers[1] == (
        "That time is taken. Nearest free: Tuesday the 24th at ten o'clock and Tuesday the 24th at eleven o'clock. "
        "Offer these and ask which suits."
    )
    assert len(await diary.appointments()) == 1


async def test_a_move_twice_is_one_move_with_one_answer(tmp_path: Path) -> None:
    """The retried call hears the same words, old slot included."""
    desk, caused = a_desk(tmp_path)
    await book(desk)
    first = await use(desk, "move_appointment", name="Anna Smith", new_day="thursday", new_time="2 pm")
    assert first == (
        "Moved: now Thursday the 19th at two o'clock, no longer Tuesday the 24th at half past ten. "
        "Repeat it to the caller."
    )
    assert await use(desk, "move_appointment", name="anna smith", new_day="2026-03-19", new_time="14:00") == first
    assert len(await desk.diary.appointments()) == 1
    assert caused.notes["appointment"]["state"] == "moved"


async def test_the_same_time_on_another_day(tmp_path: Path) -> None:
    """ "Same time" is the time of the appointment as it stands."""
    desk, _ = a_desk(tmp_path)
    await book(desk)
    answer = await use(desk, "move_appointment", name="Anna Smith", new_day="friday", new_time="same time")
    assert answer.startswith("Moved: now Friday the 20th at half past ten")


async def test_a_move_to_a_taken_slot_leaves_it_where_it_was(tmp_path: Path) -> None:
    """The old slot is not lost on the way."""
    diary = Diary(tmp_path / "d.sqlite3")
    desk, _ = a_desk(tmp_path, diary=diary)
    other, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number=OTHER)
    await book(desk)
    await book(other, name="Ben Jones", time="11:00")
    answer = await use(desk, "move_appointment", name="Anna Smith", new_day="tuesday", new_time="11")
    assert answer.startswith("That time is taken; the appointment stays as it was. Nearest free:")
    assert len(await diary.appointments()) == 2


async def test_a_cancelled_slot_is_free_again(tmp_path: Path) -> None:
    """Cancelled twice: one answer. Booked and cancelled anew: it is really cancelled."""
    desk, _ = a_desk(tmp_path)
    await book(desk)
    first = await use(desk, "cancel_appointment", name="Anna Smith")
    assert first == "Cancelled: the appointment on Tuesday the 24th at half past ten. Tell the caller."
    assert await use(desk, "cancel_appointment", name="Anna Smith") == first
    assert await desk.diary.appointments() == []
    await book(desk)
    assert await use(desk, "cancel_appointment", name="Anna Smith") == first
    assert await desk.diary.appointments() == []


async def test_with_two_appointments_the_caller_is_asked_which(tmp_path: Path) -> None:
    """The caller's own two are named; the one with the day they say is cancelled."""
    desk, _ = a_desk(tmp_path)
    await book(desk)
    await book(desk, day="thursday", time="9:00")
    answer = await use(desk, "cancel_appointment", name="Anna Smith")
    assert "Thursday the 19th at nine o'clock and Tuesday the 24th at half past ten" in answer
    assert "Cancelled: the appointment on Thursday" in await use(
        desk, "cancel_appointment", name="Anna Smith", day="thursday"
    )
    assert len(await desk.diary.appointments()) == 1


@pytest.mark.parametrize("number", [OTHER, None])
async def test_another_callers_appointment_is_neither_told_nor_touched(tmp_path: Path, number: str | None) -> None:
    """Knowing a patient's name is not enough, whatever the model was talked into: the words are the same as for a name
    that is not in the diary, and nothing changes."""
    diary = Diary(tmp_path / "d.sqlite3")
    anna, _ = a_desk(tmp_path, diary=diary)
    await book(anna)
    stranger, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number=number)
    there = await use(stranger, "cancel_appointment", name="Anna Smith")
    assert there == await use(stranger, "cancel_appointment", name="Nobody Here")
    moved = await use(stranger, "move_appointment", name="Anna Smith", new_day="friday", new_time="9:00")
    assert moved == there
    assert "24" not in there
    assert len(await diary.appointments()) == 1


@pytest.mark.parametrize("withheld", ["anonymous", "Restricted", "+266696687", "", None])
async def test_two_withheld_callers_are_not_one(tmp_path: Path, withheld: str | None) -> None:
    """Carriers put the same word, or the same digits, for every withheld number: it vouches for nobody."""
    diary = Diary(tmp_path / "d.sqlite3")
    anna, _ = a_desk(tmp_path, diary=diary, number=withheld)
    await book(anna)
    stranger, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number=withheld)
    answer = await use(stranger, "cancel_appointment", name="Anna Smith")
    assert answer.startswith("No appointment was found by this telephone number.")
    assert [entry.number for entry in await diary.appointments()] == [None]


async def test_the_same_telephone_is_known_however_it_is_written(tmp_path: Path) -> None:
    """Booked over one trunk as +1555..., cancelled over another that leaves the + out."""
    diary = Diary(tmp_path / "d.sqlite3")
    anna, _ = a_desk(tmp_path, diary=diary)
    await book(anna)
    again, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number="15550100099")
    assert (await use(again, "cancel_appointment", name="Anna Smith")).startswith("Cancelled")


async def test_a_caller_from_another_telephone_who_knows_the_time_may_cancel(tmp_path: Path) -> None:
    """Exact name, day and time stand for the number."""
    diary = Diary(tmp_path / "d.sqlite3")
    anna, _ = a_desk(tmp_path, diary=diary)
    await book(anna)
    elsewhere, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number=None)
    answer = await use(elsewhere, "cancel_appointment", name="Anna Smith", day="tuesday", time="half past ten")
    assert answer.startswith("Cancelled")


async def test_guessing_is_stopped(tmp_path: Path) -> None:
    """After MAX_GUESSES wrong times the right one no longer helps in this call."""
    diary = Diary(tmp_path / "d.sqlite3")
    anna, _ = a_desk(tmp_path, diary=diary)
    await book(anna)
    stranger, _ = a_desk(tmp_path, diary=diary, call_id="call-2", number=None)
    for hour in range(MAX_GUESSES):
        await use(stranger, "cancel_appointment", name="Anna Smith", day="tuesday", time=f"{hour + 2} pm")
    answer = await use(stranger, "cancel_appointment", name="Anna Smith", day="tuesday", time="10:30")
    assert answer.startswith("Too many tries")
    assert len(await diary.appointments()) == 1


async def test_a_message_is_kept_once_and_makes_the_call_a_voicemail(tmp_path: Path) -> None:
    """Twice the same words: one message. A call that came to no more than that ends as VOICEMAIL."""
    desk, caused = a_desk(tmp_path)
    for _ in range(2):
        answer = await use(desk, "take_message", name="Anna Smith", message="Please call me back.")
        assert answer.startswith("The message is kept, with the caller's number.")
    (message,) = await desk.diary.messages()
    assert (message.name, message.text, message.number) == ("Anna Smith", "Please call me back.", desk.caller_number)
    assert message.at == NOW
    assert caused.notes["message"] == "Please call me back."
    await use(desk, "end_call")
    assert caused.ended == [(Outcome.VOICEMAIL, "agent_said_goodbye")]


async def test_a_message_without_any_number_asks_for_one(tmp_path: Path) -> None:
    """Nobody can call back a withheld number."""
    desk, _ = a_desk(tmp_path, number=None)
    assert "Ask for a number" in await use(desk, "take_message", name="Anna", message="Call me.")
    assert "with the caller's number" in await use(
        desk, "take_message", name="Anna", message="Call me on 020 7946 0000."
    )


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (
            "today",
            "On Wednesday the 18th the practice is open from half past eight to half past twelve and from half past "
            "one to six o'clock. It is open now.",
        ),
        ("sunday", "On Sunday the 22nd the practice is closed all day."),
        (None, "It is open now."),
        ("blursday", "The day was not understood."),
    ],
)
async def test_hours_are_told_as_they_are(tmp_path: Path, day: str | None, says: str) -> None:
    """From the configuration, never from the model."""
    desk, _ = a_desk(tmp_path)
    assert says in await use(desk, "opening_hours", day=day)


async def test_a_person_is_not_promised(tmp_path: Path) -> None:
    """Nobody can be put through yet: the answer is honest, and the record keeps the wish."""
    desk, caused = a_desk(tmp_path)
    assert "Nobody can be put through" in await use(desk, "ask_for_person", reason="billing")
    assert caused.notes == {"person_wanted": "billing"}


async def test_a_resolved_call_ends_resolved(tmp_path: Path) -> None:
    """A booking outweighs a message."""
    desk, caused = a_desk(tmp_path)
    await book(desk)
    await use(desk, "take_message", name="Anna Smith", message="I will be late.")
    assert "Say goodbye" in await use(desk, "end_call")
    assert caused.ended == [(Outcome.RESOLVED, "agent_said_goodbye")]
