"""`doctor` and Twilio's side: each fault of an account, found alone; and the command as an operator runs it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from local import environment
from local.info import StackInfo
from local.ports import Ports
from local.stack import Stack
from local.stand_ins.twilio.account import Number
from sip.__main__ import main
from sip.doctor.finding import Finding
from sip.doctor.look import look
from sip.doctor.table import OTHERS
from tests.support import a_twilio
from tests.support.a_doctor import ENVIRONMENT, House
from tests.support.a_twilio import NUMBERS, TOKEN, a_town

Seed = Callable[[House, pytest.MonkeyPatch], None]


@pytest_asyncio.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """No LiveKit server: what is at Twilio is judged without it."""
    for name, value in {**a_twilio.ENVIRONMENT, **ENVIRONMENT}.items():
        monkeypatch.setenv(name, value)
    info = StackInfo.of(Ports.free(), Path("/data"), (), "receptionist", (environment.API_KEY, environment.API_SECRET))
    async with a_town() as town:
        await town.apply(House(info, town).center.carriers["phone"])
        yield House(info, town)


async def findings(house: House) -> list[tuple[str, Finding]]:
    seen = await look(house.settings, house.center, house.clock, house.how)
    assert seen.livekit_trouble
    return [(name, finding) for name, check in OTHERS.items() for finding in check(seen)]


async def test_nothing_is_found_in_good_health(house: House) -> None:
    assert await findings(house) == []


def _wrong_key(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_SECRET", "another-token")


def _no_account(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NAME", "SK" + "3" * 32)  # an API key, and no account_sid


def _no_secret(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIP_PASSWORD")


def _no_key(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWILIO_SECRET")


def _trunk_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.town.account.trunks.clear()
    for number in house.town.account.numbers.values():
        number.trunk_sid = ""


def _address_taken(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _trunk_lost(house, monkeypatch)
    house.town.foreign_trunk(domain_name="larkfield.pstn.twilio.com")


def _number_off_the_trunk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _number(house).trunk_sid = ""


def _number_on_another_trunk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _number(house).trunk_sid = house.town.foreign_trunk(domain_name="pbx.pstn.twilio.com").sid


def _number_not_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house.town.account.numbers[_number(house).sid]


def _number_without_voice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _number(house).voice = False


def _number_of_no_line(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.town.account.buy("+15550100042")
    house.town.account.numbers[list(house.town.account.numbers)[-1]].trunk_sid = house.town.trunk.sid


def _urls_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for origin in house.town.trunk.origins.values():
        origin.enabled = False


def _url_of_an_old_pod(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account, trunk = house.town.account, house.town.trunk
    url = {"FriendlyName": "switchboard", "SipUrl": "sip:old.example.com:5060;transport=udp"}
    account.put_origin(trunk, {**url, "Weight": "10", "Priority": "10", "Enabled": "true"})


def _pod_without_url(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.town.trunk.origins.popitem()


def _trunk_in_clear(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.change_carrier("phone", secure=True)


def _trunk_encrypted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.town.trunk.secure = True


def _secure_trunk_without_tls(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody ticked the box in the console, and only that."""
    house.town.trunk.secure = True
    house.change_carrier("phone", secure=True)


def _number(house: House) -> Number:
    return next(each for each in house.town.account.numbers.values() if each.phone_number == NUMBERS[1])


