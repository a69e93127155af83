"""Trunks and rules on the real livekit-server: made, evaluated by it when a telephone rings, changed, removed."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from livekit import api

from config.load import load
from config.telephony import Carrier, Outbound, Provider, Telephony
from local import provision, rooms
from local.caller.legs import NotAnsweredError, PhoneLeg
from local.environment import Server
from local.paths import CALL_CENTER
from local.ports import Ports
from local.stack import Stack
from sip import provisioning
from sip.carry_out import carry_out
from sip.errors import ProviderError
from sip.lines.livekit import LiveKitLines
from sip.lines.wanted import Wanted, wanted
from sip.plan import Plan
from sip.settings import Credentials, Livekit
from tests.support.call_center import call_center, line
from tests.support.random_lines import a_configuration

CLINIC, NIGHT, MOVED = "+15550100001", "+15550100002", "+15550100003"
SOON_S = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("sip")
    only = ("redis", "livekit", "telephone")
    async with Stack(folder, Ports.free(), only=only, config=folder / "none.yaml") as running:
        yield running


@pytest_asyncio.fixture(autouse=True)
async def empty(stack: Stack) -> AsyncIterator[None]:
    """The server after each test as before it."""
    yield
    async with rooms.client(stack.info) as client:
        for rule in (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items:
            request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
            await client.sip.delete_dispatch_rule(request)
        inbound = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
        outbound = (await client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items
        for trunk_id in [trunk.sip_trunk_id for trunk in inbound] + [trunk.sip_trunk_id for trunk in outbound]:
            await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id))


def settings(stack: Stack, url: str = "", secret: str = "") -> Livekit:
    info = stack.info
    return Livekit.model_validate(
        {
            "LIVEKIT_URL": url or info.livekit_url,
            "LIVEKIT_API_KEY": info.api_key,
            "LIVEKIT_API_SECRET": secret or info.api_secret,
        }
    )


def provider(stack: Stack, to: Wanted) -> LiveKitLines:
    return LiveKitLines(settings(stack), to)


async def planned(stack: Stack, to: Wanted) -> Plan:
    reading = provider(stack, to)
    try:
        return await reading.plan()
    finally:
        await reading.aclose()


def lines(**numbers: tuple[str, ...]) -> Wanted:
    return wanted(
        call_center(line(name, *own, persona=f"{name}-persona") for name, own in numbers.items()), "receptionist", {}
    )


async def sent_for(stack: Stack, number: str) -> dict[str, str]:
    """Whom the server sends for when `number` is rung, in its own words."""
    phone = PhoneLeg(stack.info.telephone_url, number, caller="+15550111")
    await phone.connect()
    try:
        await phone.noted("joined", SOON_S)
        async with rooms.client(stack.info) as client:
            (dispatched,) = await client.agent_dispatch.list_dispatch(phone.room_name)
    finally:
        await phone.hangup()
    assert dispatched.agent_name == "receptionist"
    told: dict[str, str] = json.loads(dispatched.metadata)
    return told


async def ids(stack: Stack) -> list[str]:
    async with rooms.client(stack.info) as client:
        trunks = (await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items
        rules = (await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items
    return sorted([trunk.sip_trunk_id for trunk in trunks] + [rule.sip_dispatch_rule_id for rule in rules])


async def test_each_number_sends_for_its_persona(stack: Stack) -> None:
    """Evaluated by the server, for a call."""
    assert await provisioning.bring_about([provider(stack, lines(clinic=(CLINIC,), night=(NIGHT,)))]) == 0
    assert await sent_for(stack, CLINIC) == {"persona": "clinic-persona", "direction": "inbound", "line": "clinic"}
    assert await sent_for(stack, NIGHT) == {"persona": "night-persona", "direction": "inbound", "line": "night"}


async def test_the_shipped_configuration_rings_where_it_says(stack: Stack) -> None:
    """By the command that `make run` starts; every number of config/callcenter.yaml."""
    info = stack.info
    server = Server(info.livekit_url, info.api_key, info.api_secret, info.agent_name)
    await provision.provision(server, CALL_CENTER)
    center = load(CALL_CENTER, known_tools=None)
    for known in center.lines.values():
        for number in known.numbers:
            told = await sent_for(stack, number)
            assert (told["line"], told["persona"]) == (known.name, known.persona.name)
    async with rooms.client(info) as client:
        outbound = (await client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items
    assert [trunk.name for trunk in outbound] == ["switchboard: local"]


async def test_a_call_from_an_address_that_is_not_the_carriers_is_not_taken(stack: Stack) -> None:
    carrier = Carrier("plain", Provider.SIP, allowed_addresses=("192.0.2.0/24",))
    to = call_center([line("clinic", CLINIC, telephony=Telephony("plain"))], [carrier])
    await provisioning.bring_about([provider(stack, wanted(to, "receptionist", {}))])
    phone = PhoneLeg(stack.info.telephone_url, CLINIC)  # 127.0.0.1
    await phone.connect()
    with pytest.raises(NotAnsweredError, match="never rang"):
        await phone.answered(1.0)
    await phone.hangup()


async def test_a_second_run_and_a_new_name_leave_every_trunk_where_it_is(stack: Stack) -> None:
    """One made anew would drop the call that is ringing."""
    await provisioning.bring_about([provider(stack, lines(clinic=(CLINIC, NIGHT)))])
    before = await ids(stack)
    assert (await planned(stack, lines(clinic=(CLINIC, NIGHT)))).changes == ()
    await provisioning.bring_about([provider(stack, lines(clinic=(CLINIC, NIGHT)))])
    assert await ids(stack) == before
    assert await provisioning.bring_about([provider(stack, lines(surgery=(CLINIC, NIGHT)))]) == 0
    assert await ids(stack) == before
    assert (await sent_for(stack, NIGHT))["line"] == "surgery"


async def test_numbers_change_hands_and_lines_go(stack: Stack) -> None:
    """The server refuses a number that two trunks have: what gives it up has to come first."""
    await provisioning.bring_about([provider(stack, lines(clinic=(CLINIC, MOVED), night=(NIGHT,)))])
    assert await provisioning.bring_about([provider(stack, lines(clinic=(CLINIC,), night=(NIGHT, MOVED)))]) == 0
    assert (await sent_for(stack, MOVED))["line"] == "night"
    assert await provisioning.bring_about([provider(stack, lines(night=(NIGHT,)))]) == 0
    phone = PhoneLeg(stack.info.telephone_url, CLINIC)
    await phone.connect()
    with pytest.raises(NotAnsweredError, match="never rang"):
        await phone.answered(1.0)
    await phone.hangup()


async def test_any_configuration_is_reached_from_any_other(stack: Stack) -> None:
    """As tests/unit/sip/lines has it of a fake server: the real one refuses nothing of it either."""
    chance = random.Random(5)
    for _ in range(12):
        to = a_configuration(chance)
        assert await provisioning.bring_about([provider(stack, to)]) == 0
        assert (await planned(stack, to)).changes == ()


async def test_outbound_trunks_are_made_and_changed_in_place(stack: Stack) -> None:
    def to(address: str, password: str) -> Wanted:
        carrier = Carrier("plain", Provider.SIP, address=address, secure=True)
        clinic = line("clinic", CLINIC, telephony=Telephony("plain", outbound=Outbound(CLINIC, ("US",))))
        return wanted(call_center([clinic], [carrier]), "receptionist", {"plain": Credentials("user", password)})

    found = []
    for address, password in (("sip.example.com", "one"), ("sip2.example.com:5070", "two")):
        assert await provisioning.bring_about([provider(stack, to(address, password))]) == 0
        assert (await planned(stack, to(address, password))).changes == ()
        async with rooms.client(stack.info) as client:
            (trunk,) = (await client.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())).items
        found.append((trunk.sip_trunk_id, trunk.name, trunk.address, trunk.auth_password))
    assert found[0][0] == found[1][0]
    assert found[1][1:] == ("switchboard: plain", "sip2.example.com:5070", "two")


async def test_somebody_elses_trunk_with_our_number_stops_it_before_anything_is_done(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    async with rooms.client(stack.info) as client:
        theirs = api.SIPInboundTrunkInfo(name="theirs", numbers=[CLINIC])
        await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=theirs))
    before = await ids(stack)
    assert await provisioning.bring_about([provider(stack, lines(clinic=(CLINIC,), night=(NIGHT,)))]) == 1
    assert await ids(stack) == before
    assert 'The inbound trunk "theirs"' in capsys.readouterr().out
    assert await provisioning.bring_about([provider(stack, Wanted("receptionist"))], destroy=True) == 0
    assert await ids(stack) == before


async def test_what_the_server_refuses_stops_only_what_needs_it(stack: Stack) -> None:
    """Somebody took a number between the plan and the change; the next run goes on."""
    to = lines(clinic=(CLINIC,), night=(NIGHT,))
    applying = provider(stack, to)
    plan = await applying.plan()
    async with rooms.client(stack.info) as client:
        theirs = api.SIPInboundTrunkInfo(name="theirs", numbers=[CLINIC])
        made = await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=theirs))
        done = await carry_out(applying, plan)
        await applying.aclose()
        await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=made.sip_trunk_id))
    assert [change.key for change, _ in done.failed] == ["inbound trunk clinic"]
    assert [change.key for change in done.left] == ["dispatch rule clinic"]
    assert (await sent_for(stack, NIGHT))["line"] == "night"
    assert await provisioning.bring_about([provider(stack, to)]) == 0
    assert (await sent_for(stack, CLINIC))["line"] == "clinic"


async def test_destroy_takes_everything_that_was_made(stack: Stack) -> None:
    await provisioning.bring_about([provider(stack, a_configuration(random.Random(3)))])
    assert await ids(stack)
    assert await provisioning.bring_about([provider(stack, Wanted("receptionist"))], destroy=True) == 0
    assert await ids(stack) == []
    assert (await planned(stack, Wanted("receptionist"))).changes == ()


async def test_a_server_that_does_not_know_the_key_or_is_not_there_is_told(stack: Stack) -> None:
    for given, words in (
        (settings(stack, secret="another-secret-that-this-server-does-not-know"), "not accepted"),  # noqa: S106
        (settings(stack, url=f"ws://127.0.0.1:{Ports.free().livekit}"), "can't be reached"),
    ):
        reading = LiveKitLines(given, lines(clinic=(CLINIC,)))
        with pytest.raises(ProviderError, match=words):
            await reading.plan()
        await reading.aclose()


async def test_a_server_that_is_silent_is_not_waited_for(stack: Stack) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        reading = LiveKitLines(settings(stack, url=url), lines(clinic=(CLINIC,)), answers_within_s=0.2)
        with pytest.raises(ProviderError, match="no answer within"):
            await reading.plan()
        await reading.aclose()
