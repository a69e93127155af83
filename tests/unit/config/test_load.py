"""Somebody edits the configuration, makes a mistake and restarts the agent: they get every mistake at once, each with
file, line, key and what to do. What loads is frozen and answers for every number."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from agent.tools.registry import KNOWN
from config.load import load
from config.model import CallCenter, Prices
from config.problems import ConfigError, Problem

ROOT = Path(__file__).parents[3]

FILE = """\
practice:
  name: Larkfield Clinic
  address: 12 Orchard Road
  time_zone: Europe/London
  hours: {monday: ["08:30-12:30", "13:30-18:00"]}
voices:
  receptionist: {id: slt, language: en-US}
  rezeption: {id: hilde, language: de-DE}
lines:
  clinic:
    numbers: ["+15550100001"]
    persona: front-desk
  night:
    numbers: [+1 555 010-0002]
    persona: front-desk
    greeting: Good evening.
    voice: rezeption
    tools: []
web: {line: clinic}
"""
PERSONA = """\
---
voice: receptionist
greeting: Hello, this is the AI receptionist of {{practice_name}}.
tools: [opening_hours, end_call]
---
You answer the telephone of {{practice_name}}.
Hours: {{practice_hours}}. Be brief and kind.
"""


def write(folder: Path, text: str | bytes = FILE, persona: str | bytes | None = PERSONA) -> Path:
    (folder / "personas").mkdir(exist_ok=True)
    for path, content in ((folder / "callcenter.yaml", text), (folder / "personas/front-desk.md", persona)):
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "callcenter.yaml"


def problems(path: Path) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(path, known_tools=KNOWN)
    return caught.value.problems


def the_problem(path: Path) -> Problem:
    found = problems(path)
    assert len(found) == 1, [str(p) for p in found]
    return found[0]


def changed(old: str, new: str) -> str:
    assert old in FILE
    return FILE.replace(old, new)


@pytest.fixture
def center(tmp_path: Path) -> CallCenter:
    return load(write(tmp_path), known_tools=KNOWN)


def test_what_ships_loads() -> None:
    """The configuration in the repository is right, has two lines with two personas, and every tool in it exists."""
    center = load(ROOT / "config/callcenter.yaml", known_tools=KNOWN)
    assert {line.persona.name for line in center.lines.values()} == {"clinic-receptionist", "clinic-after-hours"}
    assert center.web_line is center.line("clinic")
    clinic = center.line("clinic")
    assert clinic is not None
    assert set(clinic.tools) <= KNOWN
    assert "{{" not in clinic.persona.prompt + clinic.greeting


@pytest.mark.parametrize(
    "dialled", ["+15550100001", "15550100001", "+1 (555) 010-0001", "sip:+15550100001@example.net", "0015550100001"]
)
def test_a_number_is_found_however_the_carrier_writes_it(center: CallCenter, dialled: str) -> None:
    """Carriers report a number with and without +, with separators, as SIP URI."""
    assert center.line_for(dialled) is center.line("clinic")


@pytest.mark.parametrize(
    "dialled", [None, "", "+15550100009", "anonymous", "x" * 10_000, "1; drop table", "+1555010000１"]
)
def test_an_unknown_number_has_no_line_unless_one_is_the_default(tmp_path: Path, dialled: str | None) -> None:
    """A number nobody configured is answered by the default line, or by none; rubbish is a number nobody configured."""
    assert load(write(tmp_path), known_tools=KNOWN).line_for(dialled) is None
    center = load(write(tmp_path, FILE + "default_line: night\n"), known_tools=KNOWN)
    assert center.line_for(dialled) is center.line("night")


def test_a_line_takes_its_personas_words_unless_it_has_its_own(center: CallCenter) -> None:
    """A line's own greeting, voice and tools win; an empty list of tools is none, not the persona's."""
    clinic, night = center.line("clinic"), center.line("night")
    assert clinic is not None
    assert night is not None
    assert (clinic.voice, clinic.language, clinic.tools) == ("slt", "en-US", ("opening_hours", "end_call"))
    assert (night.voice, night.language, night.tools) == ("hilde", "de-DE", ())
    assert night.numbers == ("+15550100002",)


def test_the_first_sentence_says_ai_whatever_the_greeting(center: CallCenter) -> None:
    """Disclosure is the line's policy: a greeting that does not say it is an AI gets the sentence in front."""
    clinic, night = center.line("clinic"), center.line("night")
    assert clinic is not None
    assert night is not None
    assert clinic.greeting == "Hello, this is the AI receptionist of Larkfield Clinic."
    assert night.greeting == "Guten Tag, Sie sprechen mit einem KI-Assistenten. Good evening."
    assert night.speaking_as(clinic.persona).greeting == clinic.greeting


