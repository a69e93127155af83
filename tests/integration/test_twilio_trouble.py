"""Twilio refuses, is slow, or answers nothing: what is told, what is tried again, and that nothing is made twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from config.telephony import SecretRef
from local.stand_ins.twilio.server import Manner
from sip.errors import ProviderError
from sip.settings import Credentials
from tests.support.a_twilio import ENVIRONMENT, NUMBERS, SID, SIP_LOGIN, TOKEN, Town, a_carrier, a_town

CREATING = [
    "POST /v1/Trunks",
    f"POST /2010-04-01/Accounts/{SID}/SIP/CredentialLists.json",
    f"POST /2010-04-01/Accounts/{SID}/SIP/CredentialLists/",
    f"POST /2010-04-01/Accounts/{SID}/IncomingPhoneNumbers/",
    "POST /v1/Trunks/",
]


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest_asyncio.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as made:
        yield made


async def _refusal(town: Town, **more: Any) -> str:
    with pytest.raises(ProviderError) as refused:
        await town.plan(**more)
    return str(refused.value)


async def test_a_wrong_secret_is_told_with_its_cure(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_SECRET", "not-it-at-all")
    text = await _refusal(town)
    assert "20003" in text and "account_sid" in text
    assert "not-it-at-all" not in text


async def test_another_accounts_sid_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT", "AC" + "6" * 32)
    async with town.lines(a_carrier(account_sid=SecretRef(env="TWILIO_ACCOUNT"))) as lines:
        with pytest.raises(ProviderError, match="20404"):
            await lines.plan()


async def test_a_domain_of_another_account_fails_alone(town: Town) -> None:
    """What hangs on the trunk is not tried; the reason names the cure."""
    town.account.taken.add("larkfield.pstn.twilio.com")
    done = await town.apply()
    ((change, reason),) = done.failed
    assert change.key == "trunk phone" and "21248" in reason and "Choose another name" in reason
    assert len(done.left) == 5 and not town.account.trunks


async def test_an_address_that_is_not_twilios_is_told_before_anything(town: Town) -> None:
    plan = await town.plan(a_carrier(address="larkfield.example.com"))
    assert "21245" in plan.refusals[0]


async def test_a_password_that_twilio_refuses_is_told_nowhere(town: Town) -> None:
    """Its own words repeat what was sent."""
    weak = Credentials(SIP_LOGIN.name, "weak-secret")
    plan = await town.plan(login=weak)
    assert "12 characters" in plan.refusals[0]
    async with town.lines(login=weak) as lines:
        found = await lines.plan()
        for change in found.changes[:1] + tuple(each for each in found.changes if each.kind == "login"):
            try:
                await lines.do(change)
            except ProviderError as refused:
                reason = f"{refused} {refused!r}"
    assert "20001" in reason and "weak-secret" not in reason


async def test_too_many_requests_are_sent_again_when_twilio_says(town: Town) -> None:
    """20429 was never carried out: also what creates is sent again."""
    for only in CREATING:
        town.trouble(only, status=429, code=20429, retry_after=3)
    done = await town.apply()
    assert done.complete, done.failed
    assert sum(s >= 3 for s in town.clock.slept) >= len(CREATING)
    assert len(town.account.trunks) == len(town.account.lists) == 1


async def test_fewer_at_once_where_the_account_takes_fewer() -> None:
    async with a_town([f"+1555010{n:04}" for n in range(40)], Manner(latency_ms=2, most_at_once=3)) as town:
        numbers = [number.phone_number for number in town.account.numbers.values()]
        done = await town.apply(numbers={"phone": numbers})
        assert done.complete, done.failed
        assert town.numbers_of(town.trunk) == set(numbers)


async def test_patience_ends(town: Town) -> None:
    town.trouble("GET /v1/Trunks", count=50, status=429, code=20429)
    text = await _refusal(town)
    assert "20429" in text
    assert town.stand_in.control.requests.count("GET /v1/Trunks") == 6


async def test_a_wait_too_long_is_for_a_person(town: Town) -> None:
    town.trouble("GET /v1/Trunks", status=429, code=20429, retry_after=3600)
    assert "20429" in await _refusal(town)
    assert town.stand_in.control.requests.count("GET /v1/Trunks") == 1


@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": 503}, {"lost": True}])
@pytest.mark.parametrize("only", CREATING)
async def test_nothing_is_made_twice(town: Town, only: str, trouble: dict[str, Any]) -> None:
    """An answer that was lost may mean that it was done: it is looked for before it is asked for again."""
    town.trouble(only, **trouble)
    done = await town.apply()
    assert done.complete, done.failed
    (trunk,), (found,) = town.account.trunks.values(), town.account.lists.values()
    assert len(trunk.origins) == 2 and len(found.users) == 1 and trunk.lists == [found.sid]
    assert town.numbers_of(trunk) == set(NUMBERS)
    assert not (await town.plan()).changes


async def test_silence_is_not_waited_for_without_end(town: Town) -> None:
    town.trouble("GET /v1/Trunks", count=6, hang=True)
    async with town.lines() as lines:
        lines._twilio._timeout_s = 0.05
        with pytest.raises(ProviderError, match="does not answer"):
            await lines.plan()


async def test_no_twilio_is_told_as_that(town: Town) -> None:
    town.url = "http://127.0.0.1:9"
    assert "does not answer" in await _refusal(town)


@pytest.mark.parametrize("only", CREATING)
async def test_broken_off_half_way_it_goes_on_from_there(town: Town, only: str) -> None:
    town.trouble(only, count=100, status=400, code=20001)
    assert not (await town.apply()).complete
    town.stand_in.control.forget()
    assert (await town.apply()).complete
    assert len(town.trunk.origins) == 2 and len(town.account.lists) == 1
    assert town.passwords() == {SIP_LOGIN.name: SIP_LOGIN.secret}
    assert not (await town.plan()).changes


async def test_an_undoing_broken_off_goes_on_too(town: Town) -> None:
    await town.apply()
    town.trouble("DELETE /v1/Trunks/", count=2, status=400, code=20001)
    assert not (await town.apply(destroy=True)).complete
    assert (await town.apply(destroy=True)).complete
    assert not town.account.trunks and not town.account.lists


async def test_two_hundred_numbers_take_few_requests() -> None:
    """At most two rounds, so that a plan is quick from anywhere."""
    async with a_town([f"+1555010{n:04}" for n in range(200)], Manner(latency_ms=1)) as town:
        numbers = [number.phone_number for number in town.account.numbers.values()]
        assert (await town.apply(numbers={"phone": numbers})).complete
        town.stand_in.control.requests.clear()
        assert not (await town.plan(numbers={"phone": numbers})).changes
        assert len(town.stand_in.control.requests) == 6
        assert town.stand_in.control.most <= 8


async def test_pages_are_followed_to_the_end_on_the_host_that_was_configured() -> None:
    async with a_town([f"+1555{n:07}" for n in range(2500)]) as town:
        plan = await town.plan(numbers={"phone": ["+15550002499", *NUMBERS]})
        assert len(plan.refusals) == 2  # NUMBERS are none of these
        pages = [request for request in town.stand_in.control.requests if "IncomingPhoneNumbers" in request]
        assert len(pages) == 3


async def test_secrets_are_in_no_text(town: Town) -> None:
    async with town.lines() as lines:
        plan = await lines.plan()
        texts = [repr(plan), repr(lines), repr(lines._hands), *(repr(change.subject) for change in plan.changes)]
    assert not any(secret in text for text in texts for secret in (TOKEN, SIP_LOGIN.secret))
