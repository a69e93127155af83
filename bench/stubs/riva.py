"""A stub of Riva's StreamingRecognize (riva_asr.proto of nvidia-riva-client 2.27): interims every 200 ms with
stability, the final 350 ms after speech by its own end-pointing or 50 ms after a half-close. It knows the bench's
utterances and no other speech (fingerprint.py). As Riva's, interims are bare lower-case words, finals are punctuated.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import numpy as np
from riva.client.proto import riva_asr_pb2 as pb
from riva.client.proto import riva_asr_pb2_grpc as service
from riva.client.proto.riva_audio_pb2 import AudioEncoding

from bench import utterances
from bench.stubs.fingerprint import RATE, Catalogue
from bench.stubs.journal import StageJournal
from bench.stubs.listener import Heard, Listener

FLUSH_S = 0.050
STABLE, UNSTABLE = 0.9, 0.1


class RivaStub:
    """The gRPC service; any number of streams at once."""

    def __init__(self, journal: StageJournal) -> None:
        self._journal = journal
        self._catalogue = Catalogue(utterances.load(RATE, every=True))

    async def StreamingRecognize(  # noqa: N802 - the protocol's name
        self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        listener = Listener(self._catalogue)
        configured = False
        async for request in requests:
            if request.HasField("streaming_config"):
                await self._check(request.streaming_config.config, context)
                configured = True
                continue
            if not configured:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the first message must be streaming_config")
            for heard in listener.push(np.frombuffer(request.audio_content, dtype=np.int16)):
                yield self._response(heard)
        last = listener.close()
        await asyncio.sleep(FLUSH_S)
        if last is not None:
            yield self._response(last)

    async def GetRivaSpeechRecognitionConfig(  # noqa: N802 - the protocol's name
        self, request: Any, context: grpc.aio.ServicerContext
    ) -> Any:
        del request, context
        parameters = {"language_code": "en-US", "sample_rate": str(RATE), "streaming": "True", "type": "online"}
        config = pb.RivaSpeechRecognitionConfigResponse.Config(model_name="stub", parameters=parameters)
        return pb.RivaSpeechRecognitionConfigResponse(model_config=[config])

    async def Recognize(self, request: Any, context: grpc.aio.ServicerContext) -> Any:  # noqa: N802 - the protocol's name
        del request
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "the stub streams only")

    @staticmethod
    async def _check(config: Any, context: grpc.aio.ServicerContext) -> None:
        if (config.encoding, config.sample_rate_hertz) != (AudioEncoding.LINEAR_PCM, RATE):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the stub hears LINEAR_PCM at {RATE} Hz only")

    def _response(self, heard: Heard) -> Any:
        if heard.whole and not heard.unstable:
            self._journal.write("final" if heard.final else "stable")
        return response(heard)


def response(heard: Heard) -> Any:
    """The protocol's message: a stable and an unstable part as two results, or one final with word times in ms."""
    if not heard.final:
        parts = [(heard.stable, STABLE), (heard.unstable, UNSTABLE)]
        return pb.StreamingRecognizeResponse(
            results=[
                pb.StreamingRecognitionResult(
                    stability=stability,
                    channel_tag=1,
                    alternatives=[pb.SpeechRecognitionAlternative(transcript=bare(words), confidence=0.0)],
                )
                for words, stability in parts
                if words
            ]
        )
    text = " ".join(word.text for word in heard.stable)
    words = [
        pb.WordInfo(word=w.text, start_time=round(w.start_s * 1000), end_time=round(w.end_s * 1000), confidence=0.9)
        for w in heard.stable
    ]
    alternative = pb.SpeechRecognitionAlternative(transcript=f"{text} ", confidence=0.9, words=words)
    return pb.StreamingRecognizeResponse(
        results=[pb.StreamingRecognitionResult(is_final=True, channel_tag=1, alternatives=[alternative])]
    )


def bare(words: tuple[utterances.Word, ...]) -> str:
    return " ".join(word.text.strip(".,?!").lower() for word in words) + " "


async def start(port: int, journal: StageJournal) -> grpc.aio.Server:
    """A serving stub on the loopback interface; the caller stops it."""
    server = grpc.aio.server()
    service.add_RivaSpeechRecognitionServicer_to_server(RivaStub(journal), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    return server
