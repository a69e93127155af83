"""Pydantic's findings in the words of somebody who edits a file: key, line, what is wrong, what to do."""

from __future__ import annotations

import types
import typing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.problems import did_you_mean, shown
from config.source import Path_, Source

S = TypeVar("S", bound=BaseModel)

_WANTED = {
    "string_type": "text; put it in quotes",
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number, without quotes",
    "list_type": "a list; write [one, two] or a line `- one` for each",
    "dict_type": "a block of `key: value` lines, indented below it",
    "model_type": "a block of `key: value` lines, indented below it",
}
_BELOW_SECRETS = frozenset({"login", "account", "account_sid"})
_KINDS = {
    str: "text",
    bool: "true/false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a block",
    type(None): "empty",
}


def validated(shape: type[S], source: Source) -> S | None:
    """`source.data` as `shape`, or None with every mistake added to `source.problems`. Never raises."""
    if source.data is None:
        return None
    try:
        return shape.model_validate(source.data)
    except ValidationError as e:
        for error in e.errors(include_url=False):
            path = tuple(part for part in error["loc"] if part != "[key]")
            source.problem(path, _message(shape, path, error))
        return None


def _message(shape: type[BaseModel], path: Path_, error: Any) -> str:
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    if isinstance(given, str) and _BELOW_SECRETS.intersection(path):
        given = "..."  # it may be the secret itself, written where only its place belongs
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        return f"Unknown key {shown(key)}. {did_you_mean(key, _keys_at(shape, path[:-1]), noun='Known keys')}"
    if kind == "missing":
        return f"This key is missing. Add `{key}:` here."
    if kind in _WANTED:
        return f"This is {_kind(given)}; it must be {_WANTED[kind]}."
    if kind == "string_pattern_mismatch":
        if "[key]" in error["loc"]:
            parts = (
                "underscores, such as first_name" if "_" in context.get("pattern", "") else "hyphens, such as clinic-2"
            )
            return f"{shown(given)} is no name. Use small letters, digits and {parts}."
        return f"{shown(given)} is malformed here. {_pattern_help(context.get('pattern', ''))}"
    if kind == "value_error":
        return f"{shown(given)}: {context['error']}."
    if kind in ("too_short", "string_too_short"):
        return "This is empty. Write at least one."
    return f"{shown(given)}: {error['msg']}."


def _kind(given: Any) -> str:
    name = _KINDS.get(type(given), "something else")
    return name if given is None or isinstance(given, list | dict) else f"{name} ({shown(given)})"


def _pattern_help(pattern: str) -> str:
    if pattern.startswith("^[a-z]{2,3}"):
        return "Write a language as en or en-US."
    if pattern == "^[A-Z]{3}$":
        return "Write a currency as its three letters, such as EUR."
    if pattern.startswith("^[A-Z][A-Z0-9_]"):
        return "Write the name of an environment variable, such as TWILIO_AUTH_TOKEN."
    return "Use small letters, digits, hyphens."


def _keys_at(shape: type[BaseModel], path: Path_) -> list[str]:
    """The keys that the model at `path` knows."""
    here: Any = shape
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = _unwrapped(field.annotation) if field else None
        else:
            arguments = typing.get_args(here)
            here = _unwrapped(arguments[-1]) if arguments else None
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _unwrapped(annotation: Any) -> Any:
    """Without Annotated and Optional."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
        else:
            return annotation
