"""`python -m sip dial --wait`: what becomes of a call, whatever becomes of control meanwhile."""

from __future__ import annotations

import argparse

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sip.commands import dial

STATES = ("dialling", "", "answered", "", "completed")  # "": control is away


async def test_a_control_that_starts_anew_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command gave up on its first question without an answer, though the call went on."""
    left = list(STATES)

    async def order(_: web.Request) -> web.Response:
        return web.json_response({"id": "c1", "state": "queued"})

    async def look(request: web.Request) -> web.Response:
        if not (state := left.pop(0)):
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"id": "c1", "state": state, "reason": "", "sip_status": 0})

    app = web.Application()
    app.router.add_post("/v1/calls", order)
    app.router.add_get("/v1/calls/c1", look)
    monkeypatch.setattr(dial, "_LOOK_S", 0.01)
    monkeypatch.setenv("CONTROL_API_KEY", "a key that is long enough")
    parser = argparse.ArgumentParser()
    dial.add_arguments(parser)
    async with TestServer(app) as server:
        monkeypatch.setenv("CONTROL_URL", str(server.make_url("")))
        assert await dial.run(parser.parse_args(["+12025550143", "--line", "clinic", "--wait"])) == 0
    assert capsys.readouterr().out.split() == ["c1", "queued", "c1", "dialling", "c1", "answered", "c1", "completed"]