def test_the_prompt_knows_the_practice_and_the_date(center: CallCenter) -> None:
    """Facts are filled in at the start; the date at the call, on the practice's clock (here already the next day)."""
    clinic = center.line("clinic")
    assert clinic is not None
    text = clinic.instructions(1_782_861_000.0)  # 2026-06-30T23:10Z: 00:10 on 1 July in London
    assert "Monday 08:30-12:30 and 13:30-18:00; Tuesday to Sunday closed" in text
    assert text.endswith("Today's date: 2026-07-01 (Wednesday).")


def test_what_loads_is_frozen(center: CallCenter) -> None:
    """Calls share one configuration: none of them can change it."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        center.line("clinic").voice = "other"  # type: ignore[misc, union-attr]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        (
            "greeting: Good evening.",
            "greetings: Good evening.",
            16,
            "lines.night.greetings",
            'Did you mean "greeting"?',
        ),
        ("  name: Larkfield Clinic", "  name: 5", 2, "practice.name", "This is a number (5); it must be text"),
        ("time_zone: Europe/London", "time_zone: London", 4, "practice.time_zone", "Europe/London"),
        ("time_zone: Europe/London", "time_zone: ../../etc", 4, "practice.time_zone", "not an IANA time zone"),
        ("08:30-12:30", "8.30-12.30", 5, "practice.hours.monday", "08:30-12:30"),
        ("08:30-12:30", "08:30-14:30", 5, "practice.hours.monday", "overlap"),
        ("08:30-12:30", "12:30-08:30", 5, "practice.hours.monday", "closes before it opens"),
        ("voice: rezeption", "voice: receptionst", 17, "lines.night.voice", 'Did you mean "receptionist"?'),
        ("tools: []", "tools: [opening_hour]", 18, "lines.night.tools[0]", 'Did you mean "opening_hours"?'),
        ("tools: []", "tools: [end_call, end_call]", 18, "lines.night.tools[1]", "twice"),
        ("tools: []", "tools: end_call", 18, "lines.night.tools", "must be a list"),
        (
            "persona: front-desk\n  n",
            "persona: front-dsk\n  n",
            12,
            "lines.clinic.persona",
            'Did you mean "front-desk"?',
        ),
        ("persona: front-desk\n  n", "persona: ../secret\n  n", 12, "lines.clinic.persona", "malformed"),
        ("+1 555 010-0002", "+15550100001", 14, "lines.night.numbers[0]", 'on the line "clinic" already'),
        ("+1 555 010-0002", "+1-555-010-0001", 14, "lines.night.numbers[0]", 'on the line "clinic" already'),
        ("+1 555 010-0002", "555 010 0002", 14, "lines.night.numbers[0]", "write E.164"),
        ("+1 555 010-0002", "15550100002", 14, "lines.night.numbers[0]", "put it in quotes"),
        ("web: {line: clinic}", "web: {line: clinc}", 19, "web.line", 'Did you mean "clinic"?'),
        ("web: {line: clinic}", "default_line: clinc", 19, "default_line", 'Did you mean "clinic"?'),
        ("greeting: Good evening.", "greeting: From {{practise_name}}.", 16, "lines.night.greeting", '"practice_name"'),
        ("  night:", "  Night Line:", 13, "lines.Night Line", "small letters"),
        ("  night:", "  clinic:", 13, "lines.clinic", "twice (first on line 10)"),
        ("  night:", "\tnight:", 13, "", "tab"),
        ("web: {line: clinic}", "policy: {disclosure: {ai: yes}}", 19, "policy.disclosure.ai", "must be true or false"),
        ("web: {line: clinic}", 'policy: {disclosure: {ai: "true"}}', 19, "policy.disclosure.ai", "without quotes"),
        (
            "web: {line: clinic}",
            "policy: {silence: {prompts: -1}}",
            19,
            "policy.silence.prompts",
            "greater than or equal",
        ),
        (
            "web: {line: clinic}",
            "policy: {length: {max_duration_s: .inf}}",
            19,
            "policy.length.max_duration_s",
            "number",
        ),
        ("web: {line: clinic}", "policy: []", 19, "policy", "must be a block"),
        ("web: {line: clinic}", "web: !!python/object/apply:os.system [x]", 19, "web", "Tags"),
        ("web: {line: clinic}", "web: *line", 19, "", "Aliases"),
        ("web: {line: clinic}", "web: {line: clinic", 20, "", "not YAML"),
        ("web: {line: clinic}", "---\nweb: {line: clinic}", 19, "", "second document"),
        ("web: {line: clinic}", "web: " + "[" * 40 + "]" * 40, 19, "", "deeper"),
        ("web: {line: clinic}", "? [a]\n: b", 19, "", "A key must be plain text"),
        ("web: {line: clinic}", "web: \x07", 19, "", "control character"),
        ("  address: 12 Orchard Road\n", "", 1, "practice.address", "Add `address:`"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, key: str, says: str
) -> None:
    """One mistake, one problem: at the right line, under the right key, with what to do."""
    path = write(tmp_path, changed(old, new))
    problem = the_problem(path)
    assert (problem.file, problem.line, problem.key) == (str(path), line, key)
    assert says in problem.message


def test_an_anchor_bomb_does_not_go_off(tmp_path: Path) -> None:
    """Nine levels of nine aliases would be 387 million strings."""
    bomb = "a0: &a0 lol\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))
    assert "Aliases" in the_problem(write(tmp_path, bomb)).message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n  \n", "empty"),
        ("# only a comment\n", "nothing in it but comments"),
        ("- a\n- b\n", "`key: value` lines"),
        ("just words", "`key: value` lines"),
        (b"\x00\x01\x02", "binary"),
        (b"practice:\n  name: \xff\xfe\n", "not UTF-8"),
        ("a: b\n" * 100_000, "larger than"),
    ],
)
def test_a_file_that_is_no_configuration_is_said_to_be_none(tmp_path: Path, text: str | bytes, says: str) -> None:
    """Empty, a list, binary, huge: one problem, no stack trace."""
    assert says in the_problem(write(tmp_path, text)).message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, or a folder."""
    assert "no such file" in the_problem(tmp_path / "callcenter.yaml").message
    assert "folder" in the_problem(tmp_path).message


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ("voice: receptionist", "voice: nobody", 2, "voice", "Declared under `voices` in callcenter.yaml"),
        ("voice: receptionist", "voice: receptionist\nlanguage: de-DE", 3, "language", "speaks en-US, not de-DE"),
        ("[opening_hours, end_call]", "[opening_hours, fly]", 4, "tools[1]", 'Unknown tool "fly"'),
        ("{{practice_name}}.\nH", "{{practice}}.\nH", 6, "prompt", "{{practice}}"),
        ("{{practice_hours}}", "{{practice_hours", 7, "prompt", "without its counterpart"),
        ("greeting:", "greting:", 3, "greting", 'Did you mean "greeting"?'),
        ("voice: receptionist", "voice: [receptionist", 3, "", "not YAML"),
        ("---\nYou", "You", 1, "", "not closed"),
        ("---\nvoice", "voice", 1, "", "front matter is missing"),
        ("{{practice_name}}.\nH", "\x1b[31m.\nH", 6, "prompt", "control characters"),
    ],
)
def test_a_personas_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, key: str, says: str
) -> None:
    """The same promise for personas/<name>.md, whose line numbers count from the top of the file."""
    assert old in PERSONA
    write(tmp_path, persona=PERSONA.replace(old, new, 1))
    found = [p for p in problems(tmp_path / "callcenter.yaml") if p.line == line and p.key == key]
    assert found
    assert says in found[0].message
    assert found[0].file.endswith("personas/front-desk.md")


