"""The Riva client over a real socket: what the caller said is heard, whatever Riva does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import grpc
import pytest
from livekit.agents import APIStatusError, stt

from agent.speech import riva_stream
from agent.speech.riva import RivaLimits, RivaSTT
from ops.tasks import TaskSet
from tests.fakes.riva_server import FakeRiva, Script, frames

_Kind = stt.SpeechEventType
_CALM = RivaLimits(finalize_s=10, hung_s=10, idle_s=60)  # a test that is about a limit sets that one
_DEADLINE_S = 15


class Ear:
    """Reads a stream to its end and lets a test wait for what it said."""

    def __init__(self, riva: RivaSTT) -> None:
        self.stt, self.stream = riva, riva.stream()
        self.events: list[stt.SpeechEvent] = []
        self.error: BaseException | None = None
        self.ended = False
        self._changed = asyncio.Condition()
        self._tasks = TaskSet("ear")
        self._tasks.spawn(self._read(), name="read")

    def texts(self, kind: _Kind) -> list[str]:
        return [e.alternatives[0].text for e in self.events if e.type is kind and e.alternatives[0].text]

    @property
    def finals(self) -> str:
        return " ".join(self.texts(_Kind.FINAL_TRANSCRIPT))

    def hear(self, *words: int, silence_ms: int = 0) -> None:
        for frame in frames(*words, silence_ms=silence_ms):
            self.stream.push_frame(frame)

    async def until(self, kind: _Kind, text: str) -> None:
        """Some event of this kind ends with `text`."""
        async with asyncio.timeout(_DEADLINE_S), self._changed:
            await self._changed.wait_for(lambda: any(t.endswith(text) for t in self.texts(kind)))

    async def until_event(self, suits: Callable[[stt.SpeechEvent], bool], since: int) -> None:
        async with asyncio.timeout(_DEADLINE_S), self._changed:
            await self._changed.wait_for(lambda: any(suits(e) for e in self.events[since:]))

    async def until_ended(self) -> None:
        async with asyncio.timeout(_DEADLINE_S), self._changed:
            await self._changed.wait_for(lambda: self.ended)

    async def aclose(self) -> None:
        await self.stream.aclose()
        await self._tasks.aclose()
        await self.stt.aclose()

    async def _read(self) -> None:
        try:
            async for event in self.stream:
                self.events.append(event)
                await self._tell()
        except Exception as error:  # noqa: BLE001 - kept for the test to look at
            self.error = error
        self.ended = True
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def ear_of(riva: FakeRiva, limits: RivaLimits = _CALM, **options: str) -> AsyncIterator[Ear]:
    ear = Ear(RivaSTT(riva.uri, limits=limits, **options))  # type: ignore[arg-type]
    try:
        yield ear
    finally:
        await ear.aclose()


async def test_flush_ends_the_utterance_and_keeps_what_comes_next() -> None:
    """A flush brings the final without waiting for Riva's end-pointing; audio that arrives before it is not lost."""
    async with FakeRiva(Script(final_delay_s=0.1)) as riva, ear_of(riva) as ear:
        ear.hear(1, 2)
        ear.stream.flush()
        ear.hear(3, 4)
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w1 w2")
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w3 w4")
        assert ear.finals == "w1 w2 w3 w4"
        assert len(riva.calls) == 3 or len(riva.calls) == 2  # the third waits for audio to come
        assert all(call.half_closed for call in riva.calls[:2])


@pytest.mark.parametrize("said", [[], [1]])
async def test_a_flush_is_always_answered(said: list[int]) -> None:
    """Also when nothing was said since: the framework waits for a final, 2 s at every call's end."""
    async with FakeRiva(Script(endpoint_ms=100)) as riva, ear_of(riva) as ear:
        ear.hear(*said, silence_ms=20)
        ear.hear(silence_ms=200)
        if said:
            await ear.until(_Kind.FINAL_TRANSCRIPT, "w1")
        for _ in range(2):
            before = len(ear.events)
            ear.stream.flush()
            await ear.until_event(lambda e: e.type is _Kind.FINAL_TRANSCRIPT, since=before)


