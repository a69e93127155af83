"""Which engines there are. A new engine is its file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tts_server.engines import espeak, flite
from tts_server.engines.port import Engine
from tts_server.errors import NoEngine

# In order of preference for the names that any engine can serve (voices.py).
_FINDERS: dict[str, Callable[[], Engine | None]] = {
    "flite": flite.find,
    "espeak": espeak.find,
}
NAMES = tuple(_FINDERS)


def find_engines(wanted: Sequence[str] = NAMES) -> tuple[Engine, ...]:
    """Those of `wanted` that can run on this machine. Blocks for some milliseconds. Raises NoEngine."""
    engines = tuple(engine for name in wanted if (engine := _FINDERS[name]()) is not None)
    if not engines:
        raise NoEngine(tuple(wanted))
    return engines
