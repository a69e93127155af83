"""The Riva stand-in over its wire, as a process of its own, with a flite caller on a telephone line."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from riva.client.proto import riva_asr_pb2 as pb
from riva.client.proto.riva_asr_pb2_grpc import RivaSpeechRecognitionStub

from tests.support.flite import spoken

Pcm = npt.NDArray[np.int16]

_ROOT = Path(__file__).parents[2]
_DEADLINE_S = 30.0
_NAME = "my name is alice cooper"
_HOURS = "what are your opening hours"


@dataclass
class _Answers:
    """What came back on one stream."""

    finals: list[pb.StreamingRecognitionResult] = field(default_factory=list)
    interims: list[pb.StreamingRecognitionResult] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(final.alternatives[0].transcript.strip() for final in self.finals)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and its port."""
    command = [sys.executable, "-m", "local.stand_ins.riva", "--port", "0", "--decoders", "2"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process, int(line.split("127.0.0.1:")[1].split(",")[0])
        finally:
            process.terminate()
            assert process.wait(_DEADLINE_S) == 0


@pytest_asyncio.fixture
async def riva(server: tuple[subprocess.Popen[str], int]) -> AsyncIterator[RivaSpeechRecognitionStub]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server[1]}") as channel:
        yield RivaSpeechRecognitionStub(channel)


def _config(rate: int = 8000, **changed: Any) -> pb.RecognitionConfig:
    fields = {"encoding": 1, "sample_rate_hertz": rate, "language_code": "en-US", "enable_word_time_offsets": True}
    return pb.RecognitionConfig(**{**fields, **changed})


async def _stream(riva: RivaSpeechRecognitionStub, pcm: Pcm | bytes, rate: int = 8000, **changed: Any) -> _Answers:
    data = pcm if isinstance(pcm, bytes) else pcm.tobytes()
    step = rate // 10  # bytes of 50 ms

    async def requests() -> AsyncIterator[pb.StreamingRecognizeRequest]:
        config = pb.StreamingRecognitionConfig(config=_config(rate, **changed), interim_results=True)
        yield pb.StreamingRecognizeRequest(streaming_config=config)
        for at in range(0, len(data), step):
            yield pb.StreamingRecognizeRequest(audio_content=data[at : at + step])

    answers = _Answers()
    async for response in riva.StreamingRecognize(requests(), timeout=_DEADLINE_S):
        for result in response.results:
            (answers.finals if result.is_final else answers.interims).append(result)
    return answers


@pytest.fixture(scope="module")
def name_pcm() -> Pcm:
    return spoken(_NAME)


@pytest.fixture(scope="module")
def hours_pcm() -> Pcm:
    return spoken(_HOURS)


async def test_words_their_times_and_interim_results(riva: RivaSpeechRecognitionStub, name_pcm: Pcm) -> None:
    """Words grow by interim results, then settle; the half-close brings the final, with times in ms."""
    heard = await _stream(riva, name_pcm)
    assert heard.text == _NAME
    assert {round(interim.stability, 1) for interim in heard.interims} == {0.1, 0.9}
    assert heard.interims[0].alternatives[0].transcript
    words = heard.finals[0].alternatives[0].words
    assert [word.word for word in words] == _NAME.split()
    length_ms = name_pcm.size / 8
    assert 400 < words[0].start_time < 900
    assert all(a.start_time < a.end_time <= b.start_time + 20 for a, b in pairwise(words))
    assert length_ms / 2 < words[-1].end_time <= length_ms


async def test_two_callers_at_once_do_not_mix(riva: RivaSpeechRecognitionStub, name_pcm: Pcm, hours_pcm: Pcm) -> None:
    """Each stream has its own words, also where more speak than there are decoders."""
    heard = await asyncio.gather(*(_stream(riva, pcm) for pcm in (name_pcm, hours_pcm, name_pcm)))
    assert [answers.text for answers in heard] == [_NAME, _HOURS, _NAME]


