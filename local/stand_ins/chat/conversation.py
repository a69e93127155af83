"""A request's messages and tools, read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message: `tool` is the name of the tool whose result it is, `calls` the tools an assistant called."""

    role: str
    text: str
    tool: str = ""
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class ToolSchema:
    """A tool that was offered: its parameters' names and descriptions, and which are required."""

    name: str
    parameters: Mapping[str, str]
    required: frozenset[str]


@dataclass(frozen=True)
class Conversation:
    """What the receptionist knows: all of it comes with the request."""

    messages: tuple[Message, ...]
    tools: Mapping[str, ToolSchema]

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Conversation":
        """From a request that has passed the checks."""
        names: dict[str, str] = {}
        messages = []
        for raw in body["messages"]:
            calls = raw.get("tool_calls") or ()
            names |= {call["id"]: call["function"]["name"] for call in calls}
            messages.append(
                Message(
                    role=raw["role"],
                    text=_text(raw.get("content")),
                    tool=names.get(raw.get("tool_call_id", ""), "") if raw["role"] == "tool" else "",
                    calls=tuple(call["function"]["name"] for call in calls),
                )
            )
        offered = () if body.get("tool_choice") == "none" else body.get("tools") or ()
        return cls(tuple(messages), {tool.name: tool for tool in map(_schema, offered)})

    @cached_property
    def prompt(self) -> str:
        """The system messages."""
        return "\n".join(m.text for m in self.messages if m.role in ("system", "developer"))

    @property
    def place(self) -> str:
        """Who the receptionist works for, from the prompt; "the practice" where it does not say."""
        name = r"((?:[A-Z0-9][\w'&-]*)(?: (?:of |the |and )?[A-Z0-9][\w'&-]*)*)"
        found = re.search(
            rf"\b(?:receptionist|assistant|agent|line|Name)(?: of| for| at|:)(?: the)? {name}", self.prompt
        )
        return found[1] if found else "the practice"

    @property
    def hours(self) -> str:
        """The regular opening hours in the prompt, or ""."""
        found = re.search(r"opening hours(?: are)?:? ([^\n]+?)(?:\.(?:\s|$)|\n|$)", self.prompt, re.IGNORECASE)
        return found[1].strip() if found else ""

    @property
    def address(self) -> str:
        """The address in the prompt, or ""."""
        found = re.search(r"address(?: is)?:? ([^\n]+?)(?:\.(?:\s|$)|\n|$)", self.prompt, re.IGNORECASE)
        return found[1].strip() if found else ""


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content if isinstance(part, dict)).strip()
    return "" if content is None else str(content)


def _schema(tool: Mapping[str, Any]) -> ToolSchema:
    function = tool["function"]
    parameters = function.get("parameters") or {}
    properties = parameters.get("properties") or {}
    return ToolSchema(
        name=function["name"],
        parameters={name: str(schema.get("description", name)) for name, schema in properties.items()},
        required=frozenset(parameters.get("required") or ()),
    )


def estimate_tokens(value: Any) -> int:
    """About four characters a token: OpenAI's rule of thumb, good enough for a usage figure."""
    return max(1, len(json.dumps(value)) // 4)
