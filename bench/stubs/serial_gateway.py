"""A stand-in, in Python, for the design of serverless-redis-http: each command of a /pipeline is sent to Redis and
awaited before the next one is. None of its code (Elixir) is in it; its own server would have other figures.

`python -m bench.stubs.serial_gateway --port P --redis-port P --token T`. One process, Starlette on uvicorn and uvloop,
redis-py with hiredis, a connection for each request under way. No audit log, no rights, no limits: less work than ours.
"""

from __future__ import annotations

import argparse
import hmac
import json
from asyncio import LifoQueue
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_CONNECTIONS = 16


class Serial:
    def __init__(self, redis_port: int, token: str) -> None:
        self._redis_port, self._expected = redis_port, f"Bearer {token}"
        self._free: LifoQueue[Redis] = LifoQueue()

    @asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        clients = [
            Redis(port=self._redis_port, protocol=2, decode_responses=True, single_connection_client=True)
            for _ in range(_CONNECTIONS)
        ]
        for client in clients:
            await client.initialize()
            self._free.put_nowait(client)
        yield
        for client in clients:
            await client.aclose()

    async def pipeline(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", ""), self._expected):
            return Response(status_code=401)
        results: list[dict[str, object]] = []
        client = await self._free.get()
        try:
            for command in json.loads(await request.body()):
                try:
                    results.append({"result": await client.execute_command(*command)})  # type: ignore[no-untyped-call]
                except ResponseError as error:
                    results.append({"error": str(error)})
        finally:
            self._free.put_nowait(client)
        return Response(json.dumps(results, separators=(",", ":")), media_type="application/json")


async def _live(_request: Request) -> Response:
    return Response()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redis-port", type=int, required=True)
    parser.add_argument("--token", required=True)
    options = parser.parse_args()
    serial = Serial(options.redis_port, options.token)
    routes = [Route("/pipeline", serial.pipeline, methods=["POST"]), Route("/live", _live)]
    app = Starlette(routes=routes, lifespan=serial.running)
    uvicorn.run(app, port=options.port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
