"""An operator gives a line a German persona and writes no words of its own: callers hear German and no English in
between. What the operator wrote wins, and a language that we don't have is said to be one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from calls.policy import Policy, says_ai
from config.load import load
from config.model import CallCenter
from config.phrases.english import ENGLISH
from config.phrases.german import GERMAN
from config.phrases.table import BY_LANGUAGE, phrases_of

PRACTICE = """\
practice: {name: Praxis Lerchenfeld, address: Gartenweg 12, time_zone: Europe/Berlin, hours: {monday: ["08:30-12:30"]}}
voices:
  empfang: {id: hilde, language: de-AT}
  reception: {id: fable, language: en-GB}
  accueil: {id: claire, language: fr-FR}
lines:
  praxis: {numbers: ["+15550100001"], persona: empfang}
  clinic: {numbers: ["+15550100002"], persona: reception}
"""
PROMPT = "You answer the telephone. Be brief, be kind, and promise nothing.\n"


def centre(folder: Path, more: str = "", *, text: str = PRACTICE) -> CallCenter:
    (folder / "personas").mkdir(exist_ok=True)
    for name in ("empfang", "reception", "accueil"):
        front = f"---\nvoice: {name}\ngreeting: Guten Tag.\n---\n"
        (folder / f"personas/{name}.md").write_text(front + PROMPT, encoding="utf-8")
    (folder / "callcenter.yaml").write_text(text + more, encoding="utf-8")
    return load(folder / "callcenter.yaml", known_tools=None)


def texts(of: object) -> Iterator[str]:
    """Every text below a dataclass, a mapping or a sequence; an enum's value is none."""
    if isinstance(of, str) and not isinstance(of, StrEnum):
        yield of
    elif isinstance(of, tuple):
        for each in of:
            yield from texts(each)
    elif isinstance(of, dict):
        for each in of.values():
            yield from texts(each)
    elif is_dataclass(of):
        for key in fields(of):
            yield from texts(getattr(of, key.name))


def test_no_language_has_words_of_another() -> None:
    """A phrase that was forgotten in a table would be said in English in the middle of a German talk."""
    said = {key: list(texts(phrases)) for key, phrases in BY_LANGUAGE.items()}
    for key, words in said.items():
        assert len(words) == len(said["en"]), key
        assert all(words), key
        assert key == "en" or not set(words) & set(said["en"]), key


def test_a_table_has_words_and_no_rules() -> None:
    """How often and how long is no matter of language."""
    silence, length = GERMAN.policy.silence, GERMAN.policy.length
    assert (silence.prompts, silence.prompt_after_s) == (Policy().silence.prompts, Policy().silence.prompt_after_s)
    assert (length.max_duration_s, length.with_person_s) == (Policy().length.max_duration_s, 3240.0)
    assert GERMAN.policy.recording.mode is Policy().recording.mode


def test_each_disclosure_says_that_an_ai_talks() -> None:
    """Else the words would be put before a greeting that still does not say it."""
    assert all(says_ai(phrases.policy.disclosure.words) for phrases in BY_LANGUAGE.values())


def test_a_line_speaks_its_personas_language(tmp_path: Path) -> None:
    """Wherever it is spoken; and the line beside it stays as it was."""
    lines = centre(tmp_path).lines
    assert lines["praxis"].policy == GERMAN.policy
    assert lines["clinic"].policy == Policy() == ENGLISH.policy
    assert lines["praxis"].greeting == f"{GERMAN.policy.disclosure.words} Guten Tag."


def test_a_voice_of_the_lines_own_decides(tmp_path: Path) -> None:
    """It is the voice that says the words."""
    text = PRACTICE.replace("persona: reception}", "persona: reception, voice: empfang}")
    assert centre(tmp_path, text=text).lines["clinic"].policy.recording.notice == GERMAN.policy.recording.notice


def test_what_the_operator_wrote_wins(tmp_path: Path) -> None:
    """Word for word, even where they are English, and beside our German ones."""
    written = "policy: {recording: {mode: required, notice: This call is being recorded.}, silence: {words: [Hallo]}}\n"
    policy = centre(tmp_path, written).lines["praxis"].policy
    assert policy.recording.notice == "This call is being recorded."
    assert policy.recording.unavailable == GERMAN.policy.recording.unavailable
    assert (policy.silence.words, policy.silence.farewell) == (("Hallo",), GERMAN.policy.silence.farewell)


def test_a_persona_that_takes_over_speaks_its_own_language(tmp_path: Path) -> None:
    """At closed hours, or by the dispatch: the notice is in the language of who reads it out."""
    center = centre(tmp_path, "policy: {length: {max_duration_s: 600, farewell: Bye.}}\n")
    line = center.lines["clinic"].speaking_as(center.personas["empfang"])
    assert line.policy.recording.notice == GERMAN.policy.recording.notice
    assert line.greeting == f"{GERMAN.policy.disclosure.words} Guten Tag."
    assert (line.policy.length.max_duration_s, line.policy.length.farewell) == (600.0, "Bye.")


FRENCH = PRACTICE.replace("persona: empfang", "persona: accueil")


def test_a_language_that_we_lack_is_answered_in_english_and_named(tmp_path: Path) -> None:
    """The line works as before; the agent's start says which keys to write."""
    center = centre(tmp_path, "policy: {recording: {mode: on_consent, question: Puis-je enregistrer}}\n", text=FRENCH)
    assert center.lines["praxis"].policy.silence == Policy().silence
    (warning,) = center.warnings
    assert (warning.key, warning.line) == ("lines.praxis", 7)
    assert "no phrases in fr-FR" in warning.message
    assert "policy.recording.notice, policy.recording.declined." in warning.message
    assert "question" not in warning.message
    assert "unavailable" not in warning.message


@pytest.mark.parametrize("language", ["en-US", "de", "DE-CH", "EN"])
def test_a_language_that_we_have_is_no_news(tmp_path: Path, language: str) -> None:
    """However its tag is written."""
    assert phrases_of(language) is BY_LANGUAGE[language[:2].lower()]
    assert not centre(tmp_path).warnings


def test_who_answers_at_closed_hours_is_looked_at_too(tmp_path: Path) -> None:
    """Their words are as English; what the line's own policy lacks is named below the line."""
    more = 'inbound: {closed: {persona: accueil}}, policy: {recording: {mode: "off"}}'
    text = PRACTICE.replace("persona: reception}", f"persona: reception, {more}}}")
    (warning,) = centre(tmp_path, text=text).warnings
    assert warning.key == "lines.clinic"
    assert "lines.clinic.policy.turn.words" in warning.message
    assert "recording" not in warning.message