async def test_config_is_what_riva_needs() -> None:
    """Linear PCM at the stream's rate, word times, interims, the language and model of the line."""
    async with FakeRiva() as riva, ear_of(riva, model="parakeet", language="de-DE") as ear:
        ear.hear(1)
        await ear.until(_Kind.INTERIM_TRANSCRIPT, "w1")
        config = riva.calls[0].config
        assert config.interim_results
        assert (config.config.model, config.config.language_code) == ("parakeet", "de-DE")
        assert (config.config.sample_rate_hertz, config.config.enable_word_time_offsets) == (16000, True)


async def test_events_come_in_the_frameworks_order_and_times_are_seconds() -> None:
    """Start, interims, final, end; the stock plugin's word times were 1000 times too large and ignored the offset."""
    async with FakeRiva() as riva, ear_of(riva) as ear:
        ear.stream.start_time_offset = 5.0
        ear.hear(1, 2, silence_ms=100)
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w2")
        ear.hear(3)
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w3")
    kinds = [e.type for e in ear.events if e.type is not _Kind.RECOGNITION_USAGE]
    assert kinds[0] is _Kind.START_OF_SPEECH
    assert kinds.count(_Kind.START_OF_SPEECH) == 2
    assert kinds.index(_Kind.FINAL_TRANSCRIPT) < kinds.index(_Kind.END_OF_SPEECH)
    first, second = (e.alternatives[0] for e in ear.events if e.type is _Kind.FINAL_TRANSCRIPT)
    assert (first.start_time, first.end_time) == pytest.approx((5.1, 5.32), abs=0.01)
    assert second.start_time == pytest.approx(5.34, abs=0.01)  # the second call begins where the first ended
    assert second.words is not None
    assert second.words[0].start_time == pytest.approx(5.34, abs=0.01)


async def test_stable_text_is_announced_once_and_kept_by_the_final() -> None:
    """A final that only adds punctuation would cancel the running reply: same words keep the announced text."""
    async with FakeRiva(Script(stability=0.9, punctuate_finals=True)) as riva, ear_of(riva) as ear:
        ear.hear(1, 2)
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w2")
        assert ear.texts(_Kind.PREFLIGHT_TRANSCRIPT) == ["w1", "w1 w2"]
        assert ear.finals == "w1 w2"


async def test_restart_in_mid_utterance_loses_no_word() -> None:
    """Riva is killed while the caller speaks and comes back: the whole utterance is in the final."""
    riva = FakeRiva()
    await riva.start()
    async with ear_of(riva) as ear:
        outages: list[float | None] = []
        errors: list[stt.STTError] = []
        deaf = asyncio.Event()
        ear.stt.on_outage(outages.append)
        ear.stt.on_outage(lambda _: deaf.set())
        ear.stt.on("error", errors.append)
        ear.hear(1, 2, 3)
        await ear.until(_Kind.INTERIM_TRANSCRIPT, "w3")
        await riva.stop()
        ear.hear(4, 5)
        await asyncio.wait_for(deaf.wait(), _DEADLINE_S)
        assert ear.stt.deaf_since is not None
        await riva.start()
        ear.hear(6)
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w6")
        assert ear.finals == "w1 w2 w3 w4 w5 w6"
        assert ear.stt.deaf_since is None
        assert len(outages) == 2
        assert outages[1] is None
        assert errors
        assert all(e.recoverable for e in errors)
    await riva.stop()


async def test_outage_never_ends_the_stream() -> None:
    """Nobody answers at the call's start and for longer than the framework's own retries would last."""
    riva = FakeRiva()
    await riva.start()
    await riva.stop()
    async with ear_of(riva) as ear:
        ear.hear(1)
        await asyncio.sleep(1.0)
        assert not ear.ended
        await riva.start()
        ear.hear(2)
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w2")
        assert ear.finals == "w1 w2"
    await riva.stop()


