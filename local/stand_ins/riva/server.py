"""The server: decoders loaded, then the port opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
from riva.client.proto.riva_asr_pb2_grpc import add_RivaSpeechRecognitionServicer_to_server

from local.stand_ins.riva.lanes import Lanes
from local.stand_ins.riva.service import Service
from local.stand_ins.riva.vocabulary import Name

_GRACE_S = 0.5


@dataclass(frozen=True)
class RivaStandIn:
    """A running server."""

    port: int
    model: str
    lanes: Lanes


def model_name(vocabulary: Name) -> str:
    """What a client may write in RecognitionConfig.model (or nothing)."""
    return f"pocketsphinx-en-US-{vocabulary}-streaming"


@asynccontextmanager
async def serving(
    host: str, port: int, *, vocabulary: Name = "clinic", decoders: int = 3
) -> AsyncIterator[RivaStandIn]:
    """Serves while the block runs; port 0 takes a free one. The port opens once every decoder is loaded.

    Raises OSError where the port is taken.
    """
    async with Lanes(vocabulary, decoders) as lanes:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        add_RivaSpeechRecognitionServicer_to_server(Service(lanes, model_name(vocabulary)), server)
        try:
            bound = server.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise OSError(f"{host}:{port} can't be listened on: {error}") from error
        await server.start()
        try:
            yield RivaStandIn(bound, model_name(vocabulary), lanes)
        finally:
            await server.stop(_GRACE_S)
