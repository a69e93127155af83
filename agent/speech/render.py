"""Render the bundled phrases again, after a change of words: python -m agent.speech.render http://127.0.0.1:8200/v1"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from agent.speech import bundled_phrases, phrase_file
from agent.speech.speech_request import SAMPLE_RATE
from agent.speech.tts import SpeechTTS
from config.phrases.table import BY_LANGUAGE
from ops.deadline import deadline

_RATE = 16_000  # half the size of 24 kHz and more than a telephone carries
_DEADLINE_S = 60.0


async def render(tts: SpeechTTS, phrases: Mapping[str, str], folder: Path) -> None:
    """Write {key}.wav for each phrase, then the index. Raises APIError, DeadlineExceeded, OSError."""
    for key, words in phrases.items():
        async with deadline(_DEADLINE_S, "speech server"), tts.synthesize(words) as stream:
            frame = await stream.collect()
        pcm = phrase_file.resampled(bytes(frame.data), SAMPLE_RATE, _RATE)
        phrase_file.write(folder / f"{key}.wav", phrase_file.trimmed(pcm, _RATE), _RATE)
    index = json.dumps(dict(phrases), indent=2, ensure_ascii=False) + "\n"
    (folder / bundled_phrases.INDEX).write_text(index, encoding="utf-8")


async def _main(arguments: argparse.Namespace) -> None:
    tts = SpeechTTS(
        arguments.base_url,
        api_key=arguments.api_key,
        model=arguments.model,
        voice=arguments.voice,
        language=arguments.language,
    )
    phrases = BY_LANGUAGE[arguments.language].failures
    folder = bundled_phrases.own_folder(arguments.language)
    folder.mkdir(exist_ok=True)
    try:
        await render(tts, phrases, folder)
    finally:
        await tts.aclose()
    sys.stdout.write(f"{len(phrases)} phrases in {folder}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("--language", choices=BY_LANGUAGE, default="en")
    parser.add_argument("--voice", default="alloy")
    parser.add_argument("--model", default="tts-1")
    parser.add_argument("--api-key", default="")
    asyncio.run(_main(parser.parse_args()))
