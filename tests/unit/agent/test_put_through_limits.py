"""People are dialled for callers within the line's limits, and whatever was decided is in the audit."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from ops.tasks import TaskSet
from tests.support.put_through import Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_whom_a_caller_is_put_through_to_counts_and_is_in_the_audit() -> None:
    """At its longest before it is dialled, at its length when the call is over; nobody's answer costs nothing."""
    scene = Scene()
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    (decision,) = await scene.permits.decisions()
    assert (decision.number, decision.line, decision.call_id, decision.reason) == (
        "+15550100090",
        "clinic",
        "call-1",
        "allowed",
    )
    assert decision.facts == {"put_through": "front-desk", "how": "hand-off"}
    assert await scene.spent() == 55
    await asyncio.sleep(115.0)
    await scene.tasks.aclose()
    assert await scene.spent() == 3
    scene = Scene(answer="busy")
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    assert await scene.spent() == 0
    await scene.tasks.aclose()


@virtual_time
async def test_a_callers_keys_reach_no_telephone_of_a_person() -> None:
    """On hold and joined: the system behind that telephone would take them for the person's, and dial out for them.
    Back with the agent, once the person's leg is gone, they are heard again; also where a worker died over it."""
    scene = Scene()
    scene.through.ask("front-desk", "")
    await asyncio.sleep(1.0)
    assert scene.exchange.keyless == {"caller"}
    await asyncio.sleep(6.0)
    assert (scene.through.joined, scene.exchange.keyless) == ("front-desk", {"caller"})
    await scene.tasks.aclose()
    scene = Scene(answer="no_answer")
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    assert scene.exchange.keyless == set()
    await scene.tasks.aclose()
    scene = Scene()
    scene.room.join("person-front-desk")
    scene.exchange.keyless = {"caller"}
    assert not scene.through.resume({})
    await asyncio.sleep(0.1)
    assert scene.exchange.keyless == set()
    await scene.tasks.aclose()


@virtual_time
async def test_a_line_that_has_spent_its_day_dials_nobody_and_the_caller_is_told() -> None:
    """However the model was talked into it."""
    scene = Scene()
    tally = f"outbound:spend:clinic:{datetime.fromtimestamp(scene.clock.now(), UTC):%Y-%m-%d}"
    assert await scene.permits.take(tally, 60.0, 110.0, 3600.0)
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    ((said, on_hold),) = scene.call.said
    assert "cannot put you through to the front desk" in said
    assert (on_hold, scene.through.away, scene.exchange.dialled) == (False, False, [])
    assert scene.permits.reasons == ["spend"]
    assert scene.call.notes == {"not_reached": {"front-desk": "spend"}}
    assert await scene.permits.take("outbound:hour:clinic", 4.0, 4.0, 3600.0)  # it was given back
    scene.through.ask("front-desk", "")
    await asyncio.sleep(6.0)
    assert scene.permits.reasons == ["spend", "velocity"]
    await scene.tasks.aclose()


@pytest.mark.parametrize("trouble", ["down", "slow", "unwritten"])
@virtual_time
async def test_a_store_that_is_away_leaves_no_caller_waiting(trouble: str) -> None:
    """The list of people is the operator's own: they are dialled, no later than they would have been, and the call's
    record says that the audit does not."""
    scene = Scene()
    if trouble == "down":
        scene.permits.is_down = True
    elif trouble == "unwritten":
        scene.permits.down_to = {"decided"}
    else:
        scene.permits.hangs_s = 600.0
    scene.through.ask("front-desk", "")
    await asyncio.sleep(1.1)
    assert len(scene.exchange.dialled) == 1
    assert scene.call.notes == {"unaudited": {"front-desk": "allowed"}}
    await asyncio.sleep(6.0)
    await scene.tasks.aclose()
    assert scene.through.joined == "front-desk"


@virtual_time
async def test_a_call_that_ends_while_a_person_is_dialled_is_not_broken() -> None:
    """A worker that was told to stop in that moment hands its call over: a task that failed would end the call, with
    words about an error of ours. Nobody's telephone rings on."""
    errors: list[BaseException] = []
    scene = Scene(tasks=TaskSet("call", on_error=errors.append))
    scene.through.ask("front-desk", "")
    await asyncio.sleep(1.0)
    await scene.tasks.aclose()
    assert (errors, scene.exchange.hung_up) == ([], ["person-front-desk"])
