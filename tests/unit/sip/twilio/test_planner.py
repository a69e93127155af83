"""The comparison alone: what is planned, in which order, and what it waits for."""

from __future__ import annotations

from sip.plan import Action, Change, Plan
from sip.twilio.account import Account, LoginList, Number, Origin, Trunk
from sip.twilio.planner import planned, undone
from sip.twilio.wanted import RECORDING, TRANSFER_MODE, Wanted

URL = "sip:sip-0.example.com:5060;transport=udp"
WANTED = Wanted("phone", "larkfield.pstn.twilio.com", False, (URL,), ("+15550100001",))


def a_trunk(sid: str, name: str, domain: str = "") -> Trunk:
    return Trunk(sid, name, domain, False, TRANSFER_MODE, RECORDING)


def an_origin(url: str = URL) -> tuple[Origin, ...]:
    return (Origin("OU1", "switchboard", url, 10, 10, True),)


def a_number(number: str, trunk: str = "") -> dict[str, Number]:
    return {number: Number(f"PN{number}", number, trunk, True)}


def keys(plan: Plan) -> list[tuple[Action, str]]:
    return [(change.action, change.key) for change in plan.changes]


def one(plan: Plan, key: str) -> Change:
    (found,) = [change for change in plan.changes if change.key == key]
    return found


def test_what_hangs_on_a_new_trunk_waits_for_it() -> None:
    plan = planned("Twilio", Account("AC1", numbers=a_number("+15550100001")), [WANTED])
    assert keys(plan) == [
        (Action.CREATE, "trunk phone"),
        (Action.CREATE, f"origination URL phone {URL}"),
        (Action.CREATE, "number +15550100001"),
    ]
    assert all("trunk phone" in change.needs for change in plan.changes[1:])


def test_an_account_as_wanted_needs_nothing() -> None:
    trunk = a_trunk("TK1", "switchboard: phone", WANTED.domain)
    account = Account("AC1", (trunk,), numbers=a_number("+15550100001", "TK1"), origins={"TK1": an_origin()})
    assert planned("Twilio", account, [WANTED]) == Plan("Twilio")


def test_a_trunk_left_over_goes_after_all_that_hung_on_it() -> None:
    """One number is another carrier's now and only moves; a trunk with numbers is not deleted."""
    account = Account(
        "AC1",
        (a_trunk("TK1", "switchboard: old", "old.pstn.twilio.com"),),
        (LoginList("CL1", "switchboard: old 0123456789ab"),),
        a_number("+15550100001", "TK1") | a_number("+15550100002", "TK1"),
        {"TK1": an_origin()},
        {"TK1": ("CL1",)},
    )
    plan = planned("Twilio", account, [WANTED])
    assert one(plan, "number +15550100001").action is Action.UPDATE
    assert one(plan, "number +15550100002").action is Action.DELETE
    removal = one(plan, "trunk old TK1")
    assert set(removal.needs) == {"number +15550100001", "number +15550100002", "login old CL1"}
    assert not plan.refusals


def test_another_installations_trunk_is_only_told_of() -> None:
    account = Account(
        "AC1",
        (a_trunk("TK1", "switchboard: phone", "staging.pstn.twilio.com"),),
        (LoginList("CL1", "switchboard: phone 0123456789ab"),),
        a_number("+15550100001"),
        {"TK1": an_origin("sip:staging.example.com:5060")},
        {"TK1": ("CL1",)},
    )
    for plan in (planned("Twilio", account, [WANTED]), undone("Twilio", account, [WANTED])):
        assert len(plan.notes) == 1
        assert not any("TK1" in change.key or "CL1" in change.key for change in plan.changes)
        assert not [change for change in plan.changes if change.kind == "login"]


def test_a_credential_list_that_a_broken_off_run_left_is_removed_too() -> None:
    account = Account("AC1", lists=(LoginList("CL1", "switchboard: phone 0123456789ab"), LoginList("CL2", "office")))
    assert keys(undone("Twilio", account, [WANTED])) == [(Action.DELETE, "login phone")]
