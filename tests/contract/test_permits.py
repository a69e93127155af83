"""The promises of calls.permits, held against every adapter: who agreed, who wants no calls, what was decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.permits import Consent, Decision, OptOut
from calls.ports import StoreDown
from tests.support.permit_stores import ALL, REMOTE, PermitBench

NUMBER, OTHER = "+442079460123", "+442079460124"
CONSENT = Consent(NUMBER, "reminders", "web form, 14 May", 1_000.0, 5_000.0, "Ada Lovelace")
LATER = 4_000_000_000.0  # after any withdrawal of today's
DECISION = Decision(1_000.0, "call-1", "clinic", NUMBER, False, "hours", {"local_time": "07:59 Europe/London"})
DAY_S = 24 * 3600.0


@pytest_asyncio.fixture(params=ALL.values(), ids=ALL)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PermitBench]:
    async with request.param(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=REMOTE.values(), ids=REMOTE)
async def remote(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PermitBench]:
    async with request.param(tmp_path) as made:
        yield made


async def test_consent_holds_for_its_number_purpose_and_time(bench: PermitBench) -> None:
    """Nothing covers what was not agreed to: another number, another purpose, before it was given, after it expired."""
    await bench.permits.agree([CONSENT])
    assert await bench.permits.consent(NUMBER, "reminders", 2_000.0) == CONSENT
    assert await bench.permits.consent(OTHER, "reminders", 2_000.0) is None
    assert await bench.permits.consent(NUMBER, "offers", 2_000.0) is None
    assert await bench.permits.consent(NUMBER, "reminders", 999.0) is None
    assert await bench.permits.consent(NUMBER, "reminders", 5_000.0) is None


async def test_the_newest_of_several_is_told_and_a_star_covers_all(bench: PermitBench) -> None:
    """Consents of one number stand beside each other; one for anything covers each purpose."""
    star = Consent(NUMBER, "*", "in a call", 3_000.0)
    await bench.permits.agree([CONSENT, star, replace(CONSENT, number=OTHER)])
    assert await bench.permits.consent(NUMBER, "reminders", 2_000.0) == CONSENT
    assert await bench.permits.consent(NUMBER, "reminders", 4_000.0) == star
    assert await bench.permits.consent(NUMBER, "offers", 9_000.0) == star
    assert await bench.permits.consent(OTHER, "offers", 4_000.0) is None
    assert list(await bench.permits.consents(NUMBER)) == [star, CONSENT]


async def test_an_import_that_is_repeated_does_not_undo_a_withdrawal(bench: PermitBench) -> None:
    """Last month's list, imported again, must not call back to life what the person has ended; a new consent does."""
    await bench.permits.agree([CONSENT])
    await bench.permits.withdraw(NUMBER)
    assert await bench.permits.consent(NUMBER, "reminders", 2_000.0) is None
    await bench.permits.agree([CONSENT, replace(CONSENT, how="list of May", expires_at=None)])
    assert await bench.permits.consent(NUMBER, "reminders", 2_000.0) is None
    again = Consent(NUMBER, "reminders", "signed letter", LATER)
    await bench.permits.agree([again])
    assert await bench.permits.consent(NUMBER, "reminders", LATER + 1) == again


async def test_of_a_consent_that_is_told_again_the_earlier_end_holds(bench: PermitBench) -> None:
    """A list that is imported again with an end, or an earlier one: it was "Kept" and changed nothing. A later end, or
    none, prolongs nothing either: the old list is imported again by mistake."""
    for known, told, stands in (
        (None, 1_800.0, 1_800.0),
        (1_800.0, 1_700.0, 1_700.0),
        (1_800.0, 1_900.0, 1_800.0),
        (1_800.0, None, 1_800.0),
    ):
        number = f"+4420794601{known or 0:02.0f}{told or 0:02.0f}"
        consent = replace(CONSENT, number=number, expires_at=known)
        await bench.permits.agree([consent])
        await bench.permits.agree([replace(consent, expires_at=told)])
        (found,) = await bench.permits.consents(number)
        assert found.expires_at == stands


async def test_an_opt_out_stands_as_it_was_first_said_until_it_is_lifted(bench: PermitBench) -> None:
    """When somebody said it is what an auditor asks for; a consent does not lift it."""
    first = OptOut(NUMBER, 1_000.0, "voice", "call-1")
    assert await bench.permits.opted_out(NUMBER) is None
    await bench.permits.opt_out(first)
    await bench.permits.opt_out(OptOut(NUMBER, 2_000.0, "key"))
    await bench.permits.agree([CONSENT])
    assert await bench.permits.opted_out(NUMBER) == first
    assert await bench.permits.opted_out(OTHER) is None
    await bench.permits.opt_in(NUMBER)
    assert await bench.permits.opted_out(NUMBER) is None


async def test_decisions_are_only_added_to_newest_first(bench: PermitBench) -> None:
    """Each yes and no, with what it was decided by, in the order in which they were made."""
    yes = replace(DECISION, allowed=True, reason="allowed", at=1_500.0, facts={"consent": "a „signed“ letter"})
    for decision in (DECISION, yes, DECISION):
        await bench.permits.decided(decision)
    assert list(await bench.permits.decisions()) == [DECISION, yes, DECISION]
    assert list(await bench.permits.decisions(2)) == [DECISION, yes]


