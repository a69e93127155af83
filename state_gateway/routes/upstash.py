"""The Upstash REST protocol on the base URL: POST / (one command), /pipeline, /multi-exec; Upstash-Encoding: base64.

As Upstash answers: a failed single command is 400 {"error"}, a failed one of a pipeline is {"error"} in its place, a
string that is no UTF-8 has U+FFFD in it unless base64 was asked for. Otherwise than Upstash: a command that the client
may not use refuses the whole pipeline before any of it is executed.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from state_gateway import rest_json
from state_gateway.errors import Refused, bad_request
from state_gateway.front import Hot
from state_gateway.http_io import STALE, Handler, header, send_json
from state_gateway.lane import ReplyError
from state_gateway.redis_pool import Answer
from state_gateway.rest_json import Command
from state_gateway.routes.redis_service import RedisService
from state_gateway.security import policy
from state_gateway.security.admission import Admitted


def hot(service: RedisService) -> list[Hot]:
    async def single(scope: Scope, receive: Receive, send: Send) -> None:
        base64 = _wants_base64(scope)
        async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
            command = rest_json.one_command(admitted.body)
            _check(admitted, [command])
            answer = await service.redis.run([command], text=not base64)
            reply = answer.replies[0]
            if isinstance(reply, ReplyError):
                raise Refused(400, "redis_error", str(reply))
            await _answer(send, admitted, answer, rest_json.dumps(rest_json.result(reply, base64=base64)))

    return [
        Hot("POST", "/", "/", single),
        Hot("POST", "/pipeline", "/pipeline", _many(service, atomic=False)),
        Hot("POST", "/multi-exec", "/multi-exec", _many(service, atomic=True)),
    ]


def _many(service: RedisService, *, atomic: bool) -> Handler:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        base64 = _wants_base64(scope)
        async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
            commands = rest_json.many_commands(admitted.body, service.most_commands)
            _check(admitted, commands)
            run = service.redis.transaction if atomic else service.redis.run
            answer = await run(commands, text=not base64)
            results = [rest_json.result(reply, base64=base64) for reply in answer.replies]
            await _answer(send, admitted, answer, rest_json.dumps(results))

    return handle


def _check(admitted: Admitted, commands: list[Command]) -> None:
    """All of them, before any is sent; and what the audit line says of them."""
    check, client = policy.check, admitted.client
    keys: list[bytes] = []
    names: dict[bytes, None] = {}
    for command in commands:
        name, its_keys = check(client, command)
        names[name] = None
        keys += its_keys
    admitted.note(command=b" ".join(names).decode(), commands=len(commands), keys=keys)


async def _answer(send: Send, admitted: Admitted, answer: Answer, body: bytes) -> None:
    admitted.note(bytes_out=len(body), cache=answer.cache or None)
    await send_json(send, body, headers=STALE if answer.stale else None)


def _wants_base64(scope: Scope) -> bool:
    given = header(scope, b"upstash-encoding")
    if given is None:
        return False
    if given.lower() != b"base64":
        raise bad_request("Upstash-Encoding is base64, or is left out")
    return True
