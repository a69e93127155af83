"""Lines in a language for which there is no table of phrases: what they would say in English, and how to write it.

A warning and no mistake: such a line answers, understands and talks in its language all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.model import Line, Persona
from config.phrases.table import is_known
from config.problems import Problem
from config.shape import FileShape, PolicyShape
from config.source import Source, dotted

_RECORDING_WORDS = {
    "off": (),
    "best_effort": ("notice",),
    "required": ("notice", "unavailable"),
    "on_consent": ("notice", "question", "declined"),
}


def unsaid(
    source: Source, file: FileShape, lines: Mapping[str, Line], personas: Mapping[str, Persona]
) -> list[Problem]:
    """One for each line that has something to say for which nobody wrote the words."""
    found = []
    for name, line in lines.items():
        foreign = sorted({who.language for who in _speakers(line, personas) if not is_known(who.language)})
        if not foreign:
            continue
        own = file.lines[name].policy
        path = ("lines", name, "policy") if own else ("policy",)
        keys = [dotted((*path, *key)) for key in _unwritten(own or file.policy)]
        write = f" Write {', '.join(keys)}." if keys else ""
        rest = "Other fixed words are in English until there is a table beside config/phrases/german.py."
        message = f"We have no phrases in {', '.join(foreign)}, and say English ones.{write} {rest}"
        found.append(Problem(source.file, source.line(("lines", name)), dotted(("lines", name)), message))
    return found


def _speakers(line: Line, personas: Mapping[str, Persona]) -> Iterator[Line | Persona]:
    """Who may answer on the line: who takes over at its closed hours, too."""
    yield line
    closed = line.telephony.inbound.closed
    if closed is not None and (persona := personas.get(closed.persona or "")):
        yield persona


def _unwritten(policy: PolicyShape) -> Iterator[tuple[str, str]]:
    """The keys whose words this line will or may say, and nobody wrote."""
    said = {
        "silence": ("words", "farewell") if policy.silence.prompts else ("farewell",),
        "length": ("warning", "farewell") if policy.length.warn_before_s else ("farewell",),
        "turn": ("words",),
        "disclosure": ("words",) if policy.disclosure.ai else (),
        "recording": _RECORDING_WORDS[policy.recording.mode],
    }
    for block, keys in said.items():
        written = getattr(policy, block).model_fields_set
        yield from ((block, key) for key in keys if key not in written)
