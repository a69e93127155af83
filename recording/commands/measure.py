"""`python -m recording measure CALL_ID`: what a call's recording says of its waits, and a drawing of it."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.terminal import tell
from recording import build, settings
from recording.arguments import call
from recording.errors import RecordingError
from recording.listening import Sound, measurable, sounds
from recording.measure import levels
from recording.measure.figures import Figures, measure, summary
from recording.measure.levels import NotMeasurable
from recording.measure.plot import svg
from recording.measure.told import told

HELP = "waits, talk, interruptions and dead air of a call, from its recording's own sound"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call_id", type=call)
    parser.add_argument("--plot", type=Path, metavar="SVG", help="write a drawing of the call's first file there")
    parser.add_argument("--json", action="store_true", help="everything, by file")


async def run(arguments: argparse.Namespace) -> int:
    """1 where there is no sound, or none that can be decoded."""
    shelf = settings.shelf()
    found: dict[str, Figures] = {}
    async with build.bucket(shelf) as bucket:
        names = measurable(await sounds(bucket, shelf.prefix, arguments.call_id, Sound.WHOLE))
        if not names:
            raise RecordingError("There is no sound of this call. `audit` says why, if it should have been recorded.")
        with TemporaryDirectory(prefix="switchboard-measure-") as folder:
            for number, name in enumerate(names, 1):
                await bucket.download(name, file := Path(folder, f"{number}.ogg"))
                plot = arguments.plot if number == 1 else None
                found[name] = await asyncio.to_thread(_measured, file, name, plot, arguments.call_id)
    if arguments.json:
        tell(json.dumps({"files": {name: told(each) for name, each in found.items()}, **summary([*found.values()])}))
        return 0
    tell("\n".join(f"{name:<24} {value:>9.3f}" for name, value in summary([*found.values()]).items()))
    for name, figures in found.items():
        tell(f"\n{name}")
        for each in figures.answers:
            tell(f"  at {each.asked_s:8.2f} s the caller waited {each.voice_to_voice_s * 1000:6.0f} ms")
    return 0


def _measured(file: Path, name: str, plot: Path | None, title: str) -> Figures:
    try:
        both = levels.read(file)
        found = measure(both)
        if plot is not None:
            plot.write_text(svg(both, found, title), encoding="utf-8")
    except NotMeasurable as error:
        raise RecordingError(f"{name}: {error}.") from error
    except OSError as error:
        raise RecordingError(f"The drawing cannot be written: {error.strerror}.") from error
    return found
