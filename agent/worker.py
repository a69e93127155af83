"""The worker around the calls: how it registers, how many calls it takes, what it does once before the first."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from livekit.agents import AgentServer
from livekit.agents.ipc.job_executor import JobExecutor, JobStatus
from livekit.agents.utils.hw import get_cpu_monitor

from agent import entry
from agent.bereaved import Bereaved
from agent.build import App
from agent.errors import BadStart
from agent.metrics_server import MetricsServer
from agent.recording.wording import fixed_words, greeting_pieces
from agent.settings import Livekit
from agent.speech.tts import SpeechTTS
from agent.starts import Starts
from config.model import CallCenter, Line
from config.problems import did_you_mean
from ops import logging
from ops.tasks import TaskSet

_log = logging.get(__name__)

_RENDER_S = 30.0
_RENDER_AGAIN_S = 15.0
# The server passes over workers above agents.target_load (0.7 by default), whatever the worker itself thinks, and its
# own reading is the machine's CPU. So: calls over capacity, scaled to stay below 0.7 until the last place is taken.
_FULL, _BELOW_TARGET = 1.0, 0.69


def load_of(active_calls: int, max_calls: int) -> float:
    """The load to report: 1.0 when full, else in proportion and always below what makes a server pass us over."""
    return _FULL if active_calls >= max_calls else _BELOW_TARGET * active_calls / max_calls


class Server(AgentServer):
    """Livekit's worker with our lines in the log, and our fixed phrases rendered beside the first calls."""

    def __init__(self, app: App, metrics: MetricsServer, starts: Starts, **options: Any) -> None:
        super().__init__(**options)
        self._app, self._metrics, self._starts = app, metrics, starts
        self.on("worker_started", self._take_turns)
        self._bereaved = Bereaved(app)
        self.failed = False  # livekit's command line logs it and exits with 0: a supervisor would take that for done

    def _is_available(self) -> bool:
        """Whether to take one more job: as long as there is a place.

        livekit-agents 1.8.9 reckons a job that is about to start as 1/num_idle_processes of all it can take: with two
        warm processes it refuses the third of several callers at the same instant, the server has nobody else to
        ask, and a phone rings for ever.
        """
        taken = len(self.active_jobs) + self._reserved_slots
        return not self._draining and taken < self._app.settings.worker.max_calls

    def _get_effective_load(self) -> float:
        """What the server is told. As with `_is_available`: by the framework's reckoning three jobs that wait for their
        turn would make this worker a full one."""
        return load_of(len(self.active_jobs) + self._reserved_slots, self._app.settings.worker.max_calls)

    def _take_turns(self) -> None:
        """The pool of job processes is there, and no job yet."""
        pool = self._proc_pool
        pool.launch_job = self._starts.before(pool.launch_job)  # type: ignore[method-assign, assignment]
        self._starts.listen()

    async def _update_job_status(self, proc: JobExecutor) -> None:
        """Told of every job process that starts or ends. One that died in a call had no time to say so: we do."""
        if (job := proc.running_job) is not None and proc.status is not JobStatus.RUNNING:
            self._starts.over(job.job.id)
            self._bereaved.tell(job.accept_arguments.attributes or {})
        await super()._update_job_status(proc)

    async def run(self, *, devmode: bool = False, unregistered: bool = False) -> None:
        # Here, because livekit's command line puts up its own handlers just before.
        logs = self._app.settings.logs
        logging.configure(logs.format, pii=logs.pii, stream=sys.stderr)
        tell_warnings(self._app.call_center)
        try:
            async with self._beside_the_calls():
                await self._metrics.start()
                await super().run(devmode=devmode, unregistered=unregistered)
        except Exception:
            self.failed = True
            raise

    @asynccontextmanager
    async def _beside_the_calls(self) -> AsyncIterator[None]:
        """What this process does for all calls, while the block lasts. Each of it is closed, also where closing
        another fails: the spools of callers, for one, are to be brought yet."""
        app = self._app
        async with AsyncExitStack() as closed:  # in the reverse of this order
            closed.push_async_callback(self._metrics.aclose)
            closed.callback(self._starts.close)
            closed.push_async_callback(self._bereaved.aclose)
            for each in (app.spool_keeper(), app.leftovers(), app.flag_poll(), Renderer(app)):
                closed.push_async_callback(each.aclose)
                each.start()
            yield


