"""`python agent/main.py` as an operator meets it: mistakes named at once, run from anywhere, gone without a trace."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from calls.spill import Spill
from calls.stores.redis import redis_store
from local.paths import CALL_CENTER, ROOT
from local.ports import Ports
from local.readiness import wait_until
from local.stack import Stack
from tests.support.a_call import a_record, spoke
from tests.support.redis_server import redis_server
from tests.support.workers import NOWHERE, READY, UNREACHABLE, bare_environment, gone, run_to_end, worker

SERVER = {"LIVEKIT_URL": f"ws://{NOWHERE}", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A server to register with and a speech server to ask for voices: no more is needed to start."""
    folder = tmp_path_factory.mktemp("start")
    async with Stack(folder, Ports.free(), only=("redis", "livekit", "tts")) as running:
        yield running


async def test_every_mistake_in_the_environment_is_listed_at_once(tmp_path: Path) -> None:
    """Exit code 2 and a numbered list with the names of the variables: no guessing one by one, no traceback."""
    wrong = {"LIVEKIT_URL": "http://there", "AGENT_MAX_CALLS": "many", "RIVA_SSL": "yes", "TTS_BASE_URL": "there"}
    status, out, err = await run_to_end("start", cwd=tmp_path, variables=wrong)
    assert status == 2
    assert "4 mistakes" in err
    for number, name in enumerate(wrong, 1):
        assert f"{number}. {name}: " in err
    assert "Traceback" not in out + err


async def test_a_worker_without_a_server_says_what_is_missing(tmp_path: Path) -> None:
    """All three at once; livekit's own answer is a traceback and exit code 0, which a supervisor takes for done."""
    status, _, err = await run_to_end("start", cwd=tmp_path)
    assert status == 2
    for name in SERVER:
        assert f"{name} is not set" in err


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("callcenter.yaml", "default_line: clinic", "defualt_line: clinic", "default_line"),
        ("callcenter.yaml", "persona: clinic-after-hours", "persona: clinic-by-night", "personas/clinic-by-night.md"),
        ("callcenter.yaml", "prompts: 2", "prompts: two", "prompts"),
        ("personas/clinic-after-hours.md", "voice: receptionist", "voice: receptoinist", "receptionist"),
    ],
    ids=["wrong key", "missing persona", "wrong value", "unknown voice"],
)
async def test_a_mistake_in_the_configuration_is_named_with_its_line(
    file: str, before: str, after: str, said: str, tmp_path: Path
) -> None:
    """One clear error with file and line, exit code 2: before the worker takes any call."""
    path = await asyncio.to_thread(_configuration, tmp_path, file, lambda text: text.replace(before, after))
    line = next(n for n, text in enumerate((path / file).read_text().splitlines(), 1) if after in text)
    status, _, err = await run_to_end(
        "start", cwd=tmp_path, variables={**SERVER, "CALL_CENTER_CONFIG": str(path / "callcenter.yaml")}
    )
    assert status == 2
    assert f"{path / file}:{line}: " in err
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("file", ["callcenter.yaml", "personas/clinic-receptionist.md"])
@pytest.mark.parametrize(
    "text", ["", "\x00\x01 not yaml: [", "---\n---\n" + "x" * 200_000], ids=["empty", "no text", "huge"]
)
async def test_an_empty_or_absurd_file_is_no_traceback(file: str, text: str, tmp_path: Path) -> None:
    """Exit code 2 and the file's name, whatever somebody saved in it."""
    path = await asyncio.to_thread(_configuration, tmp_path, file, lambda _: text)
    variables = {**SERVER, "CALL_CENTER_CONFIG": str(path / "callcenter.yaml")}
    status, _, err = await run_to_end("start", cwd=tmp_path, variables=variables)
    assert status == 2
    assert file in err
    assert "Traceback" not in err


@pytest.mark.asyncio(loop_scope="module")
async def test_a_voice_that_the_speech_server_lacks_is_named(stack: Stack, tmp_path: Path) -> None:
    """The server is asked once at the start: better no worker than calls in silence."""
    path = await asyncio.to_thread(
        _configuration, tmp_path, "callcenter.yaml", lambda text: re.sub(r"id: [\w:-]+", "id: alloyy", text)
    )
    variables = {**SERVER, "CALL_CENTER_CONFIG": str(path / "callcenter.yaml"), "TTS_BASE_URL": stack.info.tts_base_url}
    status, _, err = await run_to_end("start", cwd=tmp_path, variables=variables)
    assert status == 2
    assert "line clinic" in err
    assert '"alloy"' in err  # did you mean


@pytest.mark.asyncio(loop_scope="module")
async def test_a_worker_starts_with_nothing_behind_it_and_ends_without_a_trace(stack: Stack, tmp_path: Path) -> None:
    """Riva, model and speech server all down: it registers all the same. SIGTERM while idle: exit code 0 within 10 s,
    no process and no folder of metrics left behind."""
    async with worker(stack, tmp_path / "state", name="lonely", TMPDIR=str(tmp_path), **UNREACHABLE) as lonely:
        assert READY in lonely.said()
        assert _metrics(tmp_path)
        family = lonely.family()
        assert family, "a warm job process was expected"
        assert await lonely.stop(10.0) == 0
        assert await gone(family)
        assert not _metrics(tmp_path)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_worker_without_calls_brings_in_what_a_dead_one_spilled(stack: Stack, tmp_path: Path) -> None:
    """The machine's last call died with the store away: nobody rings there any more, and its talk arrives all the same.
    A file that is still in another process' hands stays there."""
    dead, living = a_record("dead", version=3), a_record("living", version=3)
    spill = Spill(tmp_path / "state" / "agent" / "spill")
    for record in (dead, living):
        spill.append(record, [spoke(record, 1), spoke(record, 2)])
    spill.let_go("dead")
    async with (
        redis_server(tmp_path) as redis,
        worker(stack, tmp_path / "state", name="heir", STATE_URL=redis.url) as heir,
    ):
        assert await wait_until(lambda: len(spill.files()) == 1, 20.0), heir.said()
        store = redis_store(redis.url)
        assert [event.seq for event in await store.events("dead")] == [1, 2]
        assert [path.stem for path in spill.files()] == ["living"]
        assert await store.record("living") is None
        await store.aclose()
        assert await heir.stop(20.0) == 0
    spill.close()


@pytest.mark.parametrize("command", ["console", "connect", "download-files"])
async def test_help_needs_no_environment(command: str, tmp_path: Path) -> None:
    """From any folder, with nothing set."""
    status, out, _ = await run_to_end(command, "--help", cwd=tmp_path)
    assert status == 0
    assert f"main.py {command}" in out


async def test_the_import_is_quick_and_stays_at_home() -> None:
    """No connection at import; seen: under 3 s on an idle machine, the bound is for a busy one."""
    code = (
        "import socket, sys\n"
        "def refuse(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        raise SystemExit(f'{event} {args[1:]}')\n"
        "sys.addaudithook(refuse)\n"
        "import agent.main\n"
        "print('imported')\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, env=bare_environment(), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    assert out.decode().strip() == "imported"


def _metrics(folder: Path) -> list[Path]:
    return list(folder.glob("switchboard-metrics-*"))


def _configuration(folder: Path, file: str, change: Callable[[str], str]) -> Path:
    """A copy of the shipped configuration with one file changed; its folder."""
    copy = folder / "config"
    shutil.copytree(CALL_CENTER.parent, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (copy / file).read_text()
    changed = change(text)
    assert changed != text
    (copy / file).write_text(changed)
    return copy