async def test_a_tally_counts_to_its_limit_and_what_does_not_fit_is_not_taken(bench: PermitBench) -> None:
    """0.3 of 1.0 is left after 0.7: 0.4 is refused and costs nothing, 0.3 fits."""
    assert await bench.permits.take("spend:clinic", 0.7, 1.0, DAY_S)
    assert not await bench.permits.take("spend:clinic", 0.4, 1.0, DAY_S)
    assert await bench.permits.take("spend:clinic", 0.3, 1.0, DAY_S)
    assert not await bench.permits.take("spend:clinic", 0.01, 1.0, DAY_S)
    assert await bench.permits.take("spend:other", 1.0, 1.0, DAY_S)


async def test_to_ask_takes_nothing(bench: PermitBench) -> None:
    """An amount of 0 says whether the limit is kept, and begins no window."""
    assert await bench.permits.take("hour:clinic", 0.0, 0.0, 0.05)
    assert await bench.permits.take("hour:clinic", 1.0, 1.0, DAY_S)
    await bench.pass_time(0.1)
    assert not await bench.permits.take("hour:clinic", 1.0, 1.0, DAY_S)
    assert not await bench.permits.take("hour:clinic", 0.0, 0.0, DAY_S)


async def test_what_is_given_back_can_be_taken_again_and_never_more(bench: PermitBench) -> None:
    """A call was shorter than it might have been; nothing makes the limit larger than it is."""
    await bench.permits.give_back("spend:clinic", 5.0)
    assert await bench.permits.take("spend:clinic", 1.0, 1.0, DAY_S)
    await bench.permits.give_back("spend:clinic", 0.5)
    assert not await bench.permits.take("spend:clinic", 0.6, 1.0, DAY_S)
    await bench.permits.give_back("spend:clinic", 7.0)
    assert not await bench.permits.take("spend:clinic", 1.1, 1.0, DAY_S)
    assert await bench.permits.take("spend:clinic", 1.0, 1.0, DAY_S)


async def test_a_window_begins_with_its_first_amount_and_ends(bench: PermitBench) -> None:
    """What comes later in it does not make it longer: a steady trickle would never end."""
    assert await bench.permits.take("hour:clinic", 1.0, 2.0, 0.3)
    await bench.pass_time(0.2)
    assert await bench.permits.take("hour:clinic", 1.0, 2.0, 0.3)
    assert not await bench.permits.take("hour:clinic", 1.0, 2.0, 0.3)
    await bench.pass_time(0.2)
    assert await bench.permits.take("hour:clinic", 2.0, 2.0, 0.3)


async def test_of_many_at_once_no_more_than_the_limit_get_in(bench: PermitBench) -> None:
    """Ten replicas that look at the same moment are no way round the limit."""
    taken = await asyncio.gather(*(bench.permits.take("hour:clinic", 1.0, 4.0, DAY_S) for _ in range(10)))
    assert sum(taken) == 4


async def test_down_is_not_a_yes_and_not_a_no(remote: PermitBench) -> None:
    """Whoever asks whether something may be done must see that nobody could be asked."""
    await remote.permits.opt_out(OptOut(NUMBER, 1_000.0, "voice"))
    await remote.break_it()
    with pytest.raises(StoreDown):
        await remote.permits.opted_out(NUMBER)
    with pytest.raises(StoreDown):
        await remote.permits.decided(DECISION)
    with pytest.raises(StoreDown):
        await remote.permits.take("hour:clinic", 1.0, 4.0, DAY_S)


async def test_no_key_shows_a_number_and_none_of_the_ledger_runs_out(remote: PermitBench) -> None:
    """A list of keys is not a list of customers; an opt-out that expires is none."""
    assert remote.executor
    await remote.permits.agree([CONSENT])
    await remote.permits.withdraw(NUMBER)
    await remote.permits.opt_out(OptOut(NUMBER, 1_000.0, "voice"))
    await remote.permits.decided(DECISION)
    await remote.permits.take(f"number:{NUMBER}", 1.0, 3.0, DAY_S)
    names = ("consent", "withdrawn", "optout")
    keys = [remote.permits._of(name, NUMBER) for name in names]  # type: ignore[attr-defined]
    assert not any(NUMBER[1:] in key for key in keys)
    replies = await remote.executor.run([("PTTL", key) for key in [*keys, "switchboard:decisions"]])
    assert replies == [-1, -1, -1, -1]


async def test_what_cannot_be_read_permits_nothing(remote: PermitBench) -> None:
    """A broken consent is none, a broken opt-out is one, and a broken withdrawal stops everything."""
    assert remote.executor
    of = remote.permits._of  # type: ignore[attr-defined]
    await remote.executor.run(
        [("HSET", of("consent", NUMBER), "x", '{"purpose":"*"}'), ("SET", of("optout", OTHER), "not JSON")]
    )
    assert await remote.permits.consent(NUMBER, "reminders", 2_000.0) is None
    found = await remote.permits.opted_out(OTHER)
    assert found is not None
    assert found.how == "unreadable"
    await remote.executor.run([("SET", of("withdrawn", NUMBER), "soon")])
    with pytest.raises(StoreDown):
        await remote.permits.consent(NUMBER, "reminders", 2_000.0)
