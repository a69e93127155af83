"""What a redacted transcript must not hold, in the words of a recogniser: no capitals, no punctuation, numbers said."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest

from recording.redact.text import Kind, find, redacted


def clean(text: str, *names: str) -> str:
    return redacted(text, find(text, names))


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("my number is oh seven double four one two three four five six", "my number is [number]"),
        ("it's +49 30 1234567 thanks", "it's [number] thanks"),
        ("call 020 7946 0958 please", "call [number] please"),
        ("four two four two four two four two four two four two four two four two", "[card]"),
        ("the card is 4242 4242 4242 4242 expiring soon", "the card is [card] expiring soon"),
        ("my name is ada king and i need an appointment", "my name is [name] and i need an appointment"),
        ("Hello, this is Grace Hopper speaking", "Hello, this is [name] speaking"),
        ("ich heiße ada könig und brauche einen termin", "ich heiße [name] und brauche einen termin"),
        ("i live at 12 orchard road in town", "i live at [address] in town"),
        ("ich wohne in der lindenstraße 14", "ich wohne in der [address]"),
        ("my postcode is SW1A 1AA", "my postcode is [address]"),
        ("write to ada.king@example.org today", "write to [email] today"),
        ("it is ada dot king at example dot org", "it is [email]"),
        ("null eins sieben sechs eins zwei drei vier fünf", "[number]"),
        ("null eins fünfundvierzig sechsundsiebzig zwölf danke", "[number] danke"),
        ("oh one six um one uh four nine six please", "[number] please"),
        ("treble four nought nine hundred", "treble [number]"),
        ("020\u20137946\u20130958", "[number]"),
        ("i am ada king", "i am [name]"),
        ("I\u2019m Ada King", "I\u2019m [name]"),
        ("hello ada king speaking", "hello [name] speaking"),
        ("it is for mr king", "it is for mr [name]"),
        ("mein nachname ist könig", "mein nachname ist [name]"),
        ("könig am apparat", "[name] am apparat"),
        ("k i n g", "[name]"),
        ("K for kilo, I as in India, N wie Nordpol", "[name]"),
        ("my postcode is s w one a one a a", "my postcode is [name]"),
        ("the policy is AB12CD34", "the policy is [number]"),
        ("12 new road", "[address]"),
        ("5 old church road", "[address]"),
        ("Hauptstr. 5", "[address]"),
        ("March 3rd 1985", "[number]"),
        ("third of march nineteen eighty five", "[number]"),
        ("geboren am dritten märz", "[number]"),
        ("ada underscore king at gmail dot com", "[email]"),
        ("ada punkt könig ät gmail punkt de", "[email]"),
    ],
)
def test_what_tells_who_it_is_goes(said: str, left: str) -> None:
    """Numbers, cards, names, addresses and mail, as they are written and as they are said."""
    assert clean(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "can i come on tuesday at half past two",
        "we are open from 8 30 to 12",
        "this is not what i asked for",
        "i'm calling about my appointment",
        "in 2026 i had three visits",
        "it's fine thank you",
        "i'm sorry can you repeat that",
        "the doctor is on the way",
        "at two on the way home",
        "We are open Monday to Thursday 08:30-12:30 and 13:30-18:00; Friday 08:30-12:30.",
        "ten minutes drive from here",
        "come in may 2026 please",
        "one thousand two hundred milligrams during the day",
    ],
)
def test_what_tells_nobody_stays(said: str) -> None:
    """A transcript of placeholders is of no use to whoever reads it."""
    assert clean(said) == said


def test_a_name_the_call_knows_goes_everywhere() -> None:
    """The tool that booked was given the name: then it goes also where nothing introduces it."""
    assert clean("yes that is right king", "Ada King") == "yes that is right [name]"
    assert clean("An appointment for Ada King at nine.", "Ada King") == "An appointment for [name] at nine."


def test_a_short_name_is_a_name() -> None:
    """Each of its words alone is too common to be taken out; and ö is written in two ways."""
    assert clean("bo li rang", "Bo Li") == "[name] rang"
    assert clean("ja koenig war da", "Ada König") == "ja [name] war da"


@pytest.mark.parametrize(
    "piece", ["a", "a-", "1", "+", "seven", "1a", "a'", "a. ", "a dot ", "my name is ", "12 a ", "may 1 ", " ", "(1"]
)
def test_no_text_takes_long(piece: str) -> None:
    """10,000 characters of anything a recogniser or a language model may write: linear, where it took 10 s and more."""
    began = process_time()
    find((piece * 10_000)[:10_000])
    assert process_time() - began < 3.0


def test_a_known_name_is_no_part_of_another_word() -> None:
    """Mr Art does not take "start" apart."""
    assert clean("start art party", "Art") == "start [name] party"


def test_no_place_is_in_another() -> None:
    """A name in an address is one place: offsets stay right and nothing is cut twice."""
    text = "i'm ada king of 12 king street"
    found = find(text, ["Ada King"])
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert redacted(text, found) == "i'm [name] of [address]"
    assert {each.kind for each in found} == {Kind.NAME, Kind.ADDRESS}


def test_sixteen_digits_that_are_no_card_are_a_number_all_the_same() -> None:
    """A misheard digit breaks the check sum, and the rest would still be the card."""
    assert clean("4242 4242 4242 4243") == "[number]"
