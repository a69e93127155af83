"""`python -m recording` as it is typed: over Google's JSON API and a real Redis, and over fake-gcs-server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from calls.ports import CallStore, Write
from calls.stores.redis import redis_store
from recording.__main__ import main
from tests.fakes.gcs_api import GcsApi, gcs_api
from tests.support.a_shelf import ANN, PREFIX, Shelf, an_id
from tests.support.gcs_server import gcs_server
from tests.support.redis_server import redis_server

DEED = ("--who", "Eve", "--why", "a complaint")
CONFIG = Path(__file__).parents[2] / "config" / "callcenter.yaml"


@dataclass
class Desk:
    """Where somebody types: `run` gives the exit status, stdout and stderr."""

    run: Callable[..., Awaitable[tuple[int, str, str]]]
    store: CallStore
    api: GcsApi


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Callable[..., Awaitable[tuple[int, str, str]]]:
    async def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = await asyncio.to_thread(main, arguments)
        except SystemExit as left:
            status = int(left.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def environment(monkeypatch: pytest.MonkeyPatch, url: str, state: str) -> None:
    given = {"RECORDING_BUCKET": "calls", "STORAGE_EMULATOR_HOST": url, "STATE_URL": state}
    for name, value in (given | {"CALL_CENTER_CONFIG": str(CONFIG)}).items():
        monkeypatch.setenv(name, value)


@pytest_asyncio.fixture
async def desk(typed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A day's calls in Google's bucket and in Redis: two of Ann, one of Bob."""
    shelf = Shelf()
    async with gcs_api() as api, redis_server(tmp_path, appendonly=False) as redis:
        environment(monkeypatch, api.url, redis.url)
        store = redis_store(redis.url)
        for number, caller in ((1, ANN), (2, ANN), (3, "+15550100002")):
            record = await shelf.call(number, caller)
            await store.write(Write(f"k{number}", record, 0, await shelf.store.events(record.call_id)))
        for name, kept in shelf.bucket.kept.items():
            api.put(name, kept.data, contentType=kept.about.content_type, metadata=dict(kept.about.metadata))
        yield Desk(typed, store, api)
        await store.aclose()


def left(api: GcsApi, number: int) -> int:
    return sum(an_id(number) in each.resource["name"] for each in api.kept if f"{PREFIX}/2" in each.resource["name"])


async def test_a_caller_is_deleted_but_for_what_is_held(desk: Desk) -> None:
    """Shown first; then held, refused, released and done, with a receipt on stdout and in the bucket; versions too."""
    desk.api.about["versioning"] = {"enabled": True}
    desk.api.about["softDeletePolicy"] = {"retentionDurationSeconds": "604800"}
    desk.api.put(f"{PREFIX}/2026/11/21/front-desk/{an_id(1)}.json", b"{}", metadata={})  # a sidecar written anew
    status, told, _ = await desk.run("delete", "--number", ANN)
    assert (status, f"{an_id(1)}: 7 files" in told, "say --yes" in told) == (0, True, True)
    assert left(desk.api, 1) == 7

    assert (await desk.run("hold", an_id(1), *DEED))[0] == 0
    status, told, _ = await desk.run("delete", "--number", ANN, "--yes", "--who", "Eve")
    receipt = json.loads(told)
    assert (status, receipt["complete"], receipt["recoverable_days"]) == (1, False, 7.0)
    assert [(call["call_id"], call["kept"]) for call in receipt["calls"]] == [(an_id(1), "held"), (an_id(2), "")]
    assert (left(desk.api, 1), left(desk.api, 2), left(desk.api, 3)) == (7, 0, 6)
    assert await desk.store.record(an_id(1)) is not None

    assert (await desk.run("release", an_id(1), *DEED))[0] == 0
    status, told, _ = await desk.run("delete", "--number", "+44 20 7946 0123", "--yes")
    assert (status, json.loads(told)["complete"]) == (0, True)
    assert (left(desk.api, 1), left(desk.api, 3)) == (0, 6)
    assert (await desk.store.record(an_id(1)), list(await desk.store.events(an_id(1)))) == (None, [])
    assert await desk.store.record(an_id(3)) is not None
    assert ANN not in told
    stored = desk.api.live(json.loads(told)["receipt"])
    assert stored is not None
    assert json.loads(stored.data)["complete"]
    assert (await desk.run("delete", "--number", ANN))[1] == "Nothing is kept of it.\n"


async def test_listening_is_written_down(desk: Desk) -> None:
    """Each of a call's parts has an address, and the worker's own track; `listens` tells of whom."""
    status, told, _ = await desk.run("listen", an_id(1), *DEED)
    assert (status, told.count("http://")) == (0, 3)
    status, told, _ = await desk.run("listens", "--call", an_id(1))
    assert (status, "Eve: a complaint (3 files)" in told) == (0, True)
    assert (await desk.run("listens", "--call", an_id(2)))[1] == "0 in all.\n"
    status, told, error = await desk.run("listen", "0198c2d0-0000-7000-8000-00000000ffff", *DEED)
    assert (status, told, "no sound" in error) == (1, "", True)