async def test_finished_words_are_not_heard_twice_after_a_restart() -> None:
    """Only audio that no final covers is replayed."""
    riva = FakeRiva(Script(endpoint_ms=100))
    await riva.start()
    async with ear_of(riva) as ear:
        ear.hear(1, 2)
        ear.hear(silence_ms=200)
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w2")
        await riva.stop()
        await riva.start()
        ear.hear(3)
        ear.hear(silence_ms=200)
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w3")
        assert ear.finals == "w1 w2 w3"
    await riva.stop()


async def test_hung_riva_is_noticed_and_left() -> None:
    """It accepts the call and never answers: voiced audio without an answer brings a new call with the same audio."""
    async with FakeRiva(Script(hang=True)) as riva, ear_of(riva, replace(_CALM, hung_s=0.4)) as ear:
        ear.hear(1, 2, 3, 4, 5, 6, 7, 8)
        await riva.wait_for_calls(1)
        await asyncio.wait_for(riva.calls[0].ended.wait(), _DEADLINE_S)
        assert ear.stt.deaf_since is not None
        riva.script = Script()
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w8")
        assert ear.finals == "w1 w2 w3 w4 w5 w6 w7 w8"
        assert ear.stt.deaf_since is None


async def test_silence_is_no_hang() -> None:
    """A caller who says nothing gets no answers either: that is no outage."""
    async with FakeRiva() as riva, ear_of(riva, replace(_CALM, hung_s=0.1)) as ear:
        ear.hear(silence_ms=2000)
        await asyncio.sleep(0.4)
        assert len(riva.calls) == 1
        assert ear.stt.deaf_since is None


async def test_final_that_never_comes_is_asked_for_again() -> None:
    """A flush unanswered within finalize_s: the segment is sent again on a new call."""
    async with FakeRiva(Script(never_final=True)) as riva, ear_of(riva, replace(_CALM, finalize_s=0.4)) as ear:
        ear.hear(1, 2)
        ear.stream.flush()
        await riva.wait_for_calls(2)
        riva.script = Script()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w2")
        assert ear.finals == "w1 w2"


async def test_close_is_at_once_even_when_riva_hangs() -> None:
    """The stock plugin's aclose waits for its thread for ever."""
    async with FakeRiva(Script(hang=True)) as riva, ear_of(riva) as ear:
        ear.hear(1, 2)
        await riva.wait_for_calls(1)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await ear.stream.aclose()
        await ear.stt.aclose()
        assert loop.time() - began < 1
        await asyncio.wait_for(riva.calls[0].ended.wait(), _DEADLINE_S)


async def test_wrong_credentials_end_the_stream() -> None:
    """What cannot heal is a non-recoverable error, so that the session counts it."""
    async with FakeRiva(Script(fail=grpc.StatusCode.UNAUTHENTICATED)) as riva, ear_of(riva) as ear:
        errors: list[stt.STTError] = []
        ear.stt.on("error", errors.append)
        ear.hear(1)
        await ear.until_ended()
        assert isinstance(ear.error, APIStatusError)
        assert ear.error.status_code == 401
        assert errors[-1].recoverable is False


_LOADING = [grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND]


@pytest.mark.parametrize("code", _LOADING)
async def test_a_wrong_model_at_the_first_call_ends_the_stream(code: grpc.StatusCode) -> None:
    """Nothing was ever heard: the configuration is wrong, and waiting would only hide it."""
    async with FakeRiva(Script(fail=code)) as riva, ear_of(riva) as ear:
        ear.hear(1)
        await ear.until_ended()
        assert isinstance(ear.error, APIStatusError)
        assert ear.error.status_code in (400, 404)


