"""What becomes of a recording when egress, the bucket, control or the worker fails: whatever was said is in the bucket
in the end, the record says so, and somebody was told. `make faults` proves the long list (tests/support/
recording_faults.py); here several calls at a time, for the time of one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.support.recorded_place import RecordedPlace, recorded_place
from tests.support.recording_faults import SHORT, RecordingFault
from tests.support.recording_run import Batch

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALLERS = ("+12025550171", "+12025550172")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RecordedPlace]:
    async with recorded_place(tmp_path_factory.mktemp("losses")) as made:
        yield made


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name.replace(" ", "-")) for fault in SHORT])
async def test_no_word_is_lost_and_a_loss_is_told(fault: RecordingFault, place: RecordedPlace) -> None:
    """Each side of the talk is on the files that the sidecar names; the worker's own track came within seconds and is
    on no disk any more; a lost recording was alarmed within a minute."""
    batch = Batch(fault, place, CALLERS)
    await batch.talk()
    for finding in await batch.settle():
        assert finding.held, finding
    if fault.alarmed:
        async with aiohttp.ClientSession() as http, http.get(f"{place.stack.info.control_url}/metrics") as answer:
            assert 'control_recordings_total{line="clinic",result="broken"}' in await answer.text()