def server(app: App, metrics_dir: Path | None = None) -> Server:
    """The livekit worker, not yet running. `metrics_dir`: where its processes leave their metrics."""
    s = app.settings
    starts = Starts(at_once=max(2, math.ceil(get_cpu_monitor().cpu_count())))
    agent_server = Server(
        app,
        MetricsServer(s.worker.http_host, s.worker.metrics_port, metrics_dir, app.clock),
        starts,
        ws_url=s.livekit.url,
        api_key=s.livekit.api_key,
        api_secret=s.livekit.api_secret.get_secret_value(),
        host=s.worker.http_host,
        port=s.worker.http_port,
        num_idle_processes=s.worker.warm_processes,
        load_fnc=lambda worker: load_of(len(worker.active_jobs), s.worker.max_calls),
        load_threshold=_FULL - 0.01,
        setup_fnc=partial(entry.setup, starts.tell),
        preload_modules=["agent.entry", "agent.preload"],  # once for all job processes, which share its memory
        shutdown_process_timeout=20.0,
        session_end_timeout=20.0,
        drain_timeout=max(1, int(s.worker.drain_s)),  # 0 would wait for ever
    )
    agent_server.rtc_session(
        entry.entry, agent_name=s.worker.agent_name, on_request=entry.accept, on_session_end=entry.ended
    )
    return agent_server


def check_server(livekit: Livekit, arguments: Sequence[str]) -> None:
    """`start`, `dev` and `connect` need a server and its keys, from the environment or the command line.

    Raises BadStart with all that is missing.
    """
    if not {"start", "dev", "connect"} & set(arguments) or "--help" in arguments:
        return
    given = {
        "LIVEKIT_URL": ("--url", livekit.url),
        "LIVEKIT_API_KEY": ("--api-key", livekit.api_key),
        "LIVEKIT_API_SECRET": ("--api-secret", livekit.api_secret.get_secret_value()),
    }
    missing = [
        f"{name} is not set: the worker registers with a LiveKit server"
        for name, (option, value) in given.items()
        if not value and not any(argument.startswith(option) for argument in arguments)
    ]
    if missing:
        raise BadStart(missing)


def tell_warnings(center: CallCenter) -> None:
    """What the configuration lacks, and the worker can do without."""
    for warning in center.warnings:
        _log.warning("configuration", file=warning.file, path=warning.key, what=warning.message)


def check_voices(app: App) -> None:
    """A voice that is not in the speech server's list is a mistake worth stopping for; a server that is down or lists
    nothing is not.

    Raises BadStart.
    """
    known = asyncio.run(_list_voices(app.tts(next(iter(app.call_center.lines.values())))))
    if known is None:
        return
    if not known:
        _log.warning("the speech server names no voices, the lines' voices are not checked")
        return
    lines = [line for line in app.call_center.lines.values() if line.voice not in known]
    if lines:
        raise BadStart(
            [
                f"line {line.name}: the speech server has no voice {line.voice!r}. {did_you_mean(line.voice, known)}"
                for line in lines
            ]
        )


async def _list_voices(tts: SpeechTTS) -> list[str] | None:
    try:
        return await tts.list_voices()
    finally:
        await tts.aclose()


def fixed_phrases(line: Line) -> list[str]:
    """Everything a line may say word for word: rendered ahead, so that it starts at once and survives a dead server."""
    policy, closed = line.policy, line.telephony.inbound.closed
    return [
        *([closed.message] if closed is not None and closed.message is not None else []),
        *greeting_pieces(line),
        *fixed_words(line),
        *line.phrases.failures.values(),
        *policy.silence.words,
        policy.silence.farewell,
        policy.length.warning,
        policy.length.farewell,
        policy.turn.words,
    ]


def ways_of_answering(center: CallCenter) -> list[Line]:
    """Every line, and as it answers while the practice is closed: by then it may speak with another voice, and in
    another language."""
    lines = list(center.lines.values())
    closed = [(line, line.telephony.inbound.closed) for line in lines]
    personas = [(line, center.persona(rule.persona)) for line, rule in closed if rule is not None and rule.persona]
    return [*lines, *(line.speaking_as(persona) for line, persona in personas if persona is not None)]


class Renderer:
    """Renders every line's fixed phrases into the cache on disk; tries again while the speech server is down."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tasks = TaskSet("renderer")

    def start(self) -> None:
        self._tasks.spawn(self._run(), name="render")

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _run(self) -> None:
        missing = ways_of_answering(self._app.call_center)
        while missing:
            missing = [line for line in missing if not await self._render(line)]
            if missing:
                await self._app.clock.sleep(_RENDER_AGAIN_S)
        _log.info("phrases rendered", count=len(self._app.call_center.lines))

    async def _render(self, line: Line) -> bool:
        tts = self._app.tts(line)
        try:
            return await self._app.phrases(line).prepare(fixed_phrases(line), tts, deadline_s=_RENDER_S)
        finally:
            await tts.aclose()
