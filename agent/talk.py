"""The agent that talks: the persona around the framework's nodes, and what is said when one of them breaks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import aclosing
from typing import Any

from livekit import rtc
from livekit.agents import Agent, APIError, ModelSettings, StopResponse, llm

from agent.failures import Failure
from agent.speech.phrases import PhraseBook
from agent.speech.spoken import spoken_stream
from agent.trouble import Trouble
from agent.turns.answer import Bound, with_filler
from config.model import Line
from ops.tasks import TaskSet


class Talk(Agent):
    """One persona in one call. `ending`: is the call about to end, so that an empty answer is all right? `talk`: what
    was said before, to another worker. `heed`: is what the caller said dealt with already?"""

    def __init__(
        self,
        line: Line,
        *,
        instructions: str,
        tools: Sequence[llm.Tool | llm.Toolset],
        phrases: PhraseBook,
        trouble: Trouble,
        tasks: TaskSet,
        ending: Callable[[], bool],
        talk: llm.ChatContext | None = None,
    ) -> None:
        super().__init__(instructions=instructions, tools=list(tools), chat_ctx=talk or llm.ChatContext.empty())
        self._phrases, self._trouble, self._tasks = phrases, trouble, tasks
        self._line, self._ending = line, ending
        self.heed: Callable[[llm.ChatMessage], bool] = lambda message: False  # noqa: ARG005 - nobody else listens
        self._turn = 0  # of the caller, to which the newest answer is made

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncGenerator[llm.ChatChunk | str, None]:
        """The model's answer; a filler when it is slow, words of apology when it is down or says nothing."""
        bound, answered = Bound(), False
        self._turn = turn = _turn_of(chat_ctx)
        try:
            chunks = Agent.default.llm_node(self, one_system_message(chat_ctx), tools, model_settings)
            stream = with_filler(chunks, self._filler, _says_something, self._tasks)
            async with aclosing(chunks), aclosing(stream):
                async for chunk in stream:
                    piece = _bounded(chunk, bound)
                    answered = answered or _says_something(piece)
                    yield piece
                    if bound.full:
                        break
        except APIError as error:
            words = self._trouble.met(Failure.LLM_DOWN, type(error).__name__, turn=turn)
            yield f" {words}" if answered else words  # it may have broken off in mid-word
            return
        if answered or self._ending():
            self._trouble.mended(Failure.LLM_DOWN)
        else:
            yield self._trouble.met(Failure.LLM_DOWN, "empty answer", turn=turn)

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:  # noqa: ARG002
        """What was said to somebody else, the model does not hear."""
        if self.heed(new_message):
            raise StopResponse

    def _filler(self) -> str:
        return self._trouble.met(Failure.LLM_SLOW, turn=self._turn) + " "

    async def tts_node(
        self, text: AsyncIterable[str], model_settings: ModelSettings
    ) -> AsyncGenerator[rtc.AudioFrame, None]:
        """The answer as audio; where the speech server breaks, a phrase that was rendered before."""
        try:
            frames = Agent.default.tts_node(self, spoken_stream(text, self._line.language), model_settings)
            async with aclosing(frames):
                async for frame in frames:
                    yield frame
            self._trouble.mended(Failure.TTS_DOWN)
        except APIError as error:
            words = self._trouble.met(Failure.TTS_DOWN, type(error).__name__, turn=self._turn)
            phrase = self._phrases.frames(words)
            if phrase is not None:
                async for frame in phrase:
                    yield frame


def one_system_message(chat_ctx: llm.ChatContext) -> llm.ChatContext:
    """The same talk with every system message folded into the first: some chat templates answer 400 to a later one."""
    system = [i for i in chat_ctx.items if isinstance(i, llm.ChatMessage) and i.role in ("system", "developer")]
    if len(system) <= 1:
        return chat_ctx
    first = system[0].model_copy(update={"content": ["\n\n".join(m.text_content or "" for m in system)]})
    rest = [i for i in chat_ctx.items if not (isinstance(i, llm.ChatMessage) and i.role in ("system", "developer"))]
    return llm.ChatContext([first, *rest])


def _turn_of(chat_ctx: llm.ChatContext) -> int:
    return sum(isinstance(item, llm.ChatMessage) and item.role == "user" for item in chat_ctx.items)


def _bounded(chunk: Any, bound: Bound) -> Any:
    text = chunk if isinstance(chunk, str) else (chunk.delta.content if chunk.delta else None)
    if not text:
        return chunk
    kept = bound.take(text)
    return chunk if kept == text or (not isinstance(chunk, str) and chunk.delta.tool_calls) else kept


def _says_something(chunk: Any) -> bool:
    if isinstance(chunk, str):
        return bool(chunk.strip())
    return bool(chunk.delta and (chunk.delta.tool_calls or (chunk.delta.content or "").strip()))
