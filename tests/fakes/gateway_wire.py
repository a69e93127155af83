"""The wire to a gateway that answers by a script, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from calls.stores.link import Answer, Unreachable


def ok(body: bytes) -> Answer:
    """Each command's reply is its last argument."""
    return Answer(200, json.dumps([{"result": command[-1]} for command in json.loads(body)]).encode(), {})


def no(status: int, code: str, **headers: str) -> Answer:
    return Answer(status, json.dumps({"error": "words", "code": code}).encode(), headers)


class Wire:
    """Answers by its script, then well. A step is an Answer, an exception, or seconds of silence before going on."""

    path, query = "/pipeline", ""

    def __init__(self, *script: Answer | Exception | float | Callable[[Mapping[str, str], bytes], Answer]) -> None:
        self.script = list(script)
        self.sent: list[tuple[float, Mapping[str, str], list[Any]]] = []
        self.at_once = self.most_at_once = 0
        self.closed = False

    async def post(self, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        self.sent.append((asyncio.get_running_loop().time(), dict(headers), json.loads(body)))
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return await self._step(body, headers, timeout_s)
        finally:
            self.at_once -= 1

    async def _step(self, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        step = self.script.pop(0) if self.script else ok(body)
        if isinstance(step, float):
            await asyncio.sleep(min(step, timeout_s))
            if step >= timeout_s:
                raise Unreachable("DeadlineExceeded")
            return ok(body)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Answer) else step(headers, body)

    async def aclose(self) -> None:
        self.closed = True
