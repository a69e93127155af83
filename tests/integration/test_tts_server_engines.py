"""One suite over every offline engine, each as it is on this machine: what the port promises, and text that bites.

eSpeak NG runs twice: the system's binary, and the child process over the Python package.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from ops.tasks import TaskSet
from tests.support.tts_audio import Heard, of_pcm
from tests.support.tts_http import serving
from tts_server.audio.encode import SAMPLE_RATE
from tts_server.engines import espeak, flite
from tts_server.engines.port import Engine, SpeechRequest
from tts_server.errors import EngineBroken
from tts_server.settings import Limits
from tts_server.speaking import speak
from tts_server.text import clean

_FINDERS = {"espeak": espeak.find_system, "espeak package": espeak.find_package, "flite": flite.find}
SENTENCE = "Good morning, this is the front desk, how may I help you today?"
LONG = "The quick brown fox jumps over the lazy dog. " * 90


@pytest.fixture(params=_FINDERS)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine | None = _FINDERS[request.param]()
    if found is None:
        pytest.skip(f"{request.param} is not installed here")
    return found


def _request(engine: Engine, text: str, speed: float = 1.0, voice: int = 0) -> SpeechRequest:
    chosen = engine.voices()[voice]
    return SpeechRequest("req", clean(text), chosen, speed, chosen.languages[0])


async def _spoken(engine: Engine, text: str, speed: float = 1.0, voice: int = 0) -> Heard:
    async with aclosing(speak(engine, _request(engine, text, speed, voice), Limits())) as pieces:
        return of_pcm(b"".join([piece async for piece in pieces]), SAMPLE_RATE)


def _children() -> list[psutil.Process]:
    """The engines' own: other tests' servers may run beside them, in the same pytest."""
    children: list[psutil.Process] = psutil.Process().children()
    return [child for child in children if _is_engine(child)]


def _is_engine(child: psutil.Process) -> bool:
    try:
        line = " ".join(child.cmdline())
    except psutil.NoSuchProcess:
        return False
    return ("espeak" in line or "flite" in line) and "pytest" not in line


def test_this_machine_has_a_voice_from_the_python_package_alone() -> None:
    """`pip install` is enough to speak: the package's engine needs nothing of the system."""
    assert espeak.find_package() is not None


async def test_a_sentence_is_heard_and_silence_is_not(engine: Engine) -> None:
    """Speech of a sensible length, with at most 20 ms of silence before it and 120 ms after it."""
    heard = await _spoken(engine, SENTENCE)
    before, after = heard.silence_s()
    assert 2.5 <= heard.seconds <= 6
    assert heard.peak > 3_000
    assert before <= 0.021
    assert after <= 0.121


@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0])
async def test_speed_is_kept_from_a_quarter_to_four(engine: Engine, speed: float) -> None:
    """OpenAI's whole range, also where the engine's own ends earlier: the rest is stretched."""
    plain, changed = await _spoken(engine, SENTENCE), await _spoken(engine, SENTENCE, speed)
    assert plain.seconds / changed.seconds == pytest.approx(speed, rel=0.35)  # pauses do not scale alike


async def test_every_english_voice_speaks(engine: Engine) -> None:
    """A voice in the table that is not there would fail in a call, not at the start."""
    english = [number for number, voice in enumerate(engine.voices()) if voice.languages[0].startswith("en-")]
    for number in english:
        heard = await _spoken(engine, "Hello there.", voice=number)
        assert heard.peak > 2_000, engine.voices()[number].id


