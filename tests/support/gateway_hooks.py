"""Hooks of schemathesis' own process (SCHEMATHESIS_HOOKS): made-up keys get the client's prefix, else all are 403."""

from __future__ import annotations

from typing import Any

import schemathesis

PREFIX = "fuzz:"


@schemathesis.hook
def map_path_parameters(_context: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    if parameters and isinstance(parameters.get("key"), str):
        parameters["key"] = PREFIX + parameters["key"]
    return parameters


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    if isinstance(body, dict) and isinstance(body.get("key"), str):
        body["key"] = PREFIX + body["key"]
    elif isinstance(body, list) and body:
        # Half of the made-up commands become real ones with what was made up as their arguments.
        body[0] = ["SET", PREFIX + str(body[0])[:100], *body[0][1:]] if isinstance(body[0], list) else "PING"
    return body
