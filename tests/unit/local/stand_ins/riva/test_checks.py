"""What Riva refuses, the stand-in refuses: a client's mistake must not show up only in production."""

import pytest
from riva.client.proto.riva_asr_pb2 import (
    EndpointingConfig,
    RecognitionConfig,
    StreamingRecognitionConfig,
    StreamingRecognizeRequest,
)

from local.stand_ins.riva.checks import BadRequest, streaming
from local.stand_ins.riva.endpoint import Endpointing

_MODEL = "the-model"


def _request(**changed: object) -> StreamingRecognizeRequest:
    config = RecognitionConfig(**{"encoding": 1, "sample_rate_hertz": 16000, "language_code": "en-US", **changed})
    return StreamingRecognizeRequest(streaming_config=StreamingRecognitionConfig(config=config, interim_results=True))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"language_code": "xx-XX"}, "Unavailable model requested given these parameters: language_code=xx-XX"),
        ({"model": "parakeet"}, "Unavailable model requested given these parameters: model=parakeet"),
        ({"sample_rate_hertz": 0}, "sample_rate_hertz 0"),
        ({"sample_rate_hertz": 11025}, "sample_rate_hertz 11025"),
        ({"encoding": 0}, "ENCODING_UNSPECIFIED"),
        ({"encoding": 4}, "OGGOPUS"),
        ({"audio_channel_count": 2}, "channel"),
        ({"endpointing_config": EndpointingConfig(stop_threshold=1.5)}, "stop_threshold"),
        ({"endpointing_config": EndpointingConfig(stop_history=60_000)}, "stop_history"),
    ],
)
def test_a_bad_configuration_is_refused_in_words(changed: dict[str, object], says: str) -> None:
    """The client's log must name what is wrong."""
    with pytest.raises(BadRequest, match=says):
        streaming(_request(**changed), _MODEL)


def test_the_first_message_must_be_the_configuration() -> None:
    """Audio first is a protocol error, not audio of unknown rate."""
    with pytest.raises(BadRequest, match="streaming_config"):
        streaming(StreamingRecognizeRequest(audio_content=b"\0\0"), _MODEL)


def test_end_pointing_given_in_part_keeps_the_defaults_of_the_rest() -> None:
    """0 and -1 mean "default" to Riva."""
    wanted = streaming(_request(endpointing_config=EndpointingConfig(stop_history=500, start_history=-1)), _MODEL)
    assert wanted.endpointing == Endpointing(stop_history_ms=500)
    assert wanted.interim
