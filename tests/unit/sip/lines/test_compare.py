"""What a person reads of a plan, and what stops one."""

from __future__ import annotations

import pytest
from livekit import api

from config.telephony import Carrier, Outbound, Provider, Telephony
from sip.carry_out import carry_out
from sip.lines import mark
from sip.lines.actual import Actual
from sip.lines.compare import compare
from sip.lines.wanted import Wanted, wanted
from sip.plan import Change, Plan
from sip.settings import Credentials
from tests.fakes.sip_server import FakeLines, SipServer
from tests.support.call_center import call_center, line

NUMBER, OTHER = "+15550100001", "+15550100002"


def lines(**numbers: tuple[str, ...]) -> Wanted:
    return wanted(call_center(line(name, *own) for name, own in numbers.items()), "receptionist", {})


def dialling(*, address: str = "sip.example.com", password: str = "first") -> Wanted:  # noqa: S107
    carrier = Carrier("plain", Provider.SIP, address=address)
    clinic = line("clinic", NUMBER, telephony=Telephony("plain", outbound=Outbound(NUMBER, ("US",))))
    return wanted(call_center([clinic], [carrier]), "receptionist", {"plain": Credentials("user", password)})


async def on_a_server_with(before: Wanted, after: Wanted) -> tuple[SipServer, Plan]:
    server = SipServer()
    await carry_out(FakeLines(server, before), await FakeLines(server, before).plan())
    return server, await FakeLines(server, after).plan()


def told(changes: tuple[Change, ...]) -> list[str]:
    return [f"{change.action} {change.kind} {change.name}: {change.detail}" for change in changes]


async def test_a_renamed_line_keeps_its_trunk_and_rule() -> None:
    """In place: no caller is turned away for the name of a line."""
    _, plan = await on_a_server_with(lines(clinic=(NUMBER,)), lines(surgery=(NUMBER,)))
    assert told(plan.changes) == [
        "update inbound trunk surgery: name: switchboard: clinic -> switchboard: surgery; "
        "mark: line clinic agent receptionist -> line surgery agent receptionist",
        "update dispatch rule surgery: name: switchboard: clinic -> switchboard: surgery; "
        "mark: line clinic agent receptionist -> line surgery agent receptionist; "
        "told: persona receptionist, direction inbound, line clinic -> "
        "persona receptionist, direction inbound, line surgery",
    ]


async def test_numbers_are_told_as_what_comes_and_what_goes() -> None:
    _, plan = await on_a_server_with(lines(clinic=(NUMBER, "+15550100008")), lines(clinic=(NUMBER, OTHER)))
    assert told(plan.changes) == ["update inbound trunk clinic: numbers: adds +15550100002 and drops +15550100008"]


async def test_two_lines_that_swap_numbers_swap_names() -> None:
    """Not one of the numbers has to leave its trunk."""
    _, plan = await on_a_server_with(lines(a=(NUMBER,), b=(OTHER,)), lines(a=(OTHER,), b=(NUMBER,)))
    assert [change.detail for change in plan.changes if "numbers" in change.detail] == []


async def test_what_others_changed_by_hand_is_put_right() -> None:
    server, plan = await on_a_server_with(lines(clinic=(NUMBER,)), lines(clinic=(NUMBER,)))
    assert plan.changes == ()
    (trunk,), (rule,) = server.inbound.values(), server.rules.values()
    trunk.auth_username, trunk.auth_password = "user", "hunter2"
    rule.room_config.agents[0].agent_name = "another"
    plan = await FakeLines(server, lines(clinic=(NUMBER,))).plan()
    assert told(plan.changes) == [
        "update inbound trunk clinic: digest user: user -> none; digest password: changed",
        "update dispatch rule clinic: agent: another -> receptionist",
    ]


async def test_a_changed_password_is_told_as_changed() -> None:
    _, plan = await on_a_server_with(dialling(), dialling(password="second"))  # noqa: S106
    assert told(plan.changes) == ["update outbound trunk plain: password: changed"]
    assert "second" not in repr(plan)
    assert "first" not in repr(plan)