@pytest.mark.parametrize(
    "text",
    [
        "$(touch MARK) hello",
        "`touch MARK`; touch MARK",
        "-w MARK hello",
        "--voice=../../etc/passwd",
        "-o MARK",
        '<speak><audio src="MARK"/>hello</speak>',
        "[[f@n'EtIks]] and [[[more]]]",
        "a\x00b\x01c\x1b[31md",
        "line\none\r\ntwo\ttabs",
        "party 🎉 time 👩‍👩‍👧 ok ✅",
        "naïve café, “quoted” — €5, 20 °C",
        "%s%s%n {0} {{x}} \\x41 \\",
        "\u202eright to left\u202c",
        "a" * 600,
        "1" * 300,
        "no end " * 100,
    ],
)
async def test_text_is_spoken_never_obeyed(
    engine: Engine, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shell syntax, options, markup, phoneme codes, control characters: sound comes out, nothing else happens."""
    monkeypatch.chdir(tmp_path)
    heard = await _spoken(engine, text, speed=2.0)
    assert heard.peak > 1_000
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a name may be strange


async def test_text_is_no_argument_that_every_user_of_the_machine_can_read(engine: Engine) -> None:
    """What a caller is told may be personal: `ps` must not show it."""
    seen: list[str] = []
    tasks = TaskSet("test")
    speaking = tasks.spawn(_spoken(engine, SENTENCE * 5), name="speaking")
    while not speaking.done():
        with suppress(psutil.NoSuchProcess):
            seen += [" ".join(child.cmdline()) for child in _children()]
        await asyncio.wait({speaking}, timeout=0.001)
    assert any(engine.name in line for line in seen)
    assert not any("front desk" in line for line in seen)


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


async def test_closing_the_iterator_ends_the_process(engine: Engine) -> None:
    """Cancellation is closing: when `aclose` returns, no process is left."""
    chunks = engine.synthesize(_request(engine, LONG))
    assert await anext(chunks)
    await chunks.aclose()
    assert _alive(_children()) == []


async def test_a_cancelled_wait_ends_the_process(engine: Engine) -> None:
    """The caller hangs up while the engine has not said a word yet."""
    chunks = engine.synthesize(_request(engine, LONG))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await anext(chunks)
    await chunks.aclose()
    assert _alive(_children()) == []


async def test_requests_at_once_keep_their_voices(engine: Engine) -> None:
    """The same bytes alone and among others: nothing is shared between requests."""
    voices = range(min(3, len(engine.voices())))
    alone = [await _spoken(engine, SENTENCE, voice=voice) for voice in voices]
    among = await asyncio.gather(*(_spoken(engine, SENTENCE, voice=voice) for voice in voices))
    assert [heard.samples.tobytes() for heard in alone] == [heard.samples.tobytes() for heard in among]


async def test_ready_is_asked_of_the_engine_itself(engine: Engine) -> None:
    assert await engine.ready() is True


async def test_a_missing_binary_is_a_broken_engine_and_not_ready() -> None:
    """Uninstalled under a running server: EngineBroken, never FileNotFoundError."""
    voices = flite.Flite("flite", ["slt"]).voices()
    for broken in (flite.Flite("/nowhere/flite", ["slt"]), espeak.Espeak(["/nowhere/espeak-ng"], voices)):
        assert await broken.ready() is False
        with pytest.raises(EngineBroken):
            await _spoken(broken, SENTENCE)


async def test_a_process_that_fails_is_a_broken_engine() -> None:
    """Its status is looked at: no sound and status 1 is not "nothing to say"."""
    voices = flite.Flite("flite", ["slt"]).voices()
    with pytest.raises(EngineBroken, match="status"):
        await _spoken(espeak.Espeak(["false"], voices), SENTENCE)


async def test_the_process_dies_with_the_caller(engine: Engine) -> None:
    """Minutes of speech: the caller hears the start while the engine still works, and hangs up. No process is left
    and none begins (flite's next sentence)."""
    body = {"model": "m", "input": LONG, "voice": engine.voices()[0].id, "response_format": "pcm", "speed": 0.3}
    async with serving([engine]) as served:
        async with served.http.stream("POST", "/v1/audio/speech", json=body) as answer:
            await anext(answer.aiter_raw(1024))
            working = _children()
        async with asyncio.timeout(5):  # seen: a few milliseconds; told once the process is reaped
            while 'outcome="client_gone"} 1.0' not in (await served.http.get("/metrics")).text:
                pass
        assert not [child for child in working if child.is_running()]
        assert _children() == []
