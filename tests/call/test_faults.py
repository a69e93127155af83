"""What a caller notices of a fault in the storage behind their call: nothing but, at most, a stated silence. And what
is written down afterwards: everything, in order, once. `make faults` proves the long list (tests/support/faults.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from local.stack import Stack
from tests.support.fault_place import Place
from tests.support.fault_run import prove
from tests.support.faults import FAULTS, Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with Place(stack, tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.name.replace(" ", "-")) for fault in FAULTS if fault.short]
)
async def test_the_caller_is_not_left_silent_and_nothing_is_lost(fault: Fault, place: Place) -> None:
    """The talk goes on within the stated time; each question and answer is in the record once, in order."""
    finding = await prove(fault, place)
    assert finding.held, finding
