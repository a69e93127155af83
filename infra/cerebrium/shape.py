"""Whether cerebrium.toml has the keys that Cerebrium knows, each with a value that it takes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Any

from infra.cerebrium.keys import FREE_SECTIONS, MUST_BE_WRITTEN, SECTIONS, Key

_KINDS = {
    "text": "text in quotes",
    "yes_no": "true or false",
    "whole": "a whole number",
    "number": "a number",
    "texts": "a list of texts",
    "text_or_texts": "text or a list of texts",
}


def check(document: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each mistake in the parsed file."""
    for name in document:
        if name != "cerebrium":
            yield f"[{name}]: Cerebrium reads [cerebrium.<section>] only. {_guess(name, ['cerebrium'])}"
    sections = sections_of(document)
    for section, keys in sections.items():
        yield from _check_section(section, keys)
    for section, needed in MUST_BE_WRITTEN.items():
        for key in needed:
            if key not in sections.get(section, {}):
                yield f"[cerebrium.{section}] {key} is not written: every deploy sets it to Cerebrium's default."


def sections_of(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The tables under [cerebrium], by dotted name, each with its plain keys. Anything else there has the name ''."""
    found: dict[str, Mapping[str, Any]] = {}
    top = document.get("cerebrium", {})
    _collect("", top if isinstance(top, Mapping) else {}, found)
    return found


def _collect(name: str, table: Mapping[str, Any], found: dict[str, Mapping[str, Any]]) -> None:
    inner = {k: v for k, v in table.items() if isinstance(v, Mapping)}
    plain = {k: v for k, v in table.items() if k not in inner}
    if plain or (name and not inner):
        found[name] = plain
    for key, value in inner.items():
        _collect(f"{name}.{key}" if name else key, value, found)


def _check_section(section: str, keys: Mapping[str, Any]) -> Iterator[str]:
    if section == "":
        for key in keys:
            yield f"[cerebrium] {key} stands in no section; Cerebrium ignores it. {_home(key)}"
        return
    if section in FREE_SECTIONS:
        for key, value in keys.items():
            if not isinstance(value, str):
                yield f"[cerebrium.{section}] {key} must be a version in quotes."
        return
    known = SECTIONS.get(section)
    if known is None:
        guess = _guess(section, [*SECTIONS, *FREE_SECTIONS])
        yield f"[cerebrium.{section}] is no section; Cerebrium ignores it. {guess}"
        return
    for key, value in keys.items():
        if key not in known:
            hint = _home(key) or _guess(key, list(known))
            yield f"[cerebrium.{section}] {key} is no key; Cerebrium ignores it. {hint}"
        elif wrong := _wrong(known[key], value):
            yield f"[cerebrium.{section}] {key}: {wrong}"


def _home(key: str) -> str:
    homes = [f"[cerebrium.{section}]" for section, known in SECTIONS.items() if key in known]
    return f"It belongs in {' or '.join(homes)}." if homes else ""


def _guess(name: str, among: list[str]) -> str:
    close = difflib.get_close_matches(name, among, n=1, cutoff=0.5)
    return f'Did you mean "{close[0]}"?' if close else f"Known: {', '.join(among)}."


def _wrong(key: Key, value: Any) -> str:
    """What is wrong with the value; empty: nothing."""
    texts = [value] if isinstance(value, str) else value
    fits = {
        "text": isinstance(value, str),
        "yes_no": isinstance(value, bool),
        "whole": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
        "texts": _all_text(value),
        "text_or_texts": isinstance(value, str) or _all_text(value),
    }
    if not fits[key.kind]:
        return f"must be {_KINDS[key.kind]}."
    if key.among and (strange := [text for text in texts if text not in key.among]):
        return f'"{strange[0]}" is not taken. {_guess(strange[0], list(key.among))}'
    if key.least is not None and value < key.least:
        return f"{value} is below {key.least:g}."
    if key.most is not None and value > key.most:
        return f"{value} is above {key.most:g}."
    return ""


def _all_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
