"""The RivaSpeechRecognition service."""

import io
import wave
from collections.abc import AsyncIterator
from typing import TypeAlias

import grpc
import numpy as np
from riva.client.proto import riva_asr_pb2 as pb
from riva.client.proto.riva_asr_pb2_grpc import RivaSpeechRecognitionServicer
from riva.client.proto.riva_audio_pb2 import AudioEncoding

from local.stand_ins.riva import checks
from local.stand_ins.riva.audio import RATE, Resampler, Samples
from local.stand_ins.riva.checks import BadRequest, Wanted
from local.stand_ins.riva.hearing import Heard, Hearing
from local.stand_ins.riva.lanes import DecoderLost, Lanes
from local.stand_ins.riva.wording import transcript

# pocketsphinx's posterior of an utterance says little; a constant between 0 and 1 says that nothing is known.
_CONFIDENCE = 0.8
_OFFLINE_CHUNK_S = 1

Context: TypeAlias = grpc.aio.ServicerContext


class Service(RivaSpeechRecognitionServicer):  # type: ignore[misc]
    """Recognition over `lanes` under the name `model`."""

    def __init__(self, lanes: Lanes, model: str) -> None:
        self._lanes = lanes
        self._model = model

    async def StreamingRecognize(  # noqa: N802 - the protocol's name
        self, requests: AsyncIterator[pb.StreamingRecognizeRequest], context: Context
    ) -> AsyncIterator[pb.StreamingRecognizeResponse]:
        """Results of one stream; a half-close brings the final of what is pending and ends the stream with OK."""
        first = await anext(aiter(requests), None)
        if first is None:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Error: No streaming_config was sent")
        try:
            wanted = checks.streaming(first, self._model)
        except BadRequest as refusal:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        hearing = Hearing(self._lanes, wanted.endpointing, interim=wanted.interim)
        samples, resampler = Samples(), Resampler(wanted.rate)
        try:
            async for request in requests:
                if request.HasField("streaming_config"):
                    await context.abort(
                        grpc.StatusCode.INVALID_ARGUMENT, "Error: streaming_config may be sent only once"
                    )
                for heard in await hearing.hear(resampler.feed(samples.feed(request.audio_content))):
                    yield _response(heard, wanted)
            for heard in await hearing.end():
                yield _response(heard, wanted)
        except TimeoutError:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Error: no decoder is free")
        except DecoderLost as error:
            await context.abort(grpc.StatusCode.INTERNAL, f"Error: {error}")
        finally:
            await hearing.close()

    async def Recognize(self, request: pb.RecognizeRequest, context: Context) -> pb.RecognizeResponse:  # noqa: N802
        """The finals of a whole recording (linear PCM, bare or as WAV)."""
        try:
            audio = _unwrapped(request)
            wanted = checks.recognition(request.config, self._model, "offline")
        except BadRequest as refusal:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        hearing = Hearing(self._lanes, wanted.endpointing, interim=False)
        pcm = Resampler(wanted.rate).feed(Samples().feed(audio))
        response = pb.RecognizeResponse()
        try:
            results: list[Heard] = []
            for chunk in np.array_split(pcm, max(1, pcm.size // (_OFFLINE_CHUNK_S * RATE))):
                results += await hearing.hear(chunk)
            results += await hearing.end()
        except TimeoutError:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Error: no decoder is free")
        except DecoderLost as error:
            await context.abort(grpc.StatusCode.INTERNAL, f"Error: {error}")
        finally:
            await hearing.close()
        for heard in results:
            response.results.add(
                alternatives=[_alternative(heard, wanted)], channel_tag=1, audio_processed=heard.audio_s
            )
        return response

    async def GetRivaSpeechRecognitionConfig(  # noqa: N802
        self, request: pb.RivaSpeechRecognitionConfigRequest, context: Context
    ) -> pb.RivaSpeechRecognitionConfigResponse:
        """The one model served, with the parameters that clients look at."""
        if request.model_name not in ("", self._model):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"Error: Model {request.model_name} is not available")
        response = pb.RivaSpeechRecognitionConfigResponse()
        response.model_config.add(
            model_name=self._model,
            parameters={
                "language_code": checks.LANGUAGE,
                "sample_rate": str(RATE),
                "type": "online",
                "streaming": "True",
            },
        )
        return response


def _unwrapped(request: pb.RecognizeRequest) -> bytes:
    """The samples of a recording; a WAV header is believed rather than the configuration, as Riva does."""
    audio = bytes(request.audio)
    if audio[:4] != b"RIFF":
        return audio
    try:
        with wave.open(io.BytesIO(audio)) as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise BadRequest("Error: WAV audio must be mono with 16 bits a sample")
            request.config.encoding, request.config.sample_rate_hertz = AudioEncoding.LINEAR_PCM, file.getframerate()
            samples: bytes = file.readframes(file.getnframes())
            return samples
    except (wave.Error, EOFError) as error:
        raise BadRequest(f"Error: Unreadable WAV header: {error}") from error


def _alternative(heard: Heard, wanted: Wanted) -> pb.SpeechRecognitionAlternative:
    text = transcript([word.text for word in heard.words], punctuation=wanted.punctuation)
    # Riva ends a final transcript with a blank, so that finals can be joined.
    alternative = pb.SpeechRecognitionAlternative(transcript=text + " ", confidence=_CONFIDENCE)
    for word in heard.words if wanted.word_times else ():
        alternative.words.add(
            word=word.text,
            start_time=round(word.start_s * 1000),
            end_time=round(word.end_s * 1000),
            confidence=_CONFIDENCE,
        )
    return alternative


def _response(heard: Heard, wanted: Wanted) -> pb.StreamingRecognizeResponse:
    response = pb.StreamingRecognizeResponse()
    if heard.final:
        response.results.add(
            alternatives=[_alternative(heard, wanted)], is_final=True, stability=1.0, channel_tag=1,
            audio_processed=heard.audio_s,
        )  # fmt: skip
        return response
    for n, piece in enumerate(heard.pieces):
        # Riva's interim results are parts of one text, from stable to unstable: joined as they are they read well.
        text = piece.text if n == 0 else f" {piece.text}"
        response.results.add(
            alternatives=[pb.SpeechRecognitionAlternative(transcript=text)], stability=piece.stability, channel_tag=1,
            audio_processed=heard.audio_s,
        )  # fmt: skip
    return response
