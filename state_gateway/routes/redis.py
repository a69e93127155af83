"""The original plan's routes, thin aliases of GET, SET and DEL: /redis/get/{key}, /redis/set, /redis/delete/{key}.

A key in a path is percent-decoded once, from the bytes that were sent: "a%252Fb" is the key "a%2Fb".
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from state_gateway import rest_json
from state_gateway.errors import Refused, bad_request
from state_gateway.front import Hot
from state_gateway.http_io import STALE, send_json
from state_gateway.lane import Reply, ReplyError
from state_gateway.redis_pool import Answer
from state_gateway.rest_json import Command
from state_gateway.routes.redis_service import RedisService
from state_gateway.security import policy
from state_gateway.security.admission import Admitted

_GET, _DELETE = "/redis/get/", "/redis/delete/"


class SetBody(BaseModel):
    """`ex` seconds or `px` milliseconds to live; `nx`: only where there is no such key yet."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    key: str = Field(min_length=1)
    value: str
    ex: int | None = Field(default=None, ge=1, le=2**31)
    px: int | None = Field(default=None, ge=1, le=2**41)
    nx: bool = False
    encoding: Literal["utf-8", "base64"] = Field(default="utf-8", description="base64: `value` is base64 of the bytes")

    @model_validator(mode="after")
    def _one_life(self) -> SetBody:
        if self.ex is not None and self.px is not None:
            raise ValueError("ex and px are both given: keep one")
        return self

    def command(self) -> Command:
        """Raises Refused 400 where `value` is no base64."""
        words = [b"SET", self.key.encode(), self._bytes()]
        if self.ex is not None:
            words += [b"EX", str(self.ex).encode()]
        if self.px is not None:
            words += [b"PX", str(self.px).encode()]
        return (*words, b"NX") if self.nx else tuple(words)

    def _bytes(self) -> bytes:
        if self.encoding == "utf-8":
            return self.value.encode()
        try:
            return b64decode(self.value, validate=True)
        except ValueError:
            raise bad_request("value is no base64 (RFC 4648, with padding)") from None


def hot(service: RedisService) -> list[Hot]:
    async def get(scope: Scope, receive: Receive, send: Send) -> None:
        async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
            key = _key(scope, _GET)
            answer = await _ask(service, admitted, (b"GET", key))
            value = answer.replies[0]
            if value is None:
                raise Refused(404, "not_found", "no such key")
            found = {"key": key.decode("utf-8", "replace"), **_value(value)}
            await _answer(send, admitted, answer, found)

    async def set_(scope: Scope, receive: Receive, send: Send) -> None:
        async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
            body = _body(admitted.body)
            answer = await _ask(service, admitted, body.command())
            await _answer(send, admitted, answer, {"key": body.key, "stored": answer.replies[0] is not None})

    async def delete(scope: Scope, receive: Receive, send: Send) -> None:
        async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
            key = _key(scope, _DELETE)
            answer = await _ask(service, admitted, (b"DEL", key))
            gone = {"key": key.decode("utf-8", "replace"), "deleted": answer.replies[0] == 1}
            await _answer(send, admitted, answer, gone)

    return [
        Hot("GET", _GET, "/redis/get/{key}", get, prefix=True),
        Hot("POST", "/redis/set", "/redis/set", set_),
        Hot("DELETE", _DELETE, "/redis/delete/{key}", delete, prefix=True),
    ]


async def _ask(service: RedisService, admitted: Admitted, command: Command) -> Answer:
    policy.check(admitted.client, command)
    admitted.note(command=command[0].decode(), commands=1, keys=command[1:2])
    answer = await service.redis.run([command], text=False)
    reply: Reply = answer.replies[0]
    if isinstance(reply, ReplyError):
        raise Refused(400, "redis_error", str(reply))
    return answer


async def _answer(send: Send, admitted: Admitted, answer: Answer, found: Mapping[str, object]) -> None:
    body = rest_json.dumps(found)
    admitted.note(bytes_out=len(body), cache=answer.cache or None)
    await send_json(send, body, headers=STALE if answer.stale else None)


def _key(scope: Scope, prefix: str) -> bytes:
    raw: bytes = scope["raw_path"]
    if not raw.startswith(prefix.encode()):  # an escape in the route's own part
        raise Refused(404, "not_found", "no such route")
    key = unquote_to_bytes(raw[len(prefix) :])
    if not key:
        raise bad_request(f"the key is missing: {prefix}KEY")
    return key


def _value(value: bytes) -> dict[str, str]:
    try:
        return {"value": value.decode()}
    except UnicodeDecodeError:
        return {"value": b64encode(value).decode(), "encoding": "base64"}


def _body(body: bytes) -> SetBody:
    try:
        return SetBody.model_validate_json(body)
    except ValidationError as error:
        mistakes = [
            ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "))))
            for each in error.errors(include_url=False, include_context=False, include_input=False)[:5]
        ]
        raise bad_request("; ".join(mistakes)) from None
