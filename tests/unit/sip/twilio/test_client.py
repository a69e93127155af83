"""The client keeps its credentials to the hosts it was given, its temper, and the account's limits."""

from __future__ import annotations

import asyncio

import pytest

from ops.settings import BadSettings, load
from sip.settings import Twilio as TwilioSettings
from sip.twilio.client import Twilio
from sip.twilio.errors import TwilioError
from sip.twilio.gate import Gate
from sip.twilio.wire import Answer, Request, Unreachable
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


class Wire:
    """Answers by its script, then with nothing in particular."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script, self.asked = list(script), list[Request]()

    async def send(self, request: Request, timeout_s: float) -> Answer:
        self.asked.append(request)
        step = self.script.pop(0) if self.script else Answer(200, {})
        if isinstance(step, Exception):
            raise step
        return step

    async def aclose(self) -> None: ...


def _client(*script: Answer | Exception) -> tuple[Twilio, Wire, Wire]:
    api, trunking = Wire(), Wire(*script)
    return Twilio("AC1", api, trunking, FakeClock(), chance=lambda: 1.0), api, trunking


@virtual_time
async def test_the_next_page_is_asked_of_the_configured_host() -> None:
    """Whatever the answer names: the credentials go along."""
    following = "https://elsewhere.example.com/v1/Trunks?PageSize=1000&Page=1&PageToken=PA"
    client, api, trunking = _client(
        Answer(200, {"trunks": [{"sid": "1"}], "meta": {"next_page_url": following}}),
        Answer(200, {"trunks": [{"sid": "2"}], "meta": {"next_page_url": None}}),
    )
    found = await client.all("/v1/Trunks", "trunks", "the trunks")
    assert [each["sid"] for each in found] == ["1", "2"]
    assert [request.path for request in trunking.asked] == [
        "/v1/Trunks?PageSize=1000",
        "/v1/Trunks?PageSize=1000&Page=1&PageToken=PA",
    ]
    assert not api.asked


@virtual_time
async def test_pages_that_never_end_are_an_error() -> None:
    again = Answer(200, {"trunks": [], "meta": {"next_page_url": "https://t/v1/Trunks?Page=1"}})
    client, _, trunking = _client(*[again] * 200)
    with pytest.raises(TwilioError, match="more than"):
        await client.all("/v1/Trunks", "trunks", "the trunks")
    assert len(trunking.asked) == 100


@virtual_time
async def test_waits_grow_and_a_wait_asked_for_is_kept() -> None:
    clock = asyncio.get_running_loop().time
    client, _, _ = _client(*[Answer(500, {})] * 3)
    await client.get("/v1/Trunks/TK1", "a trunk")
    assert clock() == pytest.approx(0.5 + 1 + 2)
    client, _, _ = _client(Answer(429, {}, retry_after_s=7))
    began = clock()
    await client.get("/v1/Trunks/TK1", "a trunk")
    assert clock() - began == pytest.approx(7)


@virtual_time
async def test_a_refusal_is_no_reason_to_ask_again() -> None:
    client, _, trunking = _client(Answer(400, {"code": 21245, "message": "bad\nwords"}))
    with pytest.raises(TwilioError) as refused:
        await client.update("/v1/Trunks/TK1", {}, "a trunk")
    assert len(trunking.asked) == 1 and refused.value.code == 21245
    assert "\n" not in str(refused.value)


@virtual_time
async def test_what_never_left_is_sent_again_unlooked_for() -> None:
    """Nothing can have been made where no connection was."""
    client, _, trunking = _client(Unreachable("ClientConnectorError", sent=False))

    async def found() -> None:
        raise AssertionError("looked for")

    await client.create("/v1/Trunks", {}, "a trunk", found)
    assert len(trunking.asked) == 2


@virtual_time
async def test_what_is_gone_already_is_removed() -> None:
    client, _, _ = _client(Answer(404, {"code": 20404}))
    await client.delete("/v1/Trunks/TK1", "a trunk")


@virtual_time
async def test_an_unknown_code_points_to_its_page() -> None:
    client, _, _ = _client(Answer(400, {"code": 29999, "message": "New rule"}))
    with pytest.raises(TwilioError, match=r"New rule.*docs/api/errors/29999"):
        await client.get("/v1/Trunks/TK1", "a trunk")


@virtual_time
async def test_the_gate_narrows_at_once_and_widens_slowly() -> None:
    gate, inside, most = Gate(8), 0, 0

    async def one() -> None:
        nonlocal inside, most
        async with gate.through():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(1)
            inside -= 1

    gate.refused()
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(one())
    assert most == 4
    for _ in range(3):
        gate.refused()
    assert gate.limit == 1
    for _ in range(100):
        gate.went_well()
    assert gate.limit == 8


@pytest.mark.parametrize("url", ["http://api.twilio.com", "https://user@api.twilio.com", "https://", "api.twilio.com"])
def test_keys_do_not_travel_in_clear(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TWILIO_API_URL", url)
    with pytest.raises(BadSettings, match="TWILIO_API_URL"):
        load({"twilio": TwilioSettings})


def test_a_stand_in_on_this_machine_may_be_asked_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_API_URL", "http://127.0.0.1:8500")
    assert load({"twilio": TwilioSettings})["twilio"].api_url == "http://127.0.0.1:8500"