@pytest.mark.parametrize("code", _LOADING)
async def test_a_restarted_riva_may_load_its_models(code: grpc.StatusCode, monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens long before its models are there and refuses them until then: the calls of that minute were deaf for
    the rest of their lives. The audio is not at fault: it is kept longer than that which might be."""
    monkeypatch.setattr(riva_stream, "_GIVE_UP_S", 0.5)
    riva = FakeRiva()
    await riva.start()
    async with ear_of(riva) as ear:
        errors: list[stt.STTError] = []
        ear.stt.on("error", errors.append)
        ear.hear(1)
        await ear.until(_Kind.INTERIM_TRANSCRIPT, "w1")
        await riva.stop()
        riva.script = Script(fail=code)
        await riva.start()
        ear.hear(2)
        await asyncio.wait_for(riva.wait_for_calls(4), _DEADLINE_S)
        assert not ear.ended
        assert ear.stt.deaf_since is not None
        riva.script = Script()
        ear.hear(3)
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w3")
        assert ear.finals == "w1 w2 w3"
        assert all(e.recoverable for e in errors)
    await riva.stop()


async def test_a_restarted_riva_without_its_model_is_given_up_in_the_end() -> None:
    """Somebody took the model away: not recoverable, so that the caller is told."""
    script = Script(fail=grpc.StatusCode.NOT_FOUND, fail_after=2)
    async with FakeRiva(script) as riva, ear_of(riva, replace(_CALM, loading_s=0.5)) as ear:
        ear.hear(1)
        await ear.until(_Kind.INTERIM_TRANSCRIPT, "w1")
        riva.script = Script(fail=grpc.StatusCode.NOT_FOUND)
        ear.hear(2)
        await ear.until_ended()
        assert isinstance(ear.error, APIStatusError)
        assert ear.error.status_code == 404
        assert len(riva.calls) > 2


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN])
async def test_failure_in_mid_utterance_loses_no_word(code: grpc.StatusCode) -> None:
    """A status that may heal: the utterance is recognised in full by a later call."""
    async with FakeRiva(Script(fail=code, fail_after=2)) as riva, ear_of(riva) as ear:
        ear.hear(1, 2, 3)
        await riva.wait_for_calls(2)
        riva.script = Script()
        ear.stream.flush()
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w3")
        assert ear.finals == "w1 w2 w3"


async def test_garbage_answers_are_an_outage_not_a_crash() -> None:
    """Bytes that are no message: recoverable, and the next call is tried."""
    async with FakeRiva(Script(garbage=True)) as riva, ear_of(riva) as ear:
        errors: list[stt.STTError] = []
        twice = asyncio.Event()

        def count(error: stt.STTError) -> None:
            errors.append(error)
            if len(errors) > 1:
                twice.set()

        ear.stt.on("error", count)
        ear.hear(1)
        await asyncio.wait_for(twice.wait(), _DEADLINE_S)
        assert not ear.ended
        assert all(e.recoverable for e in errors)


async def test_a_muted_caller_keeps_the_sequence_alive() -> None:
    """No frames at all: silence is fed, so that Riva doesn't drop the sequence, and its end-pointing still works."""
    async with FakeRiva(Script(endpoint_ms=300)) as riva, ear_of(riva, replace(_CALM, idle_s=0.2)) as ear:
        ear.hear(1)
        await ear.until(_Kind.FINAL_TRANSCRIPT, "w1")


async def test_end_of_input_ends_the_stream_after_the_last_final() -> None:
    """The last words are heard, then the stream ends without an error."""
    async with FakeRiva() as riva, ear_of(riva) as ear:
        ear.hear(1)
        ear.stream.end_input()
        await ear.until_ended()
        assert ear.error is None
        assert ear.finals == "w1"


async def test_usage_counts_audio_once_also_when_replayed() -> None:
    """RECOGNITION_USAGE adds up to the audio spoken, not to the audio sent."""
    async with FakeRiva(Script(fail=grpc.StatusCode.UNAVAILABLE, fail_after=3)) as riva, ear_of(riva) as ear:
        ear.hear(1, 2, 3)
        ear.stream.end_input()
        await riva.wait_for_calls(2)
        riva.script = Script()
        await ear.until_ended()
        usages = [e.recognition_usage.audio_duration for e in ear.events if e.recognition_usage]
        assert sum(usages) == pytest.approx(0.36, abs=0.01)
