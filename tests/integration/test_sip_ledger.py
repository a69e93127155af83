"""`python -m sip consent | optout | decisions` over a real Redis: what the commands write is what the guards read."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from calls.permits import Decision
from calls.stores.permit_keys import PermitKeys
from calls.stores.redis import RedisExecutor
from ops.clock import SystemClock
from ops.commands import found
from sip import commands
from sip.errors import SipError
from tests.support.outbound import CALLEE, OTHER
from tests.support.redis_server import redis_server


async def run(command: str, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    known = found(commands)
    known[command].add_arguments(parser)
    return await known[command].run(parser.parse_args(arguments))


@pytest_asyncio.fixture
async def permits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PermitKeys]:
    async with redis_server(tmp_path) as server:
        monkeypatch.setenv("STATE_URL", server.url)
        executor = RedisExecutor(server.url)
        yield PermitKeys(executor)
        await executor.aclose()


async def test_consents_come_from_a_file_and_end_with_a_withdrawal(
    permits: PermitKeys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And imported again they stay ended."""
    file, now = tmp_path / "consents.csv", SystemClock().now()
    file.write_text(f"number,purpose,how,given_at\n{CALLEE},reminders,web form,2020-05-14\n", encoding="utf-8-sig")
    assert await run("consent", "import", str(file)) == 0
    assert "Kept: 1." in capsys.readouterr().out
    assert await permits.consent(CALLEE, "reminders", now)
    await run("consent", "show", CALLEE)
    assert "reminders: 2020-05-14T00:00:00Z, web form" in capsys.readouterr().out
    await run("consent", "withdraw", CALLEE)
    await run("consent", "import", str(file))
    assert await permits.consent(CALLEE, "reminders", now) is None
    await run("consent", "show", CALLEE)
    assert "No consent." in capsys.readouterr().out


async def test_a_file_with_one_wrong_row_keeps_nothing(permits: PermitKeys, tmp_path: Path) -> None:
    file = tmp_path / "consents.csv"
    file.write_text(f"number,purpose,how,given_at\n{CALLEE},x,y,2020-05-14\n12345,x,y,2020-05-14\n")
    with pytest.raises(SipError, match="line 3: number"):
        await run("consent", "import", str(file))
    with pytest.raises(SipError, match="cannot be read"):
        await run("consent", "import", str(tmp_path / "none.csv"))
    assert await permits.consents(CALLEE) == []


async def test_one_consent_by_hand(permits: PermitKeys) -> None:
    await run("consent", "add", "+44 20 7946 0123", "--purpose", "*", "--how", "in a call")
    (consent,) = await permits.consents(CALLEE)
    assert (consent.purpose, consent.how) == ("*", "in a call")
    assert abs(consent.given_at - SystemClock().now()) < 60
    with pytest.raises(SipError, match="given_at"):
        await run("consent", "add", CALLEE, "--purpose", "*", "--how", "x", "--given-at", "2999-01-01")


async def test_opt_outs_one_and_a_list_of_them(
    permits: PermitKeys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written in any way they hold for the number as it is dialled; only `lift` lifts them."""
    await run("optout", "add", "+44 (0) 20 7946 0123")
    file = tmp_path / "list.txt"
    file.write_text(f"{OTHER}\n\n+1 202 555 0143\n")
    await run("optout", "import", str(file))
    assert [out.how for number in (CALLEE, OTHER, "+12025550143") if (out := await permits.opted_out(number))] == [
        *("operator", "list", "list")
    ]
    await run("consent", "show", CALLEE)
    assert "Wants no calls since" in capsys.readouterr().out
    await run("optout", "lift", CALLEE)
    assert await permits.opted_out(CALLEE) is None
    file.write_text(f"{CALLEE}\nnobody\n")
    with pytest.raises(SipError, match="line 2"):
        await run("optout", "import", str(file))
    assert await permits.opted_out(CALLEE) is None


async def test_the_audit_for_people_and_for_programs(permits: PermitKeys, capsys: pytest.CaptureFixture[str]) -> None:
    await permits.decided(Decision(1_790_078_400.0, "call-1", "clinic", CALLEE, False, "hours", {"zone": "x"}))
    await run("decisions")
    assert capsys.readouterr().out.split() == [
        *("2026-09-22T12:00:00Z", "refuse", "hours", "clinic", CALLEE, "call-1", "zone:", "x")
    ]
    await run("decisions", "--json", "--count", "1")
    assert json.loads(capsys.readouterr().out)["reason"] == "hours"


async def test_a_store_that_is_down_is_said(permits: PermitKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody must believe that an opt-out was kept."""
    monkeypatch.setenv("STATE_URL", "redis://127.0.0.1:1")
    with pytest.raises(SipError, match="STATE_URL cannot be asked"):
        await run("optout", "add", CALLEE)
