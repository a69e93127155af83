"""The one place that picks adapters. A job process builds its own App from the same settings as the parent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from livekit import rtc
from livekit.agents import inference, llm, stt, vad

from agent import flags
from agent.cards.safe import HttpsSafe, Safe
from agent.chat_model import ChatModel
from agent.diary.diary import Diary
from agent.errors import BadStart
from agent.journal_metrics import JournalMetrics
from agent.leftovers import Leftovers
from agent.outbound.opt_out_files import OptOutFiles
from agent.outbound.opt_outs_left import OptOutsLeft
from agent.settings import Settings
from agent.speech.phrases import PhraseBook
from agent.speech.riva import RivaSTT
from agent.speech.stock import stock_riva
from agent.speech.tts import SpeechTTS
from agent.speech.voice_track import VoiceTrack
from agent.spool.keeper import Keeper
from agent.spool.place import Place
from agent.spool.spool import Spool
from agent.tools import take_card
from agent.tools.registry import KNOWN
from agent.turns.detector import PatientDetector
from calls.journal import Journal
from calls.ports import Recorder, StateStore
from calls.stores.connect import executor
from calls.stores.executor import Executor
from calls.stores.flag_key import FlagKey
from calls.stores.keyspace import Keep, KeyspaceStore
from calls.stores.memory import MemoryStore
from calls.stores.memory_permits import MemoryPermits
from calls.stores.permit_keys import PermitKeys
from config.load import load
from config.model import CallCenter, Line
from ops.clock import Clock, SystemClock
from recording.bucket import Bucket
from recording.egress import LiveKitRecorder

_LLM_ATTEMPT_S = 4.0  # a model that has not begun to answer by then is asked elsewhere


@dataclass(frozen=True)
class App:
    """What a call needs, made when it needs it. Nothing here is connected."""

    settings: Settings
    call_center: CallCenter
    clock: Clock = field(default_factory=SystemClock)

    def stt(self, line: Line) -> stt.STT[Any]:
        hearing = self.settings.hearing
        if hearing.plugin == "nvidia":
            return stock_riva(
                uri=hearing.uri,
                ssl=hearing.ssl,
                model=hearing.model,
                api_key=hearing.api_key.get_secret_value(),
                language=line.language,
            )
        return RivaSTT(hearing.uri, ssl=hearing.ssl, model=hearing.model, language=line.language)

    def llm(self) -> llm.LLM[Any]:
        t = self.settings.thinking
        first = ChatModel(t.base_url, t.model, t.api_key.get_secret_value())
        if t.fallback_base_url is None:
            return first
        second = ChatModel(t.fallback_base_url, t.fallback_model, t.fallback_api_key.get_secret_value())
        return llm.FallbackAdapter([first, second], attempt_timeout=_LLM_ATTEMPT_S, max_retry_per_llm=0)

    def tts(self, line: Line) -> SpeechTTS:
        s = self.settings.speaking
        return SpeechTTS(
            s.base_url, api_key=s.api_key.get_secret_value(), model=s.model, voice=line.voice, language=line.language
        )

    def vad(self) -> vad.VAD:
        return inference.VAD(model="silero")  # in process, from the wheel: no download, no connection

    def turn_detector(self, line: Line) -> PatientDetector:
        # The version is never left out: in `dev` and `console` the default is the cloud model.
        return PatientDetector(inference.TurnDetector(version="v1-mini"), self.clock, language=line.language)

    def phrases(self, line: Line) -> PhraseBook:
        s = self.settings.speaking
        return PhraseBook(
            self.settings.worker.state_dir / "phrases",
            base_url=s.base_url,
            model=s.model,
            voice=line.voice,
            language=line.language,
        )

    @property
    def diary(self) -> Diary:
        return Diary(self.settings.worker.state_dir / "diary.sqlite3")

    def store(self, call_id: str = "", persona: str = "") -> StateStore:
        """The store of this call: flags may send it another way than STATE_URL says, to the same data."""
        url = self.settings.state.url
        if self.state_is_shared and call_id:
            url = flags.choose(self.settings.state, flags.read(self.settings.worker.state_dir), call_id, persona)
        return STORES[urlsplit(url).scheme](url, self.settings)

    def flag_poll(self) -> flags.FlagPoll:
        """Keeps the flags that `store` reads; asks nobody where the state is this process' own."""
        state = self.settings.state
        urls = flags.routes(state) if self.state_is_shared else []
        keepers = [FlagKey(_executor(url, self.settings), prefix=state.prefix) for url in urls]
        return flags.FlagPoll(keepers, self.settings.worker.state_dir, self.clock)

    def stores(self) -> list[StateStore]:
        """Every way to the shared state, STATE_URL first; none where the state is this process' own."""
        urls = flags.routes(self.settings.state) if self.state_is_shared else []
        return [STORES[urlsplit(url).scheme](url, self.settings) for url in urls]

    @asynccontextmanager
    async def permits(self) -> AsyncIterator[PermitKeys | MemoryPermits]:
        """Consents, opt-outs and tallies, over a connection of its own for as long as the block lasts."""
        if not self.state_is_shared:
            yield MemoryPermits(self.clock)
            return
        store = _executor(self.settings.state.url, self.settings)
        try:
            yield PermitKeys(store, prefix=self.settings.state.prefix)
        finally:
            await store.aclose()

    @property
    def state_is_shared(self) -> bool:
        """Can another worker take a call over, because the state is not this process' alone?"""
        return urlsplit(self.settings.state.url).scheme != "memory"

    @property
    def spill_dir(self) -> Path:
        return self.settings.worker.state_dir / "spill"

    @property
    def opt_out_files(self) -> OptOutFiles:
        return OptOutFiles(self.settings.worker.state_dir / "opt-outs")

    def journal(self, store: StateStore) -> Journal:
        return Journal(store, self.clock, spill_dir=self.spill_dir, observer=JournalMetrics())

    def leftovers(self) -> Leftovers:
        """Brings what job processes left on disk to the shared state."""
        left = OptOutsLeft(self.opt_out_files, self.permits)
        return Leftovers(self.stores(), self.spill_dir, self.clock, opt_outs=left)

    @property
    def _spools(self) -> Place:
        return Place(self.settings.worker.state_dir / "recordings")

    def recorder(self) -> Recorder:
        """A connection of its own to what records rooms."""
        livekit = self.settings.livekit
        return LiveKitRecorder(livekit.url, livekit.api_key, livekit.api_secret.get_secret_value())

    def safe(self) -> Safe | None:
        """Where card numbers go; None: none is taken."""
        cards = self.settings.cards
        return HttpsSafe(cards.safe_url, cards.safe_token.get_secret_value()) if cards.safe_url else None

    def offered(self, tools: Sequence[str]) -> list[str]:
        """Those of `tools` that have what they need here."""
        return [name for name in tools if name != take_card.TOOL.name or self.settings.cards.safe_url]

    def spool(self, room: rtc.Room, voice: VoiceTrack | None) -> Spool:
        """This worker's own track of a call."""
        return Spool(room, voice, self._spools, self.clock)

    def spool_keeper(self) -> Keeper:
        """Deletes what job processes kept of calls, or brings it to the bucket."""
        return Keeper(self.stores(), self._bucket(), self._spools, self.clock)

    def _bucket(self) -> Bucket | None:
        """None: no bucket is configured."""
        if not self.settings.recording.bucket:
            return None
        from recording.gcs import GcsBucket  # the parent's alone: a job process need not load Google's library

        return GcsBucket(self.settings.recording)


