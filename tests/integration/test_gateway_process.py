"""`python state_gateway/main.py` as a supervisor sees it: what it says, how it ends, and several processes at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from state_gateway.processes import _HEALTHY_S
from tests.support.a_gateway import a_gateway
from tests.support.redis_server import redis_server

_MAIN = Path(__file__).parents[2] / "state_gateway" / "main.py"


async def test_it_ends_clean_with_a_request_under_way(tmp_path: Path) -> None:
    """SIGTERM: what was asked is answered, then exit status 0 within ten seconds, and no word in the log of a crash."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url, REDIS_TIMEOUT_S="5") as gateway:
        await gateway.wait_for("/ready", ready=True)
        redis.freeze()
        write = asyncio.gather(gateway.post("/", ["SET", "calls:a", "1"]))
        while await gateway.metric("gateway_redis_lanes_in_use") < 1:
            await asyncio.sleep(0.01)
        gateway.process.send_signal(signal.SIGTERM)
        redis.thaw()
        assert (await write)[0].json() == {"result": "OK"}
        async with asyncio.timeout(10):
            assert await gateway.process.wait() == 0
    log = (tmp_path / "gateway.log").read_text()
    assert "Traceback" not in log and '"level": "error"' not in log


async def test_every_mistake_in_the_settings_is_listed(tmp_path: Path) -> None:
    wrong = {
        "STATE_GATEWAY_REDIS_URL": "http://:geheim@host",
        "STATE_GATEWAY_CACHE": "calls:=9000",
        "STATE_GATEWAY_PORT": "-1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_MAIN),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]} | wrong,  # noqa: TID251 - the child's whole environment is made here
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    assert process.returncode == 2
    assert all(name in err.decode() for name in wrong) and "geheim" not in err.decode()


async def test_two_processes_share_port_and_metrics(tmp_path: Path) -> None:
    """Both answer, /metrics counts both, and SIGTERM ends them all."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url, PROCESSES="2") as gateway:
        await gateway.wait_for("/ready", ready=True)
        parent = psutil.Process(gateway.process.pid)
        children = parent.children()
        assert len(children) == 2
        for _ in range(40):
            gateway.http.headers["Connection"] = "close"  # a new connection each time: the kernel deals them out
            assert await gateway.result("PING") == "PONG"
        counted = 'gateway_http_requests_total{code="ok",route="/",status="200"}'
        assert await gateway.metric(counted) == 40
        assert await gateway.metric("gateway_redis_lanes_open") == 8
        assert await gateway.stop() == 0
        assert not any(child.is_running() for child in children)


async def test_a_process_that_is_killed_is_replaced_and_the_others_go_on(tmp_path: Path) -> None:
    """The out-of-memory killer takes one of two: nobody who connects afterwards is refused, and there are two again."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url, PROCESSES="2") as gateway:
        await gateway.wait_for("/ready", ready=True)
        gateway.http.headers["Connection"] = "close"  # a new connection each time: the kernel deals them out
        parent = psutil.Process(gateway.process.pid)
        killed, other = parent.children()
        await asyncio.sleep(_HEALTHY_S)  # both are older by now: a younger one would end the gateway
        killed.kill()
        await asyncio.to_thread(psutil.wait_procs, [killed], 30)
        for _ in range(40):
            assert await gateway.result("PING") == "PONG"
        async with asyncio.timeout(30):
            while await gateway.metric("gateway_redis_lanes_open") < 8:  # the new one has its lanes too
                await asyncio.sleep(0.05)
        living = parent.children()
        assert len(living) == 2
        assert other in living
        assert await gateway.stop() == 0
        assert not any(child.is_running() for child in living)


async def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    """Killed, it can tell nobody: they would go on with the port, the keys and the settings of before, beside the one
    that the supervisor starts anew."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url, PROCESSES="2") as gateway:
        await gateway.wait_for("/ready", ready=True)
        children = psutil.Process(gateway.process.pid).children()
        assert len(children) == 2
        gateway.process.kill()
        _, left = await asyncio.to_thread(psutil.wait_procs, children, 20)
        for child in left:
            child.kill()
        assert not left


_TERMINATED_WHILE_FORKING = """
import os, signal, sys
from state_gateway import processes
fork = os.fork
def and_be_ended():
    pid = fork()
    if pid:
        os.kill(os.getpid(), signal.SIGTERM)
    return pid
os.fork = and_be_ended
sys.exit(processes.run(3, signal.pause))
"""


async def test_to_be_ended_while_it_forks_leaves_nobody(tmp_path: Path) -> None:
    """SIGTERM between the birth of a process and the note of its number: that one was never told, and waited for."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TERMINATED_WHILE_FORKING),
        cwd=_MAIN.parents[1],
        env={"PATH": os.environ["PATH"], "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},  # noqa: TID251 - as below
    )
    try:
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            for each in (*(parent := psutil.Process(process.pid)).children(), parent):
                each.kill()
            await process.wait()


async def test_a_process_that_dies_young_ends_the_gateway(tmp_path: Path) -> None:
    """It would die again and again: its supervisor is to see that, with no process left behind."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url, PROCESSES="2") as gateway:
        children = psutil.Process(gateway.process.pid).children()
        assert len(children) == 2
        children[0].kill()
        async with asyncio.timeout(30):
            assert await gateway.process.wait() == 1
        assert not any(child.is_running() for child in children)


async def test_a_port_that_is_taken_ends_the_gateway(tmp_path: Path) -> None:
    """With a status that a supervisor sees: a gateway that cannot listen must not look alive."""
    async with redis_server(tmp_path) as redis, a_gateway(tmp_path, redis.url) as gateway:
        port = gateway.url.rpartition(":")[2]
        settings = {"PORT": port, "REDIS_URL": redis.url, "KEYS_FILE": str(tmp_path / "clients.json")}
        for processes in ("1", "2"):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(_MAIN),
                cwd=tmp_path,
                env={"PATH": os.environ["PATH"]}  # noqa: TID251 - the child's whole environment is made here
                | {f"STATE_GATEWAY_{name}": value for name, value in (settings | {"PROCESSES": processes}).items()},
                stderr=asyncio.subprocess.DEVNULL,
            )
            async with asyncio.timeout(30):
                assert await process.wait() != 0
