"""`python tts_server/main.py` as a supervisor sees it: starts from anywhere, says what is wrong, ends clean."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import psutil  # type: ignore[import-untyped]
import pytest

_MAIN = Path(__file__).parents[2] / "tts_server" / "main.py"
_LONG = "The quick brown fox jumps over the lazy dog. " * 90


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _start(cwd: Path, **environment: str) -> asyncio.subprocess.Process:
    path = os.environ["PATH"]  # noqa: TID251 - the child's whole environment is made here
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(_MAIN),
        cwd=cwd,
        env={"PATH": path} | environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def _running(cwd: Path, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    port = _free_port()
    process = await _start(cwd, TTS_SERVER_PORT=str(port), **environment)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30):
            async for line in process.stderr:
                if "Application startup complete" in json.loads(line)["event"]:
                    break
            async for line in process.stderr:
                if "Uvicorn running" in json.loads(line)["event"]:
                    break
        yield process, f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _failed(cwd: Path, **environment: str) -> tuple[int | None, str]:
    process = await _start(cwd, **environment)
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    return process.returncode, err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_in_mid_speech_ends_all_with_status_0(number: signal.Signals, tmp_path: Path) -> None:
    """From another folder, with nothing but PATH; the synthesis under way and its process end too, soon."""
    body = {"model": "m", "input": _LONG, "voice": "espeak:en-us", "response_format": "pcm", "speed": 0.3}
    async with (
        _running(tmp_path) as (process, url),
        httpx2.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
    ):
        assert (await http.get("/ready")).json()["ready"] is True
        async with http.stream("POST", "/v1/audio/speech", json=body) as answer:
            await anext(answer.aiter_raw(1024))
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(number)
            async with asyncio.timeout(10):  # seen: 1.2 s; the promise is 2 s on an idle machine
                assert await process.wait() == 0
        assert children
        assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


async def test_every_mistake_in_the_environment_is_listed_at_once(tmp_path: Path) -> None:
    """Exit code 2, a numbered list with the variables' names: no guessing one by one, no traceback."""
    status, err = await _failed(
        tmp_path, TTS_SERVER_PORT="eighty", TTS_SERVER_MAX_CONCURRENT="0", TTS_SERVER_ENGINES="espeak,piper"
    )
    assert status == 2
    for name in ("TTS_SERVER_PORT", "TTS_SERVER_MAX_CONCURRENT", "TTS_SERVER_ENGINES"):
        assert name in err
    assert "Traceback" not in err


async def test_a_machine_without_a_voice_is_told_what_to_install(tmp_path: Path) -> None:
    """Nothing on PATH and only flite wanted: exit code 2 and the command, not a server that can't speak."""
    status, err = await _failed(tmp_path, PATH=str(tmp_path), TTS_SERVER_ENGINES="flite")
    assert status == 2
    assert "apt-get install" in err


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A status that is not success, and the reason in the log."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, err = await _failed(tmp_path, TTS_SERVER_PORT=str(taken.getsockname()[1]))
    assert status not in (0, None)
    assert "address already in use" in err


async def test_the_key_comes_from_a_file_and_stays_out_of_the_log(tmp_path: Path) -> None:
    """TTS_SERVER_API_KEY_FILE, as secrets are mounted."""
    key = tmp_path / "key"
    key.write_text("s3cret-key\n")
    environment: Mapping[str, str] = {"TTS_SERVER_API_KEY_FILE": str(key), "TTS_SERVER_ENGINES": "espeak"}
    async with (
        _running(tmp_path, **environment) as (process, url),
        httpx2.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
    ):
        body = {"model": "m", "input": "my name is Ada Lovelace", "voice": "alloy", "response_format": "pcm"}
        assert (await http.post("/v1/audio/speech", json=body)).status_code == 401
        good = {"authorization": "Bearer s3cret-key"}
        assert (await http.post("/v1/audio/speech", json=body, headers=good)).status_code == 200
        process.terminate()
        async with asyncio.timeout(10):
            _, err = await process.communicate()
    log = err.decode()
    assert '"event": "speech"' in log or '"event":"speech"' in log
    assert "Lovelace" not in log
    assert "s3cret" not in log
