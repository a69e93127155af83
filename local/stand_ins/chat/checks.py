"""What vLLM, or a chat template behind it, refuses with 400."""

from collections.abc import Mapping
from typing import Any

_ROLES = frozenset(("system", "developer", "user", "assistant", "tool"))


class BadRequest(Exception):
    """400: the message for the client; `param` names the field."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


def check(body: Any, *, system_first: bool) -> Mapping[str, Any]:
    """The body, if it is one that is answered. Raises BadRequest.

    `system_first`: a system message after any other is refused, as the chat templates of some models do.
    """
    if not isinstance(body, Mapping):
        raise BadRequest("The body must be a JSON object")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise BadRequest("you must provide a model parameter", "model")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list with at least one message", "messages")
    for n, message in enumerate(messages):
        _message(message, n, system_first and any(m["role"] != "system" for m in messages[:n]))
    if "tools" in body and body["tools"] is not None:
        _tools(body["tools"])
    return body


def _message(message: Any, n: int, refuse_system: bool) -> None:
    where = f"messages[{n}]"
    if not isinstance(message, Mapping) or message.get("role") not in _ROLES:
        raise BadRequest(f"{where}.role must be one of {', '.join(sorted(_ROLES))}", where)
    content = message.get("content")
    if content is None and message["role"] != "assistant":
        raise BadRequest(f"{where}.content is required", where)
    if content is not None and not isinstance(content, str | list):
        raise BadRequest(f"{where}.content must be a string or a list of parts", where)
    if message["role"] == "system" and refuse_system:
        raise BadRequest("System message must be at the beginning.", where)
    if message["role"] == "tool" and not message.get("tool_call_id"):
        raise BadRequest(f"{where}.tool_call_id is required", where)
    for call in message.get("tool_calls") or ():
        if not (isinstance(call, Mapping) and call.get("id") and isinstance(call.get("function"), Mapping)):
            raise BadRequest(f"{where}.tool_calls must have an id and a function", where)


def _tools(tools: Any) -> None:
    if not isinstance(tools, list) or not tools:
        raise BadRequest("`tools` must not be an empty array; leave it out instead", "tools")
    for n, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, Mapping) and tool.get("type") == "function" else None
        if not isinstance(function, Mapping) or not function.get("name"):
            raise BadRequest(f"tools[{n}] must be a function with a name", "tools")
