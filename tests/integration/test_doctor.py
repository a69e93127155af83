"""`doctor` on a real LiveKit server and a Twilio account: nothing in good health, and each seeded fault alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from livekit import api
from livekit.protocol.sip import SIPCodec, SIPMediaEncryption, SIPTransport

from local.ports import Ports
from local.stack import Stack
from ops.clock import SystemClock
from tests.fakes import agent_worker
from tests.support import a_twilio
from tests.support.a_doctor import ENVIRONMENT, NIGHT, House
from tests.support.a_twilio import NUMBERS, a_town

Seed = Callable[[House], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("doctor")
    async with Stack(folder, Ports.free(), only=("redis", "livekit"), config=folder / "none.yaml") as running:
        yield running


@pytest_asyncio.fixture
async def house(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    for name, value in {**a_twilio.ENVIRONMENT, **ENVIRONMENT}.items():
        monkeypatch.setenv(name, value)
    async with a_town() as town:
        made = House(stack.info, town)
        await made.apply()
        yield made
        await House(stack.info, town).empty()


async def test_nothing_is_found_in_good_health(house: House) -> None:
    """Also with encryption. An agent that is sent for is told why, and is seen though it declines what is no call; the
    room is gone afterwards."""
    async with agent_worker.worker(house.info, "receptionist") as offered:
        house.how = replace(house.how, probe=True)
        assert await house.findings() == []
        async with house.livekit() as client:
            assert not (await client.room.list_rooms(api.ListRoomsRequest())).rooms
    assert offered == ['{"probe": true}']
    house.how = replace(house.how, probe=False)
    house.change_carrier("phone", secure=True)
    await house.apply()
    assert await house.findings() == []


async def _number_lost(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        trunk.numbers.remove(NUMBERS[1])


async def _rule_lost(house: House) -> None:
    async with house.livekit() as client, house.rule("night") as rule:
        pass
    async with house.livekit() as client:
        request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
        await client.sip.delete_dispatch_rule(request)


async def _another_agent(house: House) -> None:
    async with house.rule("clinic") as rule:
        rule.room_config.agents[0].agent_name = "recepcionist"


async def _wildcard_rule(house: House) -> None:
    await _foreign_rule(house, api.SIPDispatchRuleInfo(name="anything"))


async def _rule_for_our_trunk(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        pass
    await _foreign_rule(house, api.SIPDispatchRuleInfo(name="by PIN", trunk_ids=[trunk.sip_trunk_id]), pin="1234")


async def _foreign_rule(house: House, rule: api.SIPDispatchRuleInfo, pin: str = "") -> None:
    rule.rule.dispatch_rule_individual.room_prefix = "theirs"
    rule.rule.dispatch_rule_individual.pin = pin
    async with house.livekit() as client:
        await client.sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=rule))


async def _trunk_for_any_number(house: House) -> None:
    await _foreign_trunk(house, api.SIPInboundTrunkInfo(name="theirs", allowed_addresses=["192.0.2.9"]))


async def _trunk_with_our_number(house: House) -> None:
    await _foreign_trunk(
        house, api.SIPInboundTrunkInfo(name="theirs", numbers=[NIGHT], allowed_numbers=["+12025550143"])
    )


async def _foreign_trunk(house: House, trunk: api.SIPInboundTrunkInfo) -> None:
    async with house.livekit() as client:
        await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))


async def _login_on_twilios_trunk(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        trunk.auth_username, trunk.auth_password = "larkfield", "a-password"


async def _twilio_network_missing(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        trunk.allowed_addresses.remove("35.156.191.128/30")


async def _network_of_somebody_else(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        trunk.allowed_addresses.append("198.51.100.0/24")


async def _name_among_the_senders(house: House) -> None:
    async with house.trunk("night") as trunk:
        trunk.allowed_addresses.append("pstn.example.com")


async def _any_sender(house: House) -> None:
    async with house.trunk("night") as trunk:
        del trunk.allowed_addresses[:]


async def _rings_for_minutes(house: House) -> None:
    async with house.trunk("night") as trunk:
        trunk.ClearField("ringing_timeout")


async def _srtp_required(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        trunk.media.encryption = SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE


async def _secure_carrier_of_plain_trunks(house: House) -> None:
    """As `secure: true` without another `apply`, but for the calls out and Twilio."""
    house.change_carrier("desk", secure=True)
    async with house.outbound("desk") as outbound:
        outbound.media.encryption = SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE
        outbound.transport = SIPTransport.SIP_TRANSPORT_TLS


async def _outbound_without_tls(house: House) -> None:
    house.change_carrier("desk", secure=True)
    await house.apply()
    async with house.outbound("desk") as outbound:
        outbound.transport = SIPTransport.SIP_TRANSPORT_UDP


async def _no_common_codec(house: House) -> None:
    async with house.trunk("clinic") as trunk:
        trunk.media.only_listed_codecs = True
        trunk.media.codecs.append(SIPCodec(name="G722", rate=8000))


async def _outbound_trunk_lost(house: House) -> None:
    async with house.outbound("phone") as trunk:
        pass
    async with house.livekit() as client:
        await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk.sip_trunk_id))


async def _nowhere_to_dial(house: House) -> None:
    house.change_carrier("desk", address=None)


async def _clock_is_fast(house: House) -> None:
    house.clock = _Ahead()


async def _no_agent(house: House) -> None:
    house.how, house.clock = replace(house.how, probe=True), _Quick()


class _Quick(SystemClock):
    """Twenty seconds in one: nobody comes, however long they are waited for."""

    def monotonic(self) -> float:
        return super().monotonic() * 20

    async def sleep(self, s: float) -> None:
        await super().sleep(s / 20)


class _Ahead(SystemClock):
    def now(self) -> float:
        return super().now() + 120.0


FAULTS: dict[Seed, tuple[str, str]] = {
    _number_lost: ("untaken-number", re.escape(NUMBERS[1])),
    _rule_lost: ("no-rule", re.escape(NIGHT)),
    _another_agent: ("other-agent", "'recepcionist'.* 'receptionist'"),
    _wildcard_rule: ("overlap", '"anything".* names no trunk'),
    _rule_for_our_trunk: ("overlap", '"by PIN".* for a trunk of ours'),
    _trunk_for_any_number: ("overlap", '"theirs".* no number'),
    _trunk_with_our_number: ("overlap", f'"theirs".* has {re.escape(NIGHT)}'),
    _login_on_twilios_trunk: ("digest", '"switchboard: clinic".* asks for a SIP login'),
    _twilio_network_missing: ("senders", "no calls from 35.156.191.128/30"),
    _network_of_somebody_else: ("senders", "198.51.100.0/24, which are neither"),
    _name_among_the_senders: ("senders", "allows pstn.example.com"),
    _any_sender: ("senders", '"switchboard: night".* from any address'),
    _rings_for_minutes: ("ringing", "no ringing_timeout"),
    _srtp_required: ("encryption", "inbound.* SRTP is required"),
    _secure_carrier_of_plain_trunks: ("encryption", "inbound.* no SRTP"),
    _outbound_without_tls: ("encryption", "outbound.* does not use TLS"),
    _no_common_codec: ("codecs", "G722 only, not PCMU"),
    _outbound_trunk_lost: ("outbound-trunk", f'"switchboard: phone".* {re.escape(NUMBERS[0])}'),
    _nowhere_to_dial: ("outbound-trunk", '"night".* has no `address`'),
    _clock_is_fast: ("clock", "1[12][0-9] s ahead"),
    _no_agent: ("agent", '"receptionist": none is registered'),
}


@pytest.mark.parametrize("seed", FAULTS, ids=lambda seed: seed.__name__.strip("_"))
async def test_each_fault_is_found_alone_and_with_its_remedy(house: House, seed: Seed) -> None:
    await seed(house)
    check, words = FAULTS[seed]
    ((name, finding),) = await house.findings()
    assert (name, bool(re.search(words, finding.found))) == (check, True), finding
    assert finding.why and finding.fix


async def test_apply_is_the_remedy_that_it_is_said_to_be(house: House) -> None:
    """Of every fault of a trunk or a rule of ours."""
    for seed in (_number_lost, _rule_lost, _another_agent, _login_on_twilios_trunk, _twilio_network_missing):
        await seed(house)
    for seed in (_name_among_the_senders, _rings_for_minutes, _srtp_required, _no_common_codec, _outbound_trunk_lost):
        await seed(house)
    assert len(await house.findings()) == 10
    await house.apply()
    assert await house.findings() == []


async def test_a_server_that_cannot_be_read_is_no_fault_of_the_lines(house: House) -> None:
    """Nothing is said of numbers and trunks that nobody saw."""
    house.info = replace(house.info, livekit_url=f"ws://127.0.0.1:{Ports.free().livekit}")
    seen = await house.seen()
    assert "can't be reached" in seen.livekit_trouble and seen.clock_off_s is None
    assert await house.findings() == []
