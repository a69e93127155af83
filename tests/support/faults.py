"""The faults that a call must outlive: what each does to the stack in mid-call, and for how long at most the caller may
hear nothing. docs/tasks/resume.md has the same table for people."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from local.follow import LogLines
from local.readiness import wait_until
from tests.support.fault_place import DIRECT, GATEWAY, SKEWED, Place
from tests.support.faulty_way import FaultyWay

TURN_S = 3.0
"""The caller's longest wait where nothing of the talk is lost: an ordinary turn's, on a busy machine."""

TAKEN_OVER_S = 5.0
"""The same, where the process that talks is killed: until the next agent's first sound."""

BOTH_S = 8.0
"""The same, where what the next worker needs to know the talk is dead as well, and restarted at once."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A call in progress, by one of the routes."""

    place: Place
    route: str
    call_id: str

    @property
    def way(self) -> FaultyWay:
        """That of the calls behind the gateway."""
        assert self.place.way is not None
        return self.place.way


Act = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`breaks` is done while the agent speaks, `mends` a question later; `silence_s` is what the caller is promised.

    `epochs`: the workers that hold the call, one after the other. `short`: in `make test` too; what is not is in
    tests/call/test_take_over.py, part of another fault, or a pair.
    """

    name: str
    silence_s: float
    breaks: Act
    mends: Act
    route: str = DIRECT
    epochs: int = 1
    short: bool = True


def kill(*names: str) -> Act:
    """SIGKILL to processes of the stack; "worker" is the process that runs the call."""

    async def done(scene: Scene) -> None:
        for name in names:
            if name == "worker":
                (await scene.place.job_process(scene.route, scene.call_id)).kill()
            else:
                scene.place.stack.process(name).kill()
        for name in names:
            if name != "worker":
                process = scene.place.stack.process(name)
                assert await wait_until(lambda process=process: not process.alive, 5.0)  # type: ignore[misc]

    return done


def restart(*names: str, empty: bool = False) -> Act:
    async def done(scene: Scene) -> None:
        await asyncio.gather(*(scene.place.stack.process(name).restart(empty=empty) for name in names))

    return done


def both(first: Act, then: Act) -> Act:
    async def done(scene: Scene) -> None:
        await first(scene)
        await then(scene)

    return done


async def nothing(_: Scene) -> None:
    """What was broken stays so to the call's end, or mends itself."""


async def slow(scene: Scene) -> None:
    scene.way.slow_s = 2.0


async def no_longer_slow(scene: Scene) -> None:
    assert scene.way.slowed, "nothing went the slow way"
    scene.way.mend()


async def failing(scene: Scene) -> None:
    scene.way.fail_every = 3


async def still_failing(scene: Scene) -> None:
    """To the call's end."""
    assert scene.way.failed, "nothing failed on the way"


async def disk_full(scene: Scene) -> None:
    """A file system without a byte left where the worker spills; for who may not mount one, a file in the way."""
    folder = scene.place.spill(scene.route)
    await asyncio.to_thread(_fill, folder)


async def disk_mended(scene: Scene) -> None:
    await asyncio.to_thread(_empty, scene.place.spill(scene.route))
    log = LogLines(scene.place.stack.process("agent").log)
    tried = await asyncio.to_thread(lambda: [line.get("event") for line in log.new()])
    assert "cannot spill" in tried, "nothing was to be spilled"


def _fill(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], capture_output=True).returncode == 0:
        (folder / "full").write_bytes(bytes(4096))
        return
    shutil.rmtree(folder)
    folder.touch()


def _empty(folder: Path) -> None:
    if folder.is_file():
        folder.unlink()
    elif folder.is_mount():
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


FAULTS = (
    Fault("Redis killed", TURN_S, kill("state"), restart("state"), short=False),
    Fault("Redis restarted empty", TURN_S, kill("state"), restart("state", empty=True)),
    Fault("control killed", TURN_S, kill("control"), restart("control"), short=False),
    Fault("disk full while Redis is dead", TURN_S, both(disk_full, kill("state")), both(restart("state"), disk_mended)),
    Fault("gateway killed", TURN_S, kill("gateway"), restart("gateway"), GATEWAY),
    Fault("gateway slow by 2 s", TURN_S, slow, no_longer_slow, GATEWAY, short=False),
    Fault("gateway answers 500 to every third", TURN_S, failing, still_failing, GATEWAY),
    Fault("clock 5 min off its signatures", TURN_S, nothing, nothing, SKEWED, short=False),
    Fault("worker killed", TAKEN_OVER_S, kill("worker"), nothing, epochs=2, short=False),
    Fault("worker killed behind the gateway", TAKEN_OVER_S, kill("worker"), nothing, GATEWAY, epochs=2, short=False),
    Fault("worker and Redis killed", BOTH_S, both(kill("state", "worker"), restart("state")), nothing, epochs=2),
    Fault(
        "worker and control killed",
        *(BOTH_S, both(kill("control", "worker"), restart("control")), nothing),
        epochs=2,
        short=False,
    ),
    Fault(
        "worker and gateway killed",
        *(TAKEN_OVER_S, kill("gateway", "worker"), restart("gateway"), GATEWAY),
        epochs=2,
    ),
    Fault("Redis and control killed", TURN_S, kill("state", "control"), restart("state", "control"), short=False),
    Fault("Redis and gateway killed", TURN_S, kill("state", "gateway"), restart("state", "gateway"), GATEWAY, 1, False),
    Fault(
        "gateway and control killed",
        *(TURN_S, kill("gateway", "control"), restart("gateway", "control"), GATEWAY),
        short=False,
    ),
)