FAULTS: dict[Seed, tuple[str, str]] = {
    _wrong_key: ("twilio-account", "20003"),
    _no_account: ("secrets", "no account SID"),
    _no_secret: ("secrets", r"SIP_PASSWORD is not set.*carriers.phone.login.secret"),
    _no_key: ("secrets", r"TWILIO_SECRET is not set.*carriers.phone.account.secret"),
    _trunk_lost: ("twilio-trunk", "has no trunk"),
    _address_taken: ("twilio-trunk", '"Their PBX" has the address'),
    _number_off_the_trunk: ("twilio-numbers", re.escape(f"{NUMBERS[1]} on no trunk")),
    _number_on_another_trunk: ("twilio-numbers", re.escape(f'{NUMBERS[1]} on the trunk "Their PBX"')),
    _number_not_there: ("twilio-numbers", re.escape(f'Not in the Twilio account of the carrier "phone": {NUMBERS[1]}')),
    _number_without_voice: ("twilio-numbers", re.escape(f"No voice calls at Twilio: {NUMBERS[1]}")),
    _number_of_no_line: ("unconfigured-number", r"\+15550100042"),
    _urls_off: ("twilio-trunk", "no origination URL that is on"),
    _url_of_an_old_pod: ("twilio-trunk", "sends calls to old.example.com"),
    _pod_without_url: ("twilio-trunk", "sends no calls to sip-1.example.com"),
    _trunk_in_clear: ("twilio-trunk", "is not secure"),
    _trunk_encrypted: ("twilio-trunk", "is secure, and its carrier is not"),
    _secure_trunk_without_tls: ("twilio-trunk", "not `transport=tls`"),
}


@pytest.mark.parametrize("seed", FAULTS, ids=lambda seed: seed.__name__.strip("_"))
async def test_each_fault_is_found_alone_and_with_its_remedy(
    house: House, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(house, monkeypatch)
    check, words = FAULTS[seed]
    ((name, finding),) = await findings(house)
    assert (name, bool(re.search(words, finding.found))) == (check, True), finding
    assert finding.why and finding.fix
    assert TOKEN not in f"{finding}" and "another-token" not in f"{finding}"


CENTER = """
practice:
  { name: Larkfield Clinic, address: 12 Orchard Road, time_zone: Europe/London, hours: { monday: ["08:30-12:30"] } }
voices: { receptionist: { id: fable, language: en-US } }
carriers:
  desk: { provider: sip, address: sip.example.com, allowed_addresses: [192.0.2.0/24] }
lines:
  clinic: { numbers: ["+15550100001"], persona: desk, carrier: desk }
"""
PERSONA = """---
voice: receptionist
greeting: Hello, this is the AI receptionist of {{practice_name}}.
---
You answer the telephone of {{practice_name}}. Be brief and kind.
"""


async def test_the_command_says_what_it_found_and_ends_with_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 findings, 0 well (after `apply`), 2 could not look; `--json` for programs."""
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas/desk.md").write_text(PERSONA)
    (tmp_path / "callcenter.yaml").write_text(CENTER)
    (tmp_path / "sip.yaml").write_text("rtp_port: 10000-10099\n")

    async def said(*arguments: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, [*arguments])
        return status, capsys.readouterr().out

    async with Stack(tmp_path, Ports.free(), only={"redis", "livekit"}, config=tmp_path / "none.yaml") as stack:
        for name, value in {
            "LIVEKIT_URL": stack.info.livekit_url,
            "LIVEKIT_API_KEY": stack.info.api_key,
            "LIVEKIT_API_SECRET": stack.info.api_secret,
            "CALL_CENTER_CONFIG": str(tmp_path / "callcenter.yaml"),
        }.items():
            monkeypatch.setenv(name, value)
        status, text = await said("doctor")
        assert status == 1 and "[untaken-number] No inbound trunk" in text and "fix: python -m sip apply" in text
        assert (await said("apply"))[0] == 0
        status, text = await said("doctor")
        assert status == 0 and "Nothing was found" in text and "Not looked at: whether an agent" in text
        status, text = await said("doctor", "--json", "--sip-config", str(tmp_path / "sip.yaml"), "--peak", "51")
        (finding,) = json.loads(text)["findings"]
        assert (status, finding["check"]) == (1, "rtp-ports") and "10000-10101" in finding["fix"]
        assert (await said("doctor", "--sip-config", str(tmp_path / "none")))[0] == 2
    status, text = await said("doctor", "--json")
    assert status == 2 and "can't be reached" in json.loads(text)["could_not_look"][0]
    monkeypatch.delenv("LIVEKIT_URL")
    status, text = await said("doctor")
    assert status == 2 and "LIVEKIT_URL" in text
