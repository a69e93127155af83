"""A gateway of a new release before workers of the one before: their scripts still run."""

from __future__ import annotations

import hashlib
from pathlib import Path

from calls.stores.scripts import DIRECTORY
from tests.support.a_gateway import a_gateway
from tests.support.redis_server import redis_server

_OLD, _NEW = "return redis.call('INCR', KEYS[1])", "return redis.call('INCRBY', KEYS[1], 10)"


def _sha1(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


async def test_a_worker_of_the_release_before_keeps_its_call(tmp_path: Path) -> None:
    """Also after Redis was restarted and knows no script: NOSCRIPT, and then the old text itself is let through. What
    was never released is not."""
    scripts = tmp_path / "lua"
    scripts.mkdir()
    (scripts / "add.lua").write_text(_NEW)
    (scripts / "released.sha1").write_text(f"{_sha1(_OLD)}  add.lua\n")
    async with (
        redis_server(tmp_path, appendonly=False) as redis,
        a_gateway(tmp_path, redis.url, SCRIPTS_DIR=str(scripts)) as gateway,
    ):
        await gateway.wait_for("/ready", ready=True)
        for script, result in ((_OLD, 1), (_NEW, 11)):
            unknown = await gateway.post("/", ["EVALSHA", _sha1(script), 1, "calls:n"])
            assert unknown.status_code == 400 and unknown.json()["error"].startswith("NOSCRIPT")
            assert await gateway.result("EVAL", script, 1, "calls:n") == result
        assert await gateway.result("EVALSHA", _sha1(_OLD), 1, "calls:n") == 12
        other = await gateway.post("/", ["EVAL", _OLD + " ", 1, "calls:n"])
        assert (other.status_code, other.json()["code"]) == (403, "script_not_allowed")


async def test_the_scripts_are_found_from_any_folder(tmp_path: Path) -> None:
    """The gateway of tests is started elsewhere: a folder looked for where it is called left all scripts refused."""
    async with redis_server(tmp_path, appendonly=False) as redis, a_gateway(tmp_path, redis.url) as gateway:
        await gateway.wait_for("/ready", ready=True)
        listed = [line.split()[0] for line in (DIRECTORY / "released.sha1").read_text().splitlines() if line[0] != "#"]
        for digest in (listed[0], _sha1((DIRECTORY / "renew.lua").read_text())):
            answer = await gateway.post("/", ["EVALSHA", digest, 1, "calls:n"])
            assert answer.status_code == 400 and answer.json()["error"].startswith("NOSCRIPT"), answer.text
