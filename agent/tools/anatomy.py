"""What a tool is made of: one async function of a desk and text arguments. Signature and docstring are for the model:

    async def cancel_appointment(desk: Desk, name: Annotated[str, Arg("Full name ...", limit=80)]) -> str:
        \"\"\"Cancel an appointment. Call this when ...\"\"\"

    TOOL = Tool(cancel_appointment, writes=True)

Every argument is text: models write "10", 10 and "ten" where a number is meant. One with a default is optional.
The answer is text for the model, with what may be spoken word for word; a tool that works and says no raises Refusal.
"""

from __future__ import annotations

import inspect
import typing
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Arg:
    """What an argument is, for the model, and the most characters it may have."""

    description: str
    limit: int = 80


class BadArguments(Exception):
    """The model called a tool wrongly. The message says how to do better and never repeats the arguments."""


class Refusal(Exception):
    """The tool works and the answer is no (taken, closed, not found): the message is the answer, for the model."""


@dataclass(frozen=True)
class Tool:
    """A tool before it is bound to a call. `writes`: it changes something, so its turn is not interrupted. `quiet`:
    where it worked, the model has nothing to say to it."""

    run: Callable[..., Awaitable[str]]
    writes: bool = False
    quiet: bool = False

    @property
    def name(self) -> str:
        return self.run.__name__

    @cached_property
    def description(self) -> str:
        return inspect.cleandoc(self.run.__doc__ or "")

    @cached_property
    def arguments(self) -> Mapping[str, tuple[Arg, str | None]]:
        """Name -> (what it is, default or None when required), without the desk."""
        hints = typing.get_type_hints(self.run, include_extras=True)
        found: dict[str, tuple[Arg, str | None]] = {}
        for name, parameter in list(inspect.signature(self.run).parameters.items())[1:]:
            arg = next(extra for extra in typing.get_args(hints[name]) if isinstance(extra, Arg))
            found[name] = (arg, None if parameter.default is inspect.Parameter.empty else parameter.default)
        return found

    def schema(self) -> dict[str, Any]:
        """The tool as OpenAI's function-calling API describes one. Not `strict`: small models do worse with it."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": {
                "type": "object",
                "properties": {
                    name: {"type": "string", "description": arg.description, "maxLength": arg.limit}
                    for name, (arg, _) in self.arguments.items()
                },
                "required": [name for name, (_, default) in self.arguments.items() if default is None],
                "additionalProperties": False,
            },
        }

    def cleaned(self, raw: Mapping[str, object]) -> dict[str, str]:
        """The arguments as the tool takes them: text, bounded, on one line, without control characters.

        Raises BadArguments for unknown, missing, empty, too long or non-text arguments.
        """
        unknown = [name for name in raw if name not in self.arguments]
        if unknown:
            raise BadArguments(f"{self.name} takes only these arguments: {', '.join(self.arguments) or 'none'}.")
        cleaned: dict[str, str] = {}
        for name, (arg, default) in self.arguments.items():
            text = _text(name, raw.get(name), arg)
            if not text and default is None:
                raise BadArguments(f"{name} is missing. Ask the caller for it: {arg.description}")
            cleaned[name] = text or default or ""
        return cleaned


def _text(name: str, value: object, arg: Arg) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadArguments(f"{name} must be text.")
    text = value if isinstance(value, str) else format(value, "g") if isinstance(value, float) else _digits(name, value)
    if len(text) > arg.limit * 4:
        raise BadArguments(f"{name} is too long: at most {arg.limit} characters. Shorten it.")
    printable = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c for c in text)
    text = " ".join("".join(c for c in printable if unicodedata.category(c) not in ("Cf", "Co", "Cn")).split())
    if len(text) > arg.limit:
        raise BadArguments(f"{name} is too long: at most {arg.limit} characters. Shorten it.")
    return text


def _digits(name: str, value: int) -> str:
    if abs(value) > 10**15:
        raise BadArguments(f"{name} must be text.")
    return str(value)
