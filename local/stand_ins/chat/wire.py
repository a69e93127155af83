"""OpenAI's chat completion objects (API reference of platform.openai.com, "Chat", checked 2026-11-21)."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.stand_ins.chat.conversation import estimate_tokens
from local.stand_ins.chat.dialogue import Reply

_PIECE = 8  # characters of tool arguments a chunk: about two tokens


@dataclass(frozen=True)
class Completion:
    """One answer, ready to be sent whole or in pieces. `created` in seconds UTC."""

    model: str
    created: int
    reply: Reply
    prompt_tokens: int
    max_tokens: int | None = None
    id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id or f"chatcmpl-{uuid.uuid4().hex}")

    @property
    def pieces(self) -> list[str]:
        """The words as a model's tokens come: with their leading blank; cut at max_tokens."""
        pieces: list[str] = re.findall(r"\s*\S{1,12}", self.reply.text)
        return pieces[: self.max_tokens]

    @property
    def finish_reason(self) -> str:
        """tool_calls, length or stop."""
        if self.reply.tool:
            return "tool_calls"
        return "length" if self.max_tokens and "".join(self.pieces) != self.reply.text else "stop"

    @property
    def usage(self) -> dict[str, int]:
        """Token counts, estimated."""
        answer = len(self.pieces) if self.reply.text else estimate_tokens(dict(self.reply.arguments))
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": answer,
            "total_tokens": self.prompt_tokens + answer,
        }

    def whole(self) -> dict[str, Any]:
        """The answer to a request without `stream`."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.pieces) or None}
        if self.reply.tool:
            function = {"name": self.reply.tool, "arguments": json.dumps(dict(self.reply.arguments))}
            message["tool_calls"] = [{"id": self._call_id, "type": "function", "function": function}]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage}

    def chunks(self, *, with_usage: bool) -> Iterator[dict[str, Any]]:
        """The chunks of a stream: role, then content or a tool call in pieces, the reason of the end, and usage."""
        yield self._chunk({"role": "assistant", "content": ""}, with_usage=with_usage)
        for piece in self.pieces:
            yield self._chunk({"content": piece}, with_usage=with_usage)
        if self.reply.tool:
            start = {"id": self._call_id, "type": "function", "function": {"name": self.reply.tool, "arguments": ""}}
            yield self._chunk({"tool_calls": [{"index": 0, **start}]}, with_usage=with_usage)
            arguments = json.dumps(dict(self.reply.arguments))
            for at in range(0, len(arguments), _PIECE):
                piece_of = {"index": 0, "function": {"arguments": arguments[at : at + _PIECE]}}
                yield self._chunk({"tool_calls": [piece_of]}, with_usage=with_usage)
        yield self._chunk({}, with_usage=with_usage, finish_reason=self.finish_reason)
        if with_usage:
            yield {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage}

    @property
    def _call_id(self) -> str:
        return f"call_{self.id[-24:]}"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _chunk(self, delta: dict[str, Any], *, with_usage: bool, finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]} | ({"usage": None} if with_usage else {})


def error(message: str, kind: str = "BadRequestError", code: int = 400, param: str | None = None) -> dict[str, Any]:
    """An error object in the shape vLLM sends."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