@pytest.mark.parametrize(
    ("persona", "says"),
    [
        ("", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("x" * 1_000_000, "larger than 64 KiB"),
        (re.sub(r"---\nYou.*", "---\n", PERSONA, flags=re.DOTALL), "There is no prompt"),
        (re.sub(r"---\nYou.*", "---\nHi.\n", PERSONA, flags=re.DOTALL), "too few"),
        (PERSONA + "Very long. " * 2_000, "Shorten it"),
    ],
)
def test_an_absurd_persona_is_one_problem(tmp_path: Path, persona: str | bytes, says: str) -> None:
    """No prompt, a picture, a megabyte: said once, and not again for each line that names the persona."""
    assert says in the_problem(write(tmp_path, persona=persona)).message


def test_a_missing_persona_file_is_a_problem_of_the_line_that_names_it(tmp_path: Path) -> None:
    """Each line that names it is told, with its own line number."""
    found = problems(write(tmp_path, persona=None))
    assert [(p.line, p.key) for p in found] == [(12, "lines.clinic.persona"), (15, "lines.night.persona")]


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    """Mistakes of both files in one numbered list, so that one restart mends them all."""
    text = changed("voice: rezeption", "voice: x1").replace("web: {line: clinic}", "web: {line: x2}")
    path = write(tmp_path, text, PERSONA.replace("receptionist\n", "x3\n").replace("end_call", "x4"))
    with pytest.raises(ConfigError) as caught:
        load(path, known_tools=KNOWN)
    assert len(caught.value.problems) == 4
    assert str(caught.value).startswith("The configuration has 4 mistakes:\n1. ")


def test_prices_are_read_and_may_be_left_out(tmp_path: Path, center: CallCenter) -> None:
    """Without prices no cost is kept; a price that is not written is 0, whole numbers are numbers."""
    assert center.prices is None
    prices = load(write(tmp_path, FILE + "prices: {currency: EUR, per_call_minute: 1}\n"), known_tools=KNOWN).prices
    assert prices == Prices("EUR", per_call_minute=1.0)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{per_call_minute: 1}", "Add `currency:` here"),
        ("{currency: euro}", "such as EUR"),
        ("{currency: EUR, per_call_minute: -1}", "greater than or equal to 0"),
        ("{currency: EUR, per_call_minute: .nan}", "must be a number"),
        ("{currency: EUR, per_minute: 1}", 'did you mean "per_call_minute"'),
    ],
)
def test_a_price_that_would_charge_nothing_or_nonsense_is_refused(tmp_path: Path, written: str, words: str) -> None:
    """A misspelt price would silently be 0, a negative one a gift."""
    problem = the_problem(write(tmp_path, FILE + f"prices: {written}\n"))
    assert words.lower() in str(problem).lower(), str(problem)


def test_the_model_knows_whom_it_can_put_callers_through_to() -> None:
    """By name only: no number is in its prompt, and none that a caller gives gets anywhere."""
    line = load(ROOT / "config/callcenter.yaml", known_tools=KNOWN).lines["clinic"]
    assert "front-desk (the front desk)" in line.instructions(0.0)
    assert not any(target.number in line.instructions(0.0) for target in line.telephony.targets.values())