async def test_the_buckets_rules_are_shown_made_and_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """plan tells and does nothing, apply makes it so, and then there is nothing to do; others' rules stay."""
    theirs = {"action": {"type": "Delete"}, "condition": {"age": 7, "matchesPrefix": ["tmp/"]}}
    desk.api.about["lifecycle"] = {"rule": [theirs]}
    key = "projects/p/locations/eu/keyRings/r/cryptoKeys/k"
    monkeypatch.setenv("RECORDING_KMS_KEY", key)
    status, told, _ = await desk.run("bucket", "plan")
    assert (status, told.count("+ lifecycle"), desk.api.about["lifecycle"]["rule"]) == (2, 3, [theirs])
    status, told, _ = await desk.run("bucket", "apply")
    assert (status, told.rstrip().endswith("24 hours.")) == (0, True)
    assert desk.api.about["lifecycle"]["rule"][0] == theirs
    assert desk.api.about["encryption"] == {"defaultKmsKeyName": key}
    assert desk.api.about["iamConfiguration"]["publicAccessPrevention"] == "enforced"
    for step in ("plan", "apply"):
        status, told, _ = await desk.run("bucket", step)
        assert (status, told.splitlines()[0]) == (0, "calls: 0 to change")
    status, _, error = await desk.run("bucket", "plan", "--backstop-days", "3")
    assert (status, "keep_days" in error) == (1, True)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((404, "notFound", "The specified bucket does not exist."), "no bucket of the name"),
        ((403, "forbidden", "x@y does not have storage.objects.list access to the bucket."), "may not do that"),
        ((401, "authError", "Invalid Credentials"), "may not do that"),
        ((403, "quotaExceeded", "The quota is exceeded."), "quota of the project"),
        ((403, "forbidden", "Permission denied on Cloud KMS key. Please ensure ..."), "encryption key"),
        ((400, "invalid", "Invalid argument."), "refuses the request"),
    ],
)
async def test_what_the_bucket_refuses_is_said_with_what_to_do(
    desk: Desk, refusal: tuple[int, str, str], words: str
) -> None:
    """Each in one line, with status 1, and never as "nothing is there"."""
    desk.api.refuses = refusal
    for command in (("delete", "--number", ANN), ("listen", an_id(1), *DEED), ("bucket", "plan"), ("listens",)):
        status, told, error = await desk.run(*command)
        assert (status, told, error.count("\n")) == (1, "", 1), (command, told, error)
        assert words in error, command


@pytest.mark.parametrize(
    "arguments",
    [
        ("hold", "../../etc/passwd", *DEED),
        ("listen", "x/y", *DEED),
        ("listen", "a.b", *DEED),
        ("delete", "--call", "*"),
        ("delete", "--number", "recordings/2026"),
        ("delete", "--number", "5550100"),
        ("delete",),
        ("listen", an_id(1), "--who", "", "--why", "x"),
        ("listen", an_id(1), "--who", "Eve"),
    ],
)
async def test_nothing_from_outside_becomes_a_name(desk: Desk, arguments: tuple[str, ...]) -> None:
    """A path, a pattern, half a number, nobody: refused before the bucket is asked anything, and not repeated."""
    status, told, error = await desk.run(*arguments)
    assert (status, told, desk.api.asked) == (1, "", [])
    assert "5550100" not in error.splitlines()[-1]


async def test_over_the_emulator(typed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on one machine: an address plays, a hold says that nothing enforces it and is heeded, a deletion is whole."""
    shelf = Shelf()
    await shelf.call(1)
    async with gcs_server(tmp_path) as gcs, redis_server(tmp_path, appendonly=False) as redis:
        environment(monkeypatch, gcs.url, redis.url)
        for name, kept in shelf.bucket.kept.items():
            await gcs.put(name, kept.data)
        status, told, _ = await typed("listen", an_id(1), *DEED)
        assert status == 0
        address = next(line.strip() for line in told.splitlines() if line.strip().startswith("http"))
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            assert await answer.read() == shelf.bucket.kept[f"{PREFIX}/2026/11/21/front-desk/{an_id(1)}.ogg"].data
        status, told, _ = await typed("hold", an_id(1), *DEED)
        assert (status, "NOT held" in told) == (1, True)
        status, told, _ = await typed("delete", "--call", an_id(1), "--yes")
        assert (status, json.loads(told)["calls"][0]["kept"]) == (1, "held")
        assert (await typed("release", an_id(1), *DEED))[0] == 0
        status, told, _ = await typed("delete", "--call", an_id(1), "--yes")
        assert (status, json.loads(told)["complete"]) == (0, True)
        assert not [name for name in await gcs.names() if name.startswith(f"{PREFIX}/2")]
        status, told, _ = await typed("bucket", "apply")
        assert (status, "did not keep" in told) == (1, True)
