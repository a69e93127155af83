"""One step between an engine and the listener. Steps keep state: chunk borders are not heard."""

from __future__ import annotations

from typing import Protocol


class Stage(Protocol):
    """The same bytes come out however the input is cut into chunks. Mono s16le, whole samples, in and out."""

    def feed(self, pcm: bytes) -> bytes:
        """What can be given now of `pcm` and of what was held back."""
        ...

    def finish(self) -> bytes:
        """The rest. Called once, last."""
        ...