async def test_a_pause_ends_an_utterance_and_the_next_one_is_a_new_result(
    riva: RivaSpeechRecognitionStub, name_pcm: Pcm, hours_pcm: Pcm
) -> None:
    """End-pointing: two finals on one stream, the later with later times."""
    pause = np.zeros(8000, np.int16)
    heard = await _stream(riva, np.concatenate([name_pcm, pause, hours_pcm, pause]), enable_automatic_punctuation=True)
    texts = [final.alternatives[0].transcript for final in heard.finals]
    assert texts == ["My name is alice cooper. ", "What are your opening hours? "]
    assert heard.finals[1].alternatives[0].words[0].start_time > name_pcm.size / 8 + 1000


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
async def test_other_sample_rates(riva: RivaSpeechRecognitionStub, name_pcm: Pcm, rate: int) -> None:
    """The agent sends what its room gives it."""
    heard = await _stream(riva, np.repeat(name_pcm, rate // 8000), rate)
    assert heard.text.endswith("alice cooper")


@pytest.mark.parametrize(
    "audio",
    [
        bytes(2 * 8000 * 3),
        np.random.default_rng(0).normal(0, 2000, 24000).astype(np.int16).tobytes(),
        np.random.default_rng(0).bytes(48001),
        b"",
    ],
    ids=["silence", "noise", "garbage", "nothing"],
)
async def test_what_is_no_speech_has_no_words(riva: RivaSpeechRecognitionStub, audio: bytes) -> None:
    """A silent caller's turn must stay silent: invented words would be answered."""
    heard = await _stream(riva, audio)
    assert (heard.finals, heard.interims) == ([], [])


async def test_bad_requests_are_invalid_arguments(riva: RivaSpeechRecognitionStub) -> None:
    """The status a client must not retry, with Riva's words."""
    for changed, says in (({"language_code": "de-DE"}, "Unavailable model"), ({"sample_rate_hertz": 0}, "sample_rate")):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await _stream(riva, b"", **changed)  # no sound: what is sent after the refusal would hide its status
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert says in str(refused.value.details())


async def test_a_recording_and_the_configuration(riva: RivaSpeechRecognitionStub, hours_pcm: Pcm) -> None:
    """The two calls that are no streams."""
    request = pb.RecognizeRequest(config=_config(), audio=hours_pcm.tobytes())
    heard = await riva.Recognize(request, timeout=_DEADLINE_S)
    assert heard.results[0].alternatives[0].transcript.strip() == _HOURS
    served = await riva.GetRivaSpeechRecognitionConfig(pb.RivaSpeechRecognitionConfigRequest(), timeout=_DEADLINE_S)
    assert served.model_config[0].parameters["language_code"] == "en-US"


async def test_a_caller_who_hangs_up_in_mid_word_frees_the_decoder(
    riva: RivaSpeechRecognitionStub, name_pcm: Pcm
) -> None:
    """Cancelled streams, more of them than decoders; then the next caller is heard right."""
    half = name_pcm[: name_pcm.size // 2].tobytes()
    for _ in range(3):
        call = riva.StreamingRecognize(timeout=_DEADLINE_S)
        config = pb.StreamingRecognitionConfig(config=_config(), interim_results=True)
        await call.write(pb.StreamingRecognizeRequest(streaming_config=config))
        await call.write(pb.StreamingRecognizeRequest(audio_content=half))
        assert (await call.read()).results
        call.cancel()
    assert (await _stream(riva, name_pcm)).text == _NAME


@pytest.fixture
def decoders(server: tuple[subprocess.Popen[str], int]) -> list[int]:
    """The decoders' process ids."""
    command = ["pgrep", "-P", str(server[0].pid)]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=True)
    return [int(line) for line in listed.stdout.split()]


async def test_a_lost_decoder_costs_one_utterance(
    decoders: list[int], riva: RivaSpeechRecognitionStub, name_pcm: Pcm
) -> None:
    """A decoder process that dies is replaced: the server does not go deaf."""
    for pid in decoders:
        os.kill(pid, signal.SIGKILL)
    texts = []
    for _ in range(3):
        try:
            texts.append((await _stream(riva, name_pcm)).text)
        except grpc.aio.AioRpcError as lost:
            assert lost.code() is grpc.StatusCode.INTERNAL
    assert texts
    assert texts[-1] == _NAME
