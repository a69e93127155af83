"""The framework's session for one call: the models, how turns are taken, and the deadlines of every call outside."""

from __future__ import annotations

from livekit.agents import AgentSession, APIConnectOptions
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions

from agent import turns
from agent.build import App
from config.model import Line

# The speech client and the Riva client retry by themselves, nearer to the failure. Errors never close the session by
# their number: agent/trouble.py decides, and says so to the caller.
_CONNECT = SessionConnectOptions(
    stt_conn_options=APIConnectOptions(max_retry=3, retry_interval=0.3, timeout=5.0),
    llm_conn_options=APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=4.0),
    tts_conn_options=APIConnectOptions(max_retry=0, retry_interval=0.1, timeout=5.0),
    max_unrecoverable_errors=1_000_000,
)
# Caller audio in frames of 20 ms, not 50: 30 ms earlier at every step that follows. Room closing is ours (live_call).
_ROOM_INPUT = AudioInputOptions(sample_rate=24_000, num_channels=1, frame_size_ms=20, pre_connect_audio=False)

DEAF_AFTER_S = 3.0  # the caller spoke for a while and no transcript came


def session_for(app: App, line: Line) -> AgentSession[None]:
    """A session with the line's models. Nothing is connected yet."""
    return AgentSession[None](
        stt=app.stt(line),
        llm=app.llm(),
        tts=app.tts(line),
        vad=app.vad(),
        turn_handling=turns.handling(app.turn_detector(line)),
        max_tool_steps=4,
        aec_warmup_duration=None,  # on a phone nothing echoes, and for its 3 s the caller could not interrupt
        user_away_timeout=None,  # agent/turns/silence.py
        transcription_timeout=DEAF_AFTER_S,
        conn_options=_CONNECT,
    )


def room_options(identity: str | None) -> RoomOptions:
    """How the session sits in the room; `identity` is the caller's. The output is agent/speech/voice_track.py."""
    options = RoomOptions(audio_input=_ROOM_INPUT, audio_output=False, text_input=False, close_on_disconnect=False)
    if identity is not None:
        options.participant_identity = identity
    return options
