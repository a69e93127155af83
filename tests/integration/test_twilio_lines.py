"""Twilio's side of the lines, over the wire: an account is made what callcenter.yaml says, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from config.telephony import Transport
from local.stand_ins.twilio.account import CredentialList
from sip.plan import Action
from sip.settings import Credentials
from tests.support.a_twilio import ENVIRONMENT, NUMBERS, SIP_LOGIN, Town, a_carrier, a_town

NEW_ADDRESSES = ("sip-1.example.com", "sip-2.example.com:5070")


@pytest_asyncio.fixture
async def town(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    async with a_town() as made:
        yield made


async def test_an_empty_account_gets_a_trunk_with_all_that_rings_on_it(town: Town) -> None:
    """Both pods equally, the login, the numbers, transfers on, recording off."""
    done = await town.apply()
    assert done.complete, done
    trunk = town.trunk
    assert (trunk.friendly_name, trunk.domain_name) == ("switchboard: phone", "larkfield.pstn.twilio.com")
    assert (trunk.secure, trunk.transfer_mode, trunk.recording) == (False, "enable-all", "do-not-record")
    urls = {each.sip_url: (each.priority, each.weight, each.enabled) for each in trunk.origins.values()}
    assert urls == {f"sip:sip-{n}.example.com:5060;transport=udp": (10, 10, True) for n in (0, 1)}
    assert town.numbers_of(trunk) == set(NUMBERS)
    assert trunk.lists == list(town.account.lists)
    assert town.passwords() == {SIP_LOGIN.name: SIP_LOGIN.secret}


async def test_a_second_time_changes_nothing(town: Town) -> None:
    await town.apply()
    town.stand_in.control.requests.clear()
    done = await town.apply()
    assert (done.done, done.failed, done.left) == ([], [], [])
    assert {request.partition(" ")[0] for request in town.stand_in.control.requests} == {"GET"}


async def test_a_plan_changes_nothing(town: Town) -> None:
    plan = await town.plan()
    assert len(plan.changes) == 6  # trunk, two origination URLs, login, two numbers
    assert not town.account.trunks and not town.account.lists


async def test_encryption_is_the_trunks_and_the_urls(town: Town) -> None:
    await town.apply(a_carrier(secure=True))
    assert town.trunk.secure
    assert all(each.sip_url.endswith(":5061;transport=tls") for each in town.trunk.origins.values())


async def test_a_renamed_carrier_keeps_its_trunk(town: Town) -> None:
    """A trunk made anew would be without its domain, and the numbers without a trunk for a while."""
    await town.apply()
    before, users = town.trunk.sid, next(iter(town.account.lists.values())).users.copy()
    done = await town.apply(a_carrier("desk"))
    assert {change.key for change in done.done} == {"trunk desk", "login desk"}
    assert (town.trunk.sid, town.trunk.friendly_name) == (before, "switchboard: desk")
    (found,) = town.account.lists.values()
    assert found.friendly_name.startswith("switchboard: desk ") and found.users == users
    assert not (await town.plan(a_carrier("desk"))).changes


async def test_new_addresses_come_before_old_ones_go(town: Town) -> None:
    """Between them a call must have somewhere to go."""
    await town.apply()
    done = await town.apply(a_carrier(sip_addresses=NEW_ADDRESSES, transport=Transport.TCP))
    urls = {each.sip_url for each in town.trunk.origins.values()}
    assert urls == {"sip:sip-1.example.com:5060;transport=tcp", "sip:sip-2.example.com:5070;transport=tcp"}
    assert [change.action for change in done.done] == [Action.CREATE] * 2 + [Action.DELETE] * 2
    assert not (await town.plan(a_carrier(sip_addresses=NEW_ADDRESSES, transport=Transport.TCP))).changes


async def test_old_addresses_stay_where_the_new_ones_could_not_be_made(town: Town) -> None:
    await town.apply()
    town.trouble("POST /v1/Trunks/", status=400, code=20001)
    done = await town.apply(a_carrier(sip_addresses=("sip-9.example.com",)))
    assert [change.action for change in done.left] == [Action.DELETE] * 2
    assert len(town.trunk.origins) == 2


async def test_what_was_changed_by_hand_is_set_right(town: Town) -> None:
    await town.apply()
    town.trunk.recording, town.trunk.transfer_mode = "record-from-ringing", "disable-all"
    next(iter(town.trunk.origins.values())).enabled = False
    done = await town.apply()
    assert [change.action for change in done.done] == [Action.UPDATE] * 2
    assert (town.trunk.recording, town.trunk.transfer_mode) == ("do-not-record", "enable-all")
    assert all(each.enabled for each in town.trunk.origins.values())


async def test_a_number_that_no_line_has_any_more_is_detached(town: Town) -> None:
    await town.apply()
    await town.apply(numbers={"phone": NUMBERS[:1]})
    assert town.numbers_of(town.trunk) == {NUMBERS[0]}
    assert len(town.account.numbers) == 2, "never given up: it is the operator's"


async def test_a_carrier_that_is_gone_takes_its_trunk_with_it(town: Town) -> None:
    """Its number, now another carrier's, moves first."""
    other = a_carrier("other", address="other.pstn.twilio.com")
    await town.apply(a_carrier(), other, numbers={"phone": NUMBERS[:1], "other": NUMBERS[1:]})
    assert len(town.account.trunks) == 2
    done = await town.apply()
    assert done.complete
    assert town.numbers_of(town.trunk) == set(NUMBERS)
    assert len(town.account.lists) == 1


