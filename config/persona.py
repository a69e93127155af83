"""A persona's file: front matter between two `---` lines (greeting, voice, language, tools), then the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from config.model import Persona
from config.persona_data import Datum
from config.persona_data import placeholders as data_placeholders
from config.problems import Problem, did_you_mean
from config.shape import FrontMatterShape, VoiceShape
from config.source import Source, parse, read_text
from config.template import fill
from config.validate import validated

MAX_BYTES = 64 * 1024  # far above any prompt: beyond it the file is something else
MAX_PROMPT = 12_000  # characters; about 3,000 tokens, which leaves an 8k model room for the talk
MIN_PROMPT = 40  # characters; below it there is no prompt worth the name


@dataclass(frozen=True)
class Known:
    """What a persona may refer to."""

    voices: Mapping[str, VoiceShape]
    tools: frozenset[str] | None  # None: any
    values: Mapping[str, str]  # placeholders


def read(path: Path, file: str, known: Known) -> tuple[Persona | None, list[Problem]]:
    """The persona in `path`, or None and what is wrong with it. `file` is the name used in the problems."""
    text, unreadable = read_text(path, file, MAX_BYTES, "a persona: front matter and a prompt")
    if text is None:
        return None, [unreadable] if unreadable else []
    front, body, body_line = _split(text)
    if front is None:
        remedy = "Start it with a line `---`, then greeting and voice, then another line `---`, then the prompt."
        return None, [Problem(file, 1, "", f"The front matter is missing or not closed. {remedy}")]
    source = parse(front, file, first_line=2)
    shape = validated(FrontMatterShape, source)
    data = _data(shape, source)
    called = replace(known, values={**known.values, **data_placeholders(data)})
    prompt = _filled(source, body, body_line, called)
    _check_prompt(source, prompt, body_line)
    if shape is None:
        return None, source.problems
    voice = check_voice(source, ("voice",), shape.voice, known)
    check_tools(source, ("tools",), shape.tools, known)
    greeting = filled_greeting(source, ("greeting",), shape.greeting, known)
    outbound_greeting = filled_greeting(source, ("outbound_greeting",), shape.outbound_greeting or "", called)
    voicemail = filled_greeting(source, ("voicemail",), shape.voicemail or "", called)
    _check_spoken(source, data, {"outbound_greeting": outbound_greeting, "voicemail": voicemail})
    language = shape.language or (voice.language if voice else "")
    if voice and _primary(language) != _primary(voice.language):
        speaks = f'The voice "{shape.voice}" speaks {voice.language}, not {language}.'
        source.problem(("language",), f"{speaks} Choose another voice, or correct the language.")
    if source.problems or voice is None:
        return None, source.problems
    return Persona(
        name=path.stem,
        prompt=prompt,
        greeting=greeting,
        voice=voice.id,
        language=language,
        tools=tuple(shape.tools),
        data=data,
        outbound_greeting=outbound_greeting,
        voicemail=voicemail,
    ), []


def check_voice(source: Source, path: tuple[str, ...], name: str, known: Known) -> VoiceShape | None:
    """The voice of that name, or None with a problem noted at `path`."""
    voice = known.voices.get(name)
    if voice is None:
        hint = did_you_mean(name, known.voices, noun="Declared under `voices` in callcenter.yaml")
        source.problem(path, f'Unknown voice "{name}". {hint}')
    return voice


def check_tools(source: Source, path: tuple[str, ...], names: list[str], known: Known) -> None:
    for i, name in enumerate(names):
        if known.tools is not None and name not in known.tools:
            source.problem((*path, i), f'Unknown tool "{name}". {did_you_mean(name, known.tools, noun="Known tools")}')
        elif name in names[:i]:
            source.problem((*path, i), f'The tool "{name}" is listed twice. Keep one.')


def filled_greeting(source: Source, path: tuple[str, ...], text: str, known: Known) -> str:
    filled, mistakes = fill(text, known.values)
    for _, message in mistakes:
        source.problem(path, message)
    return " ".join(filled.split())


def _data(shape: FrontMatterShape | None, source: Source) -> dict[str, Datum]:
    """What the persona asks for; where something else in the front matter is wrong the names at least, so that the
    prompt's use of them is not called a mistake too."""
    if shape is not None:
        return {name: Datum(d.description, d.required, d.max_length) for name, d in shape.data.items()}
    written = source.data.get("data") if isinstance(source.data, dict) else None
    return {str(name): Datum("") for name in written} if isinstance(written, dict) else {}


def _check_spoken(source: Source, data: Mapping[str, Datum], texts: Mapping[str, str]) -> None:
    """What is said word for word has no place for a value that may be missing."""
    for key, text in texts.items():
        for name, datum in data.items():
            if not datum.required and f"{{{{data.{name}}}}}" in text:
                remedy = "Leave it out here, or make it required."
                source.problem((key,), f"{{{{data.{name}}}}} may be missing in a call. {remedy}")


def _filled(source: Source, body: str, first_line: int, known: Known) -> str:
    filled, mistakes = fill(body, known.values)
    for line, message in mistakes:
        source.problems.append(Problem(source.file, first_line + line, "prompt", message))
    return filled.strip()


def _check_prompt(source: Source, prompt: str, line: int) -> None:
    message = ""
    if not prompt:
        message = "There is no prompt after the front matter. Say who speaks, what they help with and how they talk."
    elif len(prompt) < MIN_PROMPT:
        message = f"The prompt has {len(prompt)} characters: too few to say who speaks and how (at least {MIN_PROMPT})."
    elif len(prompt) > MAX_PROMPT:
        message = (
            f"The prompt has {len(prompt)} characters, more than {MAX_PROMPT}. Shorten it: every turn pays for it."
        )
    elif any(ord(c) < 32 and c not in "\n\t\r" for c in prompt):
        message = "The prompt holds control characters. Delete them, or save the file as plain text."
    if message:
        source.problems.append(Problem(source.file, line, "prompt", message))


def _split(text: str) -> tuple[str | None, str, int]:
    """(front matter, prompt, the prompt's first line in the file); front matter None if there is none or no end."""
    lines = [line + "\n" for line in text.split("\n")]
    if lines[0].rstrip() != "---":
        return None, text, 1
    for i, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return "".join(lines[1:i]), "".join(lines[i + 1 :]), i + 2
    return None, "", 1


def _primary(language: str) -> str:
    return language.split("-")[0].lower()
