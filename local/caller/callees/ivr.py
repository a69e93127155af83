"""A menu that is walked through by keys: "for appointments press one", until somebody or something answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from local.caller.callee_leg import CalleeLeg
from local.caller.errors import CallerError
from local.caller.sound import WIRE_RATE
from local.caller.voice import speak
from ops.clock import Clock, SystemClock

_PATIENCE_S = 5.0  # for a key, once the prompt has been said


@dataclass(frozen=True, slots=True)
class Menu:
    """One prompt, and what follows each key. Without keys it is an end of the tree: who speaks there listens on."""

    say: str
    keys: Mapping[str, Menu] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> Self:
        """From JSON: {"say": "For appointments, press 1.", "keys": {"1": {"say": "Hello, who is calling?"}}}."""
        unknown = set(tree) - {"say", "keys"}
        if unknown or not isinstance(tree.get("say"), str):
            raise CallerError(f'A menu is {{"say": ..., "keys": {{...}}}}, not {dict(tree)!r}')
        return cls(tree["say"], {key: cls.of(branch) for key, branch in tree.get("keys", {}).items()})


def read(path: Path) -> Menu:
    """A menu from a JSON file. CallerError for what is none."""
    try:
        return Menu.of(json.loads(path.read_text()))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise CallerError(f"{path} holds no menu: {error}") from error


CLINIC = Menu(
    "Welcome to the Miller house. For Robin Miller, press 1. For deliveries, press 2.",
    {"1": Menu("Hello, this is Robin Miller."), "2": Menu("Please leave parcels at the door.")},
)


@dataclass(slots=True)
class Ivr:
    """Says a prompt again when no key comes, or one that leads nowhere; hangs up after `tries` of a prompt."""

    menu: Menu = CLINIC
    rings_s: float = 1.0
    tries: int = 3
    walked: str = field(default="", init=False)  # the keys that led on, in order

    async def take(self, leg: CalleeLeg, clock: Clock | None = None) -> None:
        await (clock or SystemClock()).sleep(self.rings_s)
        await leg.answer()
        here, place, asked = self.menu, 0, 0
        while here.keys:
            key = await self._ask(leg, here.say, place)
            if leg.ended.is_set():
                return
            place, asked = place + (key is not None), asked + 1
            if key in here.keys:
                self.walked, here, asked = self.walked + str(key), here.keys[str(key)], 0
            elif asked >= self.tries:
                await leg.say("Goodbye.")
                await leg.hangup()
                return
            elif key is not None:
                await leg.say("That is not an option.")
        await leg.say(here.say)

    def trouble(self, _: CalleeLeg) -> str | None:
        return None if self.walked else "No key led any further than the first menu."

    async def _ask(self, leg: CalleeLeg, prompt: str, place: int) -> str | None:
        """The key that was pressed during the prompt, which it cuts short, or within the caller's time after it."""
        sound = await speak(prompt)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(leg.say(sound))
            key = await leg.key(place, len(sound) / WIRE_RATE + _PATIENCE_S)
            leg.handset.hush()
        return key
