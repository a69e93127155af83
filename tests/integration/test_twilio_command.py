"""`python -m sip plan | apply | destroy --only twilio` as an operator runs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from local.stand_ins.twilio.account import Account
from local.stand_ins.twilio.server import Manner, TwilioStandIn, serving
from sip.__main__ import main
from tests.support.a_twilio import NUMBERS, SID, SIP_LOGIN, TOKEN

KEY = "SK" + "3" * 32
CENTER = """
practice:
  { name: Larkfield Clinic, address: 12 Orchard Road, time_zone: Europe/London, hours: { monday: ["08:30-12:30"] } }
voices: { receptionist: { id: fable, language: en-US } }
carriers:
  phone:
    provider: twilio
    address: larkfield.pstn.twilio.com
    sip_addresses: [sip-0.example.com]
    account: { name: { env: TWILIO_KEY }, secret: { file: "%s" } }
    account_sid: { env: TWILIO_ACCOUNT_SID }
    login: { name: { env: SIP_USER }, secret: { env: SIP_PASSWORD } }
lines:
  clinic: { numbers: ["+15550100001", "+15550100002"], persona: desk, carrier: phone }
"""
PERSONA = """---
voice: receptionist
greeting: Hello, this is the AI receptionist of {{practice_name}}.
---
You answer the telephone of {{practice_name}}. Be brief and kind.
"""


def _written(folder: Path) -> Path:
    (folder / "personas").mkdir()
    (folder / "personas/desk.md").write_text(PERSONA)
    (folder / "key").write_text(f"{TOKEN}\n")
    (folder / "callcenter.yaml").write_text(CENTER % (folder / "key"))
    return folder / "callcenter.yaml"


@pytest_asyncio.fixture
async def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Account]:
    """Served; the environment and a callcenter.yaml name it."""
    account = Account(SID)
    for number in NUMBERS:
        account.buy(number)
    async with serving(TwilioStandIn(account, {KEY: TOKEN}, Manner())) as url:
        for name, value in {
            "LIVEKIT_URL": "ws://127.0.0.1:9",
            "LIVEKIT_API_KEY": "key",
            "LIVEKIT_API_SECRET": "secret",
            "CALL_CENTER_CONFIG": str(_written(tmp_path)),
            "TWILIO_API_URL": url,
            "TWILIO_TRUNKING_URL": url,
            "TWILIO_KEY": KEY,
            "TWILIO_ACCOUNT_SID": SID,
            "SIP_USER": SIP_LOGIN.name,
            "SIP_PASSWORD": SIP_LOGIN.secret,
        }.items():
            monkeypatch.setenv(name, value)
        yield account


async def test_from_an_account_to_a_trunk_and_back(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit statuses as the help says, and no secret on the terminal."""
    said = []
    for arguments, status in (
        (["plan"], 2),
        (["apply"], 0),
        (["plan"], 0),
        (["destroy", "--yes"], 0),
        (["plan", "--json"], 2),
    ):
        assert await asyncio.to_thread(main, [*arguments, "--only", "twilio"]) == status, capsys.readouterr()
        said.append("".join(capsys.readouterr()))
        if arguments == ["apply"]:
            (trunk,) = account.trunks.values()
            assert {each.trunk_sid for each in account.numbers.values()} == {trunk.sid}
    assert not account.trunks and not account.lists
    assert "larkfield.pstn.twilio.com" in said[0] and NUMBERS[0] in said[0]
    assert not any(secret in text for text in said for secret in (TOKEN, SIP_LOGIN.secret))


async def test_a_wrong_key_ends_in_words(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in a traceback, whose variables nobody has looked through for secrets."""
    monkeypatch.setenv("TWILIO_KEY", "SK" + "4" * 32)
    assert await asyncio.to_thread(main, ["plan", "--only", "twilio"]) == 1
    told = "".join(capsys.readouterr())
    assert "20003" in told and "Traceback" not in told and TOKEN not in told


async def test_a_key_without_its_account_is_told(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", KEY)
    assert await asyncio.to_thread(main, ["plan", "--only", "twilio"]) == 1
    assert "TWILIO_ACCOUNT_SID" in capsys.readouterr().err
