"""The stand-in for Twilio as a process of its own, asked without our client."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from ops.deadline import deadline

SID = "AC" + "0" * 32
LOGIN = {"Authorization": aiohttp.encode_basic_auth(SID, "stand-in")}
NUMBERS = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"


@pytest_asyncio.fixture
async def twilio() -> AsyncIterator[aiohttp.ClientSession]:
    """Its session; SIGTERM ends it well."""
    command = [sys.executable, "-m", "local.stand_ins.twilio", "--port", "0", "--latency-ms", "0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    async with deadline(30, "twilio stand-in"):
        url = (await process.stdout.readline()).decode().partition(" on ")[2].partition(",")[0]
    async with aiohttp.ClientSession(url, headers=LOGIN) as session:
        yield session
    process.send_signal(signal.SIGTERM)
    async with deadline(30, "twilio stand-in"):
        assert await process.wait() == 0


async def test_it_pages_refuses_and_makes_trouble(twilio: aiohttp.ClientSession) -> None:
    bought = [f"+1555010{n:04}" for n in range(60)]
    async with twilio.post("/control/numbers", json={"numbers": bought}) as answer:
        assert len((await answer.json())["sids"]) == 60
    async with twilio.get(NUMBERS) as answer:
        first = await answer.json()
    async with twilio.get(first["next_page_uri"]) as answer:
        second = await answer.json()
    numbers = [each["phone_number"] for page in (first, second) for each in page["incoming_phone_numbers"]]
    assert numbers == bought and len(first["incoming_phone_numbers"]) == 50 and second["next_page_uri"] is None
    async with twilio.post("/v1/Trunks", data={"DomainName": "desk.example.com"}) as answer:
        refusal = await answer.json()
    assert (answer.status, refusal["code"], refusal["status"]) == (400, 21245, 400) and refusal["more_info"]
    async with twilio.get("/v1/Trunks", headers={"Authorization": aiohttp.encode_basic_auth(SID, "wrong")}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)
    async with twilio.get("/v1/Trumpets") as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 20404)
    order = {"next": {"status": 429, "code": 20429, "retry_after": 2}, "only": "GET /v1/Trunks"}
    async with twilio.post("/control", json=order) as answer:
        assert answer.ok
    for status in (429, 200):
        async with twilio.get("/v1/Trunks") as answer:
            assert answer.status == status
