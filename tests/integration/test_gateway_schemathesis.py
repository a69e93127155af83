"""The gateway answers whatever fits its OpenAPI document, and what does not, as the document says: no bug answers 500,
no status, header or body is undocumented, and no route but the open ones lets anybody in without a key."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.support.a_gateway import a_gateway, client
from tests.support.gcs_server import gcs_server
from tests.support.redis_server import redis_server

_EXAMPLES = 8  # made-up requests to a route, besides schemathesis' own list of edges: seen 25 s for all
_LONGEST_S = 120.0
# What fits the document may be refused (another generation, no base64); the hooks mend some of what does not fit.
# 501: the emulator signs no URLs.
_CONFIG = """
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.enabled = false
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
"""


async def test_the_gateway_keeps_to_its_openapi_document(tmp_path: Path) -> None:
    """Schemathesis in a process of its own, with a fixed seed; its report is the failure's text."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(_CONFIG)
    fuzz = client("fuzz", objects_read=[""], objects_write=[""])
    async with (
        redis_server(tmp_path, appendonly=False) as redis,
        gcs_server(tmp_path / "gcs") as gcs,
        a_gateway(tmp_path / "gateway", redis.url, [fuzz], STORAGE_EMULATOR_HOST=gcs.url, BUCKET=gcs.bucket) as running,
    ):
        await running.wait_for("/ready", ready=True)
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run"),
            *(f"{running.url}/openapi.json", "--header", f"Authorization: Bearer {running.keys['fuzz']}"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(_EXAMPLES), "--seed", "1"),
            *("--generation-database", "none", "--continue-on-failure", "--no-shrink", "--no-color"),
            cwd=tmp_path,
            env={
                "PATH": os.defpath,
                "HOME": str(tmp_path),
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "SCHEMATHESIS_HOOKS": "tests.support.gateway_hooks",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(_LONGEST_S):
                report, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, report.decode()
        assert b"generated" in report  # it did not just find nothing to do
        log = running.log
        assert "Traceback" not in log and "request failed" not in log