async def test_a_new_password_is_set_and_noticed_once(town: Town) -> None:
    """Twilio gives no password back."""
    await town.apply()
    other = Credentials(SIP_LOGIN.name, "An0ther-Passw0rd")
    done = await town.apply(login=other)
    assert [change.key for change in done.done] == ["login phone"]
    assert town.passwords() == {other.name: other.secret}
    assert not (await town.plan(login=other)).changes


async def test_a_new_user_replaces_the_old_one(town: Town) -> None:
    await town.apply()
    other = Credentials("meadow", SIP_LOGIN.secret)
    await town.apply(login=other)
    assert town.passwords() == {"meadow": SIP_LOGIN.secret}
    assert not (await town.plan(login=other)).changes


async def test_a_login_that_is_gone_is_removed(town: Town) -> None:
    await town.apply()
    await town.apply(login=None)
    assert not town.trunk.lists and not town.account.lists


async def test_destroy_removes_what_was_made_and_nothing_else(town: Town) -> None:
    theirs = town.foreign_trunk()
    kept = CredentialList("CL" + "7" * 32, "office phones", {"CR1": ("desk", "x")})
    town.account.lists[kept.sid] = kept
    await town.apply()
    done = await town.apply(destroy=True, login=None)
    assert done.complete, done
    assert list(town.account.trunks) == [theirs.sid] and list(town.account.lists) == [kept.sid]
    assert not any(number.trunk_sid for number in town.account.numbers.values())
    assert not (await town.plan(destroy=True)).changes


async def test_a_foreign_trunk_keeps_its_number_until_told_otherwise(town: Town) -> None:
    theirs = town.foreign_trunk(domain_name="pbx.pstn.twilio.com")
    number = next(each for each in town.account.numbers.values() if each.phone_number == NUMBERS[0])
    number.trunk_sid = theirs.sid
    (refusal,) = (await town.plan()).refusals
    assert NUMBERS[0] in refusal and "Their PBX" in refusal and "--take-over" in refusal
    await town.apply(take_over=True)
    assert number.trunk_sid != theirs.sid
    assert town.account.trunks[theirs.sid] == theirs


async def test_a_foreign_trunk_with_our_address_is_told_before_twilio_does(town: Town) -> None:
    town.foreign_trunk(domain_name="larkfield.pstn.twilio.com")
    (refusal,) = (await town.plan()).refusals
    assert "21248" in refusal and "Their PBX" in refusal


async def test_another_installation_in_the_account_is_left_alone(town: Town) -> None:
    """Staging and production with a carrier of the same name: only their addresses differ."""
    theirs = town.foreign_trunk("switchboard: phone", domain_name="staging.pstn.twilio.com")
    next(iter(theirs.origins.values())).friendly_name = "switchboard"
    plan = await town.plan()
    assert plan.notes and "switchboard: phone" in plan.notes[0]
    await town.apply()
    await town.apply(destroy=True)
    assert town.account.trunks == {theirs.sid: theirs}
    assert theirs.domain_name == "staging.pstn.twilio.com"


async def test_what_somebody_added_to_our_trunk_stays(town: Town) -> None:
    """A fallback of the operator's own, at a lower priority."""
    await town.apply()
    await town.apply()
    theirs = town.account.put_origin(
        town.trunk,
        {"FriendlyName": "front desk", "SipUrl": "sip:desk.example.net", "Weight": "1", "Priority": "90"}
        | {"Enabled": "true"},
    )
    plan = await town.plan()
    assert not plan.changes and "sip:desk.example.net" in plan.notes[0]
    assert theirs.sid in town.trunk.origins


@pytest.mark.parametrize(
    ("number", "words"), [("+15550100099", "not in the Twilio account"), (NUMBERS[0], "no voice calls")]
)
async def test_a_number_that_cannot_ring_is_refused(town: Town, number: str, words: str) -> None:
    for each in town.account.numbers.values():
        each.voice = False
    (refusal,) = (await town.plan(numbers={"phone": [number]})).refusals
    assert number in refusal and words in refusal


async def test_two_carriers_with_one_address_are_refused(town: Town) -> None:
    plan = await town.plan(a_carrier(), a_carrier("other"), numbers={"phone": NUMBERS})
    assert any("two carriers" in refusal for refusal in plan.refusals)
