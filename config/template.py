"""`{{name}}` in prompts and greetings: plain substitution of known names, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from config.problems import did_you_mean

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\n]{0,100}?)\s*\}\}")


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[tuple[int, str]]]:
    """`text` with its placeholders filled, and the mistakes in it as (line of the text from 0, message)."""
    mistakes: list[tuple[int, str]] = []

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            hint = did_you_mean(name, values, noun="Known placeholders")
            mistakes.append((text.count("\n", 0, match.start()), f"Unknown placeholder {{{{{name}}}}}. {hint}"))
        return values.get(name, "")

    filled = _PLACEHOLDER.sub(value, text)
    rest = _PLACEHOLDER.sub(lambda match: " " * len(match[0]), text)
    for stray in re.finditer(r"\{\{|\}\}", rest):
        line = text.count("\n", 0, stray.start())
        mistakes.append(
            (line, f"A {stray.group()} without its counterpart. Write {{{{name}}}} on one line, or delete it.")
        )
    return filled, mistakes
