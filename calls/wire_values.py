"""Values of frozen dataclasses <-> JSON values, by the dataclasses' own annotations."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

UNKNOWN = "unknown_fields"
_AS_THEY_ARE = frozenset({type(None), bool, int})
_ALWAYS = object()


class WrongValue(ValueError):
    """A JSON value that the annotation has no place for. Names the field, never the value."""


def to_json(value: Any) -> Any:
    """Plain JSON whatever `value` is: numbers that JSON has no word for become null, unknown objects their text."""
    kind = type(value)
    if kind in _AS_THEY_ARE or (kind is str and value.isascii()):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written to a file
    if dataclasses.is_dataclass(kind):
        return _object(value)
    if isinstance(value, Mapping):
        return {to_json(str(key)): to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(each) for each in value]
    return to_json(str(value))


def _object(holder: Any) -> dict[str, Any]:
    """A field that was added later is left out where it has its default: old versions would carry it along unread."""
    found: dict[str, Any] = {}
    for name, default in _fields(type(holder)):  # type: ignore[arg-type] # as in from_json
        value = getattr(holder, name)
        if default is _ALWAYS or value != default:
            found[name] = to_json(value)
    found |= to_json(getattr(holder, UNKNOWN, {}))
    return found


@cache
def _fields(cls: type[Any]) -> list[tuple[str, Any]]:
    """Names of the fields to write, each with the value that need not be written."""
    return [(field.name, _silent(field)) for field in dataclasses.fields(cls) if field.name != UNKNOWN]


def _silent(field: dataclasses.Field[Any]) -> Any:
    if "added_later" not in field.metadata:
        return _ALWAYS
    factory = field.default_factory
    return field.default if factory is dataclasses.MISSING else factory()


def from_json(cls: type[Any], wire: Mapping[str, Any]) -> Any:
    """An instance of the dataclass `cls`, or of a subclass that holds the fields `cls` has not. Raises WrongValue."""
    hints = _hints(cls)  # type: ignore[arg-type] # mypy 2.4 takes type[Any] for unhashable
    known: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for key, value in wire.items():
        if key in hints:
            known[key] = _typed(hints[key], value, key)
        else:
            more[key] = value
    try:
        if more:
            return _wider(cls)(**known, **{UNKNOWN: more})  # type: ignore[arg-type] # as above
        return cls(**known)
    except TypeError:
        raise WrongValue(f"{cls.__name__} lacks {', '.join(sorted(hints.keys() - known.keys()))}") from None


@cache
def _wider(cls: type[Any]) -> type[Any]:
    """A subclass of `cls` with one more field, for what a newer version wrote."""
    extra: Any = dataclasses.field(default_factory=dict, kw_only=True)
    more = (UNKNOWN, Mapping[str, Any], extra)
    return dataclasses.make_dataclass(cls.__name__, [more], bases=(cls,), frozen=True, slots=True)


@cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    return get_type_hints(cls)


def _typed(hint: Any, value: Any, key: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and types.NoneType in get_args(hint):
            return None
        hint = next(each for each in get_args(hint) if each is not types.NoneType)
        origin = get_origin(hint)
    try:
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(value)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
            return from_json(hint, value)
    except ValueError:
        raise WrongValue(f"{key} has a value this version does not know") from None
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(get_args(hint)[0], each, key) for each in value)
    if origin is not None and origin is not tuple and isinstance(value, Mapping):
        return dict(value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise WrongValue(f"{key} is not {getattr(hint, '__name__', hint)}")
