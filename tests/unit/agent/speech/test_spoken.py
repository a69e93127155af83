"""What a language model writes must not be read out sign by sign."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from agent.speech.spoken import Speaker, spoken, spoken_stream

_SIGNS = [
    "**", "*", "_", "`", "```", "- ", "#", " ", "\n", "[", "](", "](http://a.com)", "]", "|", "hello", "Dr.",
    "3", "30", ":", ".", ",", "!", "😀", "http://x.org/p", " a@b.com ", "<b>", "</b>", "<a href=", "<", "&",
    "&amp;", "--", "–", "~", "1.", "1) ", "times", "°", "\\", "<think>", "</think>", "(", ")", "“", "”", "'",
    "p.m.", "。", "->", "=", "www.",
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hello **there**, _how_ are `you`?", "Hello there, how are you?"),
        ("# Opening hours\n- Monday: 9-5\n- *Tuesday*: closed\n", "Opening hours. Monday: 9-5. Tuesday: closed."),
        ("Hello\nworld\n\nnext paragraph", "Hello world. next paragraph"),
        ("| Day | Hours |\n|---|:---:|\n| Mon | 9:00 |\n", "Day, Hours. Mon, nine o'clock."),
        ("See [our site](https://example.com/a?b=c).", "See our site."),
        ('See [our site](https://example.com "a title") now', "See our site now"),
        ("Visit https://www.example.com/contact.", "Visit example dot com slash contact."),
        ("Visit https://example.com/x/y?z=1&a=%20, please", "Visit example dot com, please"),
        ("Book at example.com.", "Book at example dot com."),
        ("Mail front_desk@my-clinic.example.com.", "Mail front underscore desk at my dash clinic dot example dot com."),
        ("Sure! 😀🎉 I can help 👍🏽.", "Sure! I can help."),
        ("```\nWe open at 9.\n```\n", "We open at 9."),
        ("<think>\nWhat now? </think>\nHello <b>you</b><br>there", "Hello you there"),
        ("Tea & coffee, 2 * 3 = 6, ~20 people", "Tea and coffee, 2 times 3 equals 6, about 20 people"),
        ("At 3.30 p.m., $1,250.50, 24/7, 555-0199", "At 3.30 p.m., $1,250.50, 24/7, 555-0199"),
        ("Ça va, naïve Zoë? Grüße, नमस्ते", "Ça va, naïve Zoë? Grüße, नमस्ते"),
        ("***\n😀\n---", ""),
    ],
)
def test_spoken(written: str, said: str) -> None:
    """Markup, emoji and addresses as a person would say them; numbers and other scripts as they are."""
    assert spoken(written) == said


@pytest.mark.parametrize("seed", range(300))
def test_splitting_changes_nothing_and_spoken_text_stays(seed: int) -> None:
    """A token may end anywhere, also within markup; and what was cleaned once comes through unchanged."""
    chance = random.Random(seed)
    written = "".join(chance.choice(_SIGNS) for _ in range(chance.randint(1, 14)))
    whole = spoken(written)
    for at in range(len(written) + 1):
        speaker = Speaker()
        assert speaker.push(written[:at]) + speaker.push(written[at:]) + speaker.end() == whole, (written, at)
    assert spoken(whole) == whole, written


async def test_a_word_leaves_when_the_next_one_begins() -> None:
    """Cleaning must not cost the first words any time."""
    seen: list[str] = []

    async def tokens() -> AsyncIterator[str]:
        yield "**Sure"
        yield "**,"
        yield " I"
        assert "".join(seen) == "Sure,"
        yield " can help."

    async for said in spoken_stream(tokens()):
        seen.append(said)
    assert "".join(seen) == "Sure, I can help."


def test_an_unclosed_link_or_tag_loses_no_more_than_its_line() -> None:
    """A model that forgets a bracket must not silence the rest of its answer."""
    assert spoken("See [this](http://a.b and\nwe open at nine.") == "See this we open at nine."
    assert spoken("A <a href='x and\nwe open at nine.") == "A we open at nine."
