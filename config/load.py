"""Reads config/callcenter.yaml and personas/*.md beside it into one CallCenter, or lists every mistake at once."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from config.hours import DAYS, parse_day, week_text
from config.model import CallCenter, Line, Persona, Practice, Prices
from config.numbers import e164
from config.persona import Known, check_tools, check_voice, filled_greeting, read
from config.phrases.table import BY_LANGUAGE, table_of
from config.phrases_check import unsaid
from config.problems import ConfigError, Problem, did_you_mean
from config.shape import FileShape, LineShape, PracticeShape
from config.shape_base import NAME
from config.source import MAX_BYTES, Source, parse, read_text
from config.telephony_check import check_telephony
from config.validate import validated

MAX_PERSONAS = 200


def load(path: Path, *, known_tools: frozenset[str] | None) -> CallCenter:
    """The call centre described by the file `path` and the folder `personas/` beside it.

    Blocking file reads of at most a few hundred KiB: for a process's start, not for a call. Raises ConfigError with
    every mistake found in all files; nothing is half loaded. `known_tools` None, where no tool will be run: the
    names of tools are not checked.
    """
    file = str(path)
    text, unreadable = read_text(path, file, MAX_BYTES, "the call centre's configuration")
    if text is None:
        raise ConfigError([unreadable] if unreadable else [])
    source = parse(text, file)
    shape = validated(FileShape, source)
    if shape is None:
        raise ConfigError(source.problems)
    practice = _practice(shape.practice)
    known = Known(shape.voices, known_tools, placeholders(practice))
    personas, problems, broken = _personas(path.parent / "personas", known)
    lines = {
        name: line
        for name, line_shape in shape.lines.items()
        if (line := _line(source, name, line_shape, shape, (personas, broken, known, practice)))
    }
    _check_numbers(source, shape)
    check_telephony(source, shape, {*personas, *broken})
    web = shape.web.line if shape.web else None
    for key, target in (("web", web), ("default_line", shape.default_line)):
        if target is not None and target not in shape.lines:
            where = ("web", "line") if key == "web" else (key,)
            source.problem(where, f'There is no line "{target}". {did_you_mean(target, shape.lines, noun="Lines")}')
    if source.problems or problems:
        raise ConfigError([*source.problems, *problems])
    return CallCenter(
        practice,
        lines,
        personas,
        web_line=lines[web] if web else None,
        default_line=lines[shape.default_line] if shape.default_line else None,
        prices=Prices(**shape.prices.model_dump()) if shape.prices else None,
        carriers={name: carrier.carrier(name) for name, carrier in shape.carriers.items()},
        warnings=unsaid(source, shape, lines, personas),
    )


def placeholders(practice: Practice) -> dict[str, str]:
    """What {{...}} in a prompt or greeting may name."""
    return {
        "practice_name": practice.name,
        "practice_address": practice.address,
        "practice_hours": week_text(practice.hours),
    }


def _practice(shape: PracticeShape) -> Practice:
    return Practice(
        name=shape.name,
        address=shape.address,
        time_zone=shape.time_zone,
        hours={i: parse_day(getattr(shape.hours, day)) for i, day in enumerate(DAYS)},
        closed_on=frozenset(date.fromisoformat(day) for day in shape.closed_on),
        slot_minutes=shape.slot_minutes,
        horizon_days=shape.horizon_days,
    )


def _personas(folder: Path, known: Known) -> tuple[dict[str, Persona], list[Problem], set[str]]:
    """Every persona in `folder`, the problems, and the names whose file exists but is broken."""
    personas: dict[str, Persona] = {}
    problems: list[Problem] = []
    broken: set[str] = set()
    files = sorted(folder.glob("*.md")) if folder.is_dir() else []
    if len(files) > MAX_PERSONAS:
        return {}, [Problem(str(folder), 0, "", f"More than {MAX_PERSONAS} persona files. Remove some.")], set()
    for path in files:
        if path.name == "README.md":
            continue
        if not re.fullmatch(NAME, path.stem):
            remedy = "Rename it: small letters, digits and hyphens, then .md."
            problems.append(Problem(str(path), 0, "", f"The file's name is no persona's name. {remedy}"))
            continue
        persona, wrong = read(path, str(path), known)
        problems += wrong
        if persona:
            personas[persona.name] = persona
        else:
            broken.add(path.stem)
    return personas, problems, broken


def _line(
    source: Source,
    name: str,
    shape: LineShape,
    file: FileShape,
    context: tuple[dict[str, Persona], set[str], Known, Practice],
) -> Line | None:
    personas, broken, known, practice = context
    path = ("lines", name)
    voice = check_voice(source, (*path, "voice"), shape.voice, known) if shape.voice else None
    if shape.tools is not None:
        check_tools(source, (*path, "tools"), shape.tools, known)
    greeting = filled_greeting(source, (*path, "greeting"), shape.greeting, known) if shape.greeting else None
    persona = personas.get(shape.persona)
    if persona is None:
        if shape.persona not in broken:
            hint = did_you_mean(shape.persona, [*personas, *broken], noun="Personas there are")
            source.problem((*path, "persona"), f"There is no file personas/{shape.persona}.md. {hint}")
        return None
    written = shape.policy or file.policy
    policies = {key: written.policy(phrases.policy) for key, phrases in BY_LANGUAGE.items()}
    language = voice.language if voice else persona.language
    policy = policies[table_of(language)]
    return Line(
        name=name,
        numbers=tuple(number for written in shape.numbers if (number := e164(written))),
        persona=persona,
        greeting=policy.disclosure.applied_to(greeting or persona.greeting),
        voice=voice.id if voice else persona.voice,
        language=language,
        tools=persona.tools if shape.tools is None else tuple(shape.tools),
        policy=policy,
        practice=practice,
        telephony=shape.telephony(),
        policies=policies,
    )


def _check_numbers(source: Source, shape: FileShape) -> None:
    """One number, one line: two lines with one number would make the answer depend on their order."""
    first: dict[str | None, str] = {}
    for name, line in shape.lines.items():
        for i, written in enumerate(line.numbers):
            number = e164(written)
            if number in first:
                where = "this line" if first[number] == name else f'the line "{first[number]}"'
                source.problem(("lines", name, "numbers", i), f"{number} is on {where} already. Keep it in one place.")
            first.setdefault(number, name)