def build(settings: Settings) -> App:
    """Read the call center's configuration and check what can be checked without a connection.

    Raises config.problems.ConfigError (with file and line) and BadStart.
    """
    if problems := _wrong_state(settings):
        raise BadStart(problems)
    hearing = settings.hearing
    if hearing.plugin == "nvidia" and hearing.ssl and not hearing.api_key.get_secret_value():
        raise BadStart(["NVIDIA_API_KEY is not set: STT_PLUGIN=nvidia over TLS is NVIDIA's hosted endpoint"])
    return App(settings, load(settings.worker.call_center_config, known_tools=KNOWN))


def _memory(url: str, settings: Settings) -> StateStore:  # noqa: ARG001 - one signature for all
    path = urlsplit(url).path
    return MemoryStore(Path(path)) if path else MemoryStore()


def _shared(url: str, settings: Settings) -> StateStore:
    keep = Keep(closed_s=settings.state.keep_days * 24 * 3600.0)
    return KeyspaceStore(_executor(url, settings), prefix=settings.state.prefix, keep=keep)


def _executor(url: str, settings: Settings) -> Executor:
    """Raises ValueError for a URL or a key that is none."""
    state = settings.state
    return executor(url, api_key=state.api_key.get_secret_value(), signing_key=state.signing_key.get_secret_value())


def _wrong_state(settings: Settings) -> list[str]:
    """What is wrong with the ways to the state, before the first call finds out."""
    found = []
    for url in flags.routes(settings.state):
        try:
            STORES[urlsplit(url).scheme](url, settings)
        except ValueError as error:
            found.append(f"STATE_URL: {error}")
    return found


STORES: dict[str, Callable[[str, Settings], StateStore]] = {
    "memory": _memory,
    "redis": _shared,
    "rediss": _shared,
    "http": _shared,
    "https": _shared,
}
