"""What numbers do when the telephone double dials them, and which it dialled (its POST /script, GET /dialled)."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import aiohttp

from local.caller.errors import CallerError
from ops.deadline import deadline

_WITHIN_S = 5.0


class Numbers:
    """An async context manager. A number that has no script and no callee of its own is refused with 404."""

    def __init__(self, telephone_url: str) -> None:
        self._url = telephone_url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(raise_for_status=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def script(self, number: str, behaviour: str, **more: int | str) -> None:
        """Let `number` answer | drop | busy | reject | unavailable | unreachable | no-answer | refuse-transfer.

        The last one is of transfers only: such a number may be called.
        `more`: delay_ms (of ringing), after_ms (after the answer: answer hangs up then, drop vanishes then), silent_ms
        (until a drop is noticed: 15 s unless told), code and reason (of the refusal). CallerError for what is none.
        """
        await self._ask("POST", "/script", {"number": number, "behaviour": behaviour, **more})

    async def forget(self) -> None:
        """No scripts, and nothing dialled."""
        await self._ask("DELETE", "/script")

    async def dialled(self) -> list[dict[str, Any]]:
        """The attempts so far: {"kind": "call" | "transfer", "number", "call", "from", "room", "trunk", "headers"}."""
        found = await self._ask("GET", "/dialled")
        return list(found or [])

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if self._session is None:
            raise CallerError("Numbers is an async context manager.")
        try:
            async with (
                deadline(_WITHIN_S, "telephone"),
                self._session.request(method, self._url + path, json=body) as answer,
            ):
                if answer.status != 200:
                    raise CallerError((await answer.text()).strip())
                return await answer.json() if answer.content_type == "application/json" else None
        except aiohttp.ClientError as error:
            raise CallerError(f"No telephone at {self._url} ({error}). Start the stack: make run") from error
