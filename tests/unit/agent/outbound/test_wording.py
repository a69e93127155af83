"""What people and machines say when they answer, and how people say that they want no more calls. English."""

from __future__ import annotations

import pytest

from agent.outbound.languages.english import ENGLISH
from agent.outbound.languages.table import wording_of
from agent.outbound.wording import UNKNOWN, Hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Hello?", None),
        ("Hi, this is Bob", None),
        ("Larkfield Dental, how may I help you?", Hint.RECEPTION),
        ("Susan speaking", Hint.RECEPTION),
        ("please state your name and why you're calling", Hint.RECEPTION),
        ("I'm not available right now", Hint.MACHINE),
        ("The person you are calling is not available", Hint.MACHINE),
        ("Dr Miller is not available, can I take a message?", Hint.RECEPTION),
        ("She's not available right now, who is calling please", Hint.RECEPTION),
        ("He can't come to the phone, would you like to leave a message?", Hint.RECEPTION),
        ("She is away from her desk. Shall I put you through to her voicemail?", Hint.RECEPTION),
        ("Dr Miller is not available, leave a message after the tone and she may take your message", Hint.MACHINE),
        ("She's not available right now", Hint.LIKELY_MACHINE),
        ("he can't come to the phone", Hint.LIKELY_MACHINE),
        ("We can’t come to the phone", Hint.MACHINE),
        ("Leave your name and number, and I'll get back to you", Hint.MACHINE),
        ("at the tone please record your message", Hint.MACHINE),
        ("to leave a message press one or wait for the tone", Hint.MACHINE),
        ("the mailbox is full. goodbye", Hint.NO_MAILBOX),
        ("the person you called has a voice mailbox that has not been set up yet", Hint.NO_MAILBOX),
        ("the number you have dialed is not in service", Hint.NO_MAILBOX),
        ("For appointments, press one. For billing, press two.", Hint.MENU),
        ("please listen carefully as our menu options have changed", Hint.MENU),
        ("you've reached Larkfield", Hint.LIKELY_MACHINE),
    ],
)
def test_who_says_so(text: str, says: Hint | None) -> None:
    """The sentences of machines are the same everywhere."""
    assert ENGLISH.hint(text) == says


@pytest.mark.parametrize("text", ["please leave a message after the tone", "record your message at the beep"])
def test_what_nobody_says_who_talks(text: str) -> None:
    """Enough to take back that it was a person."""
    assert ENGLISH.surely_a_machine(text)


@pytest.mark.parametrize(
    "text",
    ["Can I leave a message for the doctor?", "I am not available on Tuesday", "I have voicemail", "Yes that is good"],
)
def test_what_a_person_may_say_in_the_talk(text: str) -> None:
    """A person who uses a machine's words is not cut off."""
    assert not ENGLISH.surely_a_machine(text)


@pytest.mark.parametrize(
    "text",
    [
        "Take me off your list.",
        "please remove my number from your system",
        "Stop calling me!",
        "I told you to stop calling.",
        "Don't ever call me again",
        "do not call this number anymore",
        "don’t call here any more",
        "no more calls please",
        "I want to be removed from this",
        "put me on the do not call list",
        "Unsubscribe.",
        "I'd like to opt out",
        "stop phoning",
        "would you stop phoning, please?",
        "stop calling me at work",
        "I want you to stop calling my house",
        "don't ever call me",
        "remove my number please",
        "can you delete our phone number",
        "please don't call any more",
        "take our number off your list",
        "take me off of your calling list",
        "get us off that list",
        "hey me off your list",
        "just take me off",
        "never call me again",
        "never ever phone here again",
        "I don't want you to call me",
        "I do not want any more calls",
        "I don't want to be called again",
        "don't you ever call here again",
        "Hi, don't call me again",
        "I told you, don't call me any more",
    ],
)
def test_wants_no_more_calls(text: str) -> None:
    """The law's own example, and others."""
    assert ENGLISH.wants_no_more_calls(text)


@pytest.mark.parametrize(
    "text",
    [
        "Don't call me before nine",
        "Can you call me again tomorrow?",
        "I take the train from London",
        "Take me through it again",
        "Stop, I can't hear you",
        "Remove the appointment on Tuesday",
        "Can you take me off hold",
        "get me out of the Tuesday appointment",
        "remove me from the Tuesday slot",
        "take me off the waiting list",
        "take me off your waiting list",
        "please don't take me off your list",
        "I want to be removed from this appointment",
        "take me out of this",
        "Stop calling me Bob",
        "my phone won't stop ringing",
        "You never call me back",
        "you never call me",
        "why don't you ever call me",
        "You don't call me any more",
        "I'll never call here again",
        "Don't call me, I'll call you",
        "I don't want you to call me before nine",
        "remove my number and use my wife's",
        "did you delete my number",
        "I don't want to opt out",
        "",
    ],
)
def test_wants_something_else(text: str) -> None:
    """Nobody is taken off the list by accident."""
    assert not ENGLISH.wants_no_more_calls(text)


def test_nine_is_offered() -> None:
    """Only where the greeting says so does the key mean it."""
    assert ENGLISH.offers_nine("If you want no more calls, press nine.")
    assert ENGLISH.offers_nine("Press 9 to stop.")
    assert not ENGLISH.offers_nine("We open at nine. Press one.")


def test_a_language_without_a_table_has_the_key_and_no_words() -> None:
    """Nothing is understood by accident: pauses and the tone decide who answered. A 9 by itself offers the key."""
    assert wording_of("pt-BR") is UNKNOWN
    assert wording_of("en-GB") is wording_of("EN") is ENGLISH
    for text in ("Please leave a message after the tone", "Take me off your list", "", "Não me ligue mais"):
        said = (UNKNOWN.hint(text), UNKNOWN.surely_a_machine(text), UNKNOWN.wants_no_more_calls(text))
        assert said == (None, False, False)
    assert UNKNOWN.offers_nine("Se não quiser mais ligações, tecle 9.")
    assert not UNKNOWN.offers_nine("Ligue 1909.")
