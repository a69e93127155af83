"""Readiness: each component by itself, all at once, within the time given."""

from __future__ import annotations

import asyncio

import pytest

from ops.readiness import Readiness
from tests.support.virtual_time import virtual_time


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def _raises() -> bool:
    raise OSError("refused")


async def _hangs() -> bool:
    await asyncio.sleep(3600)
    return True


@virtual_time
async def test_a_hanging_and_a_raising_probe_say_no_in_time() -> None:
    """Two hanging components cost one time limit, not two, and do not hide the healthy one."""
    readiness = Readiness()
    for name, probe in {"livekit": _yes, "riva": _hangs, "llm": _hangs, "tts": _raises}.items():
        readiness.add(name, probe)
    report = await readiness.check(timeout_s=2.0)
    assert report.components == {"livekit": True, "riva": False, "llm": False, "tts": False}
    assert not report.ready
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)


@virtual_time
async def test_optional_components_are_reported_and_do_not_count() -> None:
    """A service is ready without its fallback, and the report says that it is missing."""
    readiness = Readiness()
    readiness.add("llm", _yes)
    readiness.add("fallback", _no, required=False)
    report = await readiness.check(timeout_s=1.0)
    assert report.ready
    assert report.components == {"llm": True, "fallback": False}


def test_a_name_is_used_once() -> None:
    """A second probe of one name would silently replace the first."""
    readiness = Readiness()
    readiness.add("llm", _yes)
    with pytest.raises(ValueError, match="llm"):
        readiness.add("llm", _no)
