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
from state_gateway.http_io import Handler, Headers, header, send_json
from state_gateway.lane import ReplyError
from state_gateway.redis_pool import Answer, names
from state_gateway.rest_json import Command
from state_gateway.routes.redis_service import RedisService
from state_gateway.security import policy

STALE: Headers = [(b"x-stale", b"true")]


def handlers(service: RedisService) -> dict[str, Handler]:
    """By exact path, for POST."""

    async def single(scope: Scope, receive: Receive, send: Send) -> None:
        base64 = _wants_base64(scope)
        async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
            command = rest_json.one_command(admitted.body)
            policy.check(admitted.client, command)
            answer = await service.redis.run([command], text=not base64)
            reply = answer.replies[0]
            if isinstance(reply, ReplyError):
                raise Refused(400, "redis_error", str(reply))
            body = rest_json.dumps(rest_json.result(reply, base64=base64))
            admitted.note(command=names([command]), keys=command[1:2], commands=1, bytes_out=len(body))
            await send_json(send, body, headers=STALE if answer.stale else None)

    def many(run: str) -> Handler:
        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            base64 = _wants_base64(scope)
            async with service.admission.admit(Request(scope, receive), max_bytes=service.body_bytes) as admitted:
                commands = rest_json.many_commands(admitted.body, service.most_commands)
                client = admitted.client
                for command in commands:
                    policy.check(client, command)
                answer = await _run(service, commands, run == "multi-exec", text=not base64)
                body = rest_json.dumps([rest_json.result(reply, base64=base64) for reply in answer.replies])
                keys = tuple(command[1] for command in commands if len(command) > 1)
                admitted.note(command=names(commands), keys=keys, commands=len(commands), bytes_out=len(body))
                await send_json(send, body, headers=STALE if answer.stale else None)

        return handle

    return {"/": single, "/pipeline": many("pipeline"), "/multi-exec": many("multi-exec")}


async def _run(service: RedisService, commands: list[Command], atomic: bool, *, text: bool) -> Answer:
    if atomic:
        return await service.redis.transaction(commands, text=text)
    return await service.redis.run(commands, text=text)


def _wants_base64(scope: Scope) -> bool:
    given = header(scope, b"upstash-encoding")
    if given is None:
        return False
    if given.lower() != b"base64":
        raise bad_request("Upstash-Encoding is base64, or is left out")
    return True
