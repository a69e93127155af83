"""What the worker does beside the calls ends with it, whatever of it breaks on the way out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent import worker
from agent.starts import Starts


class Part:
    def __init__(self, name: str, log: list[str], breaks: bool = False) -> None:
        self.name, self.log, self.breaks = name, log, breaks

    def start(self) -> None:
        self.log.append(f"+{self.name}")

    async def aclose(self) -> None:
        self.log.append(f"-{self.name}")
        if self.breaks:
            raise OSError("the disk is away")


async def test_a_part_that_cannot_be_closed_leaves_none_of_the_others_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The leftovers' disk was away, and what callers had said was not brought to the bucket any more."""
    log: list[str] = []
    app = SimpleNamespace(
        spool_keeper=lambda: Part("spools", log),
        leftovers=lambda: Part("leftovers", log, breaks=True),
        flag_poll=lambda: Part("flags", log),
    )
    monkeypatch.setattr(worker, "Renderer", lambda _: Part("renderer", log))
    server = worker.Server(cast(Any, app), cast(Any, Part("metrics", log)), Starts(2))
    with pytest.raises(OSError, match="the disk is away"):
        async with server._beside_the_calls():
            begun = list(log)
    assert begun == ["+spools", "+leftovers", "+flags", "+renderer"]
    assert log[4:] == ["-renderer", "-flags", "-leftovers", "-spools", "-metrics"]
