"""What a call's recording says of it, measured in a process of its own: no file can break control, or keep it busy."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.deadline import DeadlineExceeded, deadline
from recording.bucket import Bucket
from recording.measure.figures import Figures, summary
from recording.measure.told import told, understood

_ROOT = Path(__file__).parent.parent.parent
_NICE = 10  # whoever is in a call comes first
_AT_LEAST_S, _SHARE = 30.0, 0.05  # a quarter of an hour of sound takes about 2 s of an idle core
_BYTES_PER_S = 2000.0  # of the quietest recordings: longer than they are is never too long
_WORDS = 2000  # of a process that failed


class NotMeasured(Exception):
    """Why in a word: slow, or what was wrong with the file."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`figures` go into the record; `by_file` (recording.measure.told) into the sidecar; `plots` are SVG documents by
    the file that they show."""

    figures: Mapping[str, float]
    by_file: Mapping[str, Mapping[str, object]]
    plots: Mapping[str, bytes]
    waits: Sequence[float]  # of the caller for each answer, in seconds


class Measuring:
    """One file at a time. Raises, besides NotMeasured, what the bucket raises."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._one = asyncio.Lock()

    async def measure(self, names: Sequence[str], title: str) -> Measured:
        """Of the files of one call, in their order."""
        found: dict[str, Figures] = {}
        plots: dict[str, bytes] = {}
        async with self._one:
            with TemporaryDirectory(prefix="switchboard-measure-") as folder:
                for number, name in enumerate(names, 1):
                    audio, plot = Path(folder, f"{number}.ogg"), Path(folder, f"{number}.svg")
                    size = (await self._bucket.download(name, audio)).size
                    limit_s = _AT_LEAST_S + _SHARE * size / _BYTES_PER_S
                    whose = title if len(names) == 1 else f"{title} ({number})"
                    found[name] = await _measured(audio, plot, whose, limit_s)
                    plots[name] = await asyncio.to_thread(plot.read_bytes)
        by_file = {name: told(figures) for name, figures in found.items()}
        waits = [answer.voice_to_voice_s for figures in found.values() for answer in figures.answers]
        return Measured(summary(list(found.values())), by_file, plots, waits)


async def _measured(audio: Path, plot: Path, title: str, limit_s: float) -> Figures:
    where = (str(audio), "--plot", str(plot), "--title", title, "--nice", str(_NICE))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "recording.measure", *where),
        cwd=_ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with deadline(limit_s, "measuring"):
            out, error = await process.communicate()
    except DeadlineExceeded:
        raise NotMeasured("slow") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = error.decode(errors="replace").strip()[-_WORDS:].rpartition("\n")[2]
        raise NotMeasured(said.partition(": ")[2] or f"its process ended with {process.returncode}")
    try:
        return understood(json.loads(out))
    except (ValueError, KeyError, TypeError) as wrong:
        raise NotMeasured(f"its process said what nobody understands ({type(wrong).__name__})") from None
