"""The one place that puts the speech server together. Tests hand in engines of their own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from ops.clock import Clock, SystemClock
from ops.readiness import Readiness
from tts_server import answers
from tts_server.admission import Admission
from tts_server.engines.port import Engine, SpeechRequest
from tts_server.engines.registry import find_engines
from tts_server.errors import SpeechError
from tts_server.metrics import Metrics
from tts_server.middleware.api_key import ApiKey
from tts_server.middleware.body_limit import BodyLimit
from tts_server.middleware.request_id import RequestId
from tts_server.routes import catalogue, probes, speech
from tts_server.settings import TtsServerSettings
from tts_server.speaking import speak
from tts_server.speech_response import Service
from tts_server.voices import Voices


def build(settings: TtsServerSettings, engines: Sequence[Engine] = (), clock: Clock | None = None) -> ASGIApp:
    """The application. Without `engines`: those the settings name and this machine has. Raises NoEngine."""
    engines = tuple(engines) or find_engines(settings.engines.names)
    limits, metrics, voices, readiness = settings.limits, Metrics(), Voices(engines), Readiness()
    for engine in engines:
        readiness.add(engine.name, engine.ready)

    def speaking(request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        return speak(voices.engine_of(request.voice), request, limits)

    admission = Admission(limits.max_concurrent, limits.max_queue, limits.queue_wait_s, metrics)
    service = Service(admission, metrics, clock or SystemClock(), speaking, limits.send_s)
    app = FastAPI(title="Switchboard speech server", lifespan=_lifespan(engines))
    for routes in (
        speech.routes(service, voices),
        catalogue.routes(engines, voices),
        probes.routes(readiness, metrics, limits.probe_s),
    ):
        app.include_router(routes)
    _answer_as_openai(app)
    app.add_middleware(BodyLimit, largest=limits.body_bytes, seconds=limits.body_s)
    if settings.server.api_key is not None:
        app.add_middleware(ApiKey, key=settings.server.api_key.get_secret_value())
    return RequestId(app, metrics)


def _answer_as_openai(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def mistakes(_request: Request, error: RequestValidationError) -> Response:
        return answers.of_mistakes(error.errors()).response()

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        return answers.of_http(error).response()

    @app.exception_handler(SpeechError)
    async def refused(_request: Request, error: SpeechError) -> Response:
        return answers.of_speech(error).response()

    @app.exception_handler(Exception)
    async def bug(_request: Request, _error: Exception) -> Response:
        return answers.BUG.response()


def _lifespan(engines: Sequence[Engine]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for engine in engines:
                await engine.aclose()

    return lifespan