async def test_an_outbound_trunk_is_changed_in_place() -> None:
    """Its id is what calls that are being dialled go by."""
    _, plan = await on_a_server_with(dialling(), dialling(address="sip2.example.com"))
    assert told(plan.changes) == ["update outbound trunk plain: address: sip.example.com -> sip2.example.com"]


async def test_a_trunk_that_was_made_twice_is_made_one() -> None:
    """As after a create whose answer never came."""
    server, _ = await on_a_server_with(dialling(), dialling())
    (trunk,) = server.outbound.values()
    server.put_outbound("", trunk)
    plan = await FakeLines(server, dialling()).plan()
    assert [change.action for change in plan.changes] == ["delete"]


async def test_a_rule_whose_trunk_was_removed_by_hand_gets_the_new_one() -> None:
    server, _ = await on_a_server_with(lines(clinic=(NUMBER,)), lines(clinic=(NUMBER,)))
    server.inbound.clear()
    provider = FakeLines(server, lines(clinic=(NUMBER,)))
    assert (await carry_out(provider, await provider.plan())).complete
    assert list(server.served) == [NUMBER]
    assert len(server.rules) == 1


def trunk(name: str = "somebody's", **values: object) -> api.SIPInboundTrunkInfo:
    return api.SIPInboundTrunkInfo(sip_trunk_id="ST_x", name=name, **values)  # type: ignore[arg-type]


def rule(**values: object) -> api.SIPDispatchRuleInfo:
    return api.SIPDispatchRuleInfo(sip_dispatch_rule_id="SDR_x", name="theirs", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (Actual(inbound=[trunk(numbers=["1 555 010-0001"])]), ["somebody's", "ST_x", NUMBER, "takes no call"]),
        (Actual(rules=[rule()]), ["theirs", "SDR_x", "names no trunk"]),
        (Actual(rules=[rule(numbers=[NUMBER])]), ["names no trunk"]),
        (Actual(outbound=[api.SIPOutboundTrunkInfo(sip_trunk_id="ST_o", name="switchboard: plain")]), ["ST_o"]),
        (
            Actual(inbound=[trunk(numbers=[NUMBER], metadata=mark.metadata("line", "clinic", "staging"))]),
            [NUMBER, "AGENT_NAME is 'staging'"],
        ),
    ],
)
def test_what_would_take_our_calls_stops_the_plan(actual: Actual, words: list[str]) -> None:
    """With the name and the id of what is in the way, for the person who has to look for it."""
    (refusal,) = compare(dialling(), actual).refusals
    assert all(word in refusal for word in words)


async def test_another_rule_for_our_trunk_stops_the_plan() -> None:
    server, _ = await on_a_server_with(lines(clinic=(NUMBER,)), Wanted("receptionist"))
    (ours,) = server.inbound
    actual = Actual(list(server.inbound.values()), (), [*server.rules.values(), rule(trunk_ids=[ours])])
    (refusal,) = compare(lines(clinic=(NUMBER,)), actual).refusals
    assert "a trunk of ours" in refusal


@pytest.mark.parametrize(
    "actual",
    [
        Actual(inbound=[trunk(numbers=["+15550100077"])]),
        Actual(inbound=[trunk(allowed_addresses=["192.0.2.1"])]),
        Actual(rules=[rule(trunk_ids=["ST_other"])]),
        Actual(rules=[rule(numbers=["+15550100077"])]),
        Actual(outbound=[api.SIPOutboundTrunkInfo(name="theirs")]),
        Actual(
            outbound=[
                api.SIPOutboundTrunkInfo(
                    name="switchboard: plain", metadata=mark.metadata("carrier", "plain", "staging")
                )
            ]
        ),
    ],
)
def test_what_is_beside_our_lines_stops_nothing(actual: Actual) -> None:
    assert compare(dialling(), actual).refusals == ()


def test_destroying_is_never_refused() -> None:
    actual = Actual(inbound=[trunk(numbers=[NUMBER])], rules=[rule()])
    assert compare(Wanted("receptionist"), actual) == Plan("livekit")
