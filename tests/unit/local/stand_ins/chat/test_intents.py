"""What a caller wants, from words as they come out of a recogniser."""

import pytest

from local.stand_ins.chat.intents import Intent, intents
from local.stand_ins.chat.words import plain


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("i would like to book an appointment", Intent.BOOK),
        ("can i see the doctor tomorrow", Intent.BOOK),
        ("i want to move my appointment to friday", Intent.MOVE),
        ("can we reschedule", Intent.MOVE),
        ("please cancel the appointment", Intent.CANCEL),
        ("what time do you close on friday", Intent.HOURS),
        ("are you still open", Intent.HOURS),
        ("can i leave a message for the doctor", Intent.MESSAGE),
        ("please call me back tomorrow", Intent.MESSAGE),
        ("can i speak to a person please", Intent.PERSON),
        ("put me through to the nurse", Intent.PERSON),
        ("are you a robot", Intent.ROBOT),
        ("am i talking to a real person", Intent.ROBOT),
        ("sorry could you say that again", Intent.REPEAT),
        ("thank you goodbye", Intent.GOODBYE),
        ("no that's all", Intent.GOODBYE),
        ("it's an emergency", Intent.EMERGENCY),
    ],
)
def test_the_first_intent_of_a_sentence(said: str, intent: Intent) -> None:
    """The most telling one comes first."""
    assert intents(plain(said))[0] is intent


def test_nonsense_has_no_intent() -> None:
    """So that it can be asked about."""
    assert intents(plain("blah fish tree")) == []
