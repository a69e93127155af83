"""The shape of callcenter.yaml and of a persona's front matter: keys, types, limits and what each key means.

The descriptions are what an editor shows: `python -m config.schema` writes them into callcenter.schema.json.
A new key of a line is a field here and one in config/model.py; of its telephone side in config/telephony*.py.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from calls.policy import (
    Disclosure,
    LengthPolicy,
    Policy,
    RecordingMode,
    RecordingPolicy,
    SilencePolicy,
    TurnPolicy,
)
from config.persona_data import MAX_VALUE
from config.shape_base import Day, Greeting, Hours, Language, Name, Number, Shape, Tools, Words, is_zone
from config.telephony_shape import CarrierShape, TelephonyShape

DataName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

_POLICY = Policy()


class WeekShape(Shape):
    """A day that is not written is a closed day."""

    monday: Hours = []
    tuesday: Hours = []
    wednesday: Hours = []
    thursday: Hours = []
    friday: Hours = []
    saturday: Hours = []
    sunday: Hours = []


class PracticeShape(Shape):
    name: Annotated[Words, Field(description="As it is spoken: {{practice_name}} in prompts and greetings.")]
    address: Annotated[Words, Field(description="As it is spoken: {{practice_address}}.")]
    time_zone: Annotated[str, AfterValidator(is_zone), Field(description="IANA name, such as Europe/London.")]
    hours: Annotated[WeekShape, Field(description='Opening hours of each weekday: ["08:30-12:30", "13:30-18:00"].')]
    closed_on: Annotated[list[Day], Field(max_length=400, description="Single closed days, YYYY-MM-DD.")] = []
    slot_minutes: Annotated[int, Field(ge=5, le=240, description="Length of an appointment in minutes.")] = 30
    horizon_days: Annotated[int, Field(ge=1, le=730, description="How far ahead appointments may be booked.")] = 60


class VoiceShape(Shape):
    id: Annotated[str, StringConstraints(min_length=1, max_length=200), Field(description="The speech server's voice.")]
    language: Annotated[Language, Field(description="BCP 47 tag of what the voice speaks, such as en-US.")]


class SilenceShape(Shape):
    prompts: Annotated[int, Field(ge=0, le=5, description="How often a silent caller is asked before goodbye.")] = (
        _POLICY.silence.prompts
    )
    prompt_after_s: Annotated[float, Field(ge=2, le=120, description="Seconds of silence before each.")] = (
        _POLICY.silence.prompt_after_s
    )
    words: Annotated[list[Words], Field(min_length=1, max_length=5)] = list(_POLICY.silence.words)
    farewell: Words = _POLICY.silence.farewell


class LengthShape(Shape):
    max_duration_s: Annotated[float, Field(ge=30, le=14400, description="Longest call in seconds.")] = (
        _POLICY.length.max_duration_s
    )
    warn_before_s: Annotated[float, Field(ge=0, le=600, description="Seconds before the end; 0: no warning.")] = (
        _POLICY.length.warn_before_s
    )
    warning: Words = _POLICY.length.warning
    farewell: Words = _POLICY.length.farewell
    with_person_s: Annotated[
        float, Field(ge=30, le=3240, description="Longest call in seconds where the caller is put through to a person.")
    ] = _POLICY.length.with_person_s


class TurnShape(Shape):
    max_turn_s: Annotated[float, Field(ge=5, le=600, description="Longest uninterrupted speech of a caller.")] = (
        _POLICY.turn.max_turn_s
    )
    words: Words = _POLICY.turn.words


class DisclosureShape(Shape):
    ai: Annotated[bool, Field(description="The caller hears in the first sentence that an AI is talking.")] = (
        _POLICY.disclosure.ai
    )
    words: Annotated[Words, Field(description="Put before a greeting whose first sentence does not say so.")] = (
        _POLICY.disclosure.words
    )


class RecordingShape(Shape):
    mode: Annotated[
        Literal["off", "best_effort", "required", "on_consent"],
        Field(
            description="required: no recording, no call. on_consent: the caller is asked. best_effort: else alarmed."
        ),
    ] = _POLICY.recording.mode.value
    notice: Annotated[Words, Field(description="Said, and heard to its end, before anything is recorded.")] = (
        _POLICY.recording.notice
    )
    question: Annotated[Words, Field(description="Asked instead of the notice with on_consent.")] = (
        _POLICY.recording.question
    )
    declined: Words = _POLICY.recording.declined
    unavailable: Annotated[Words, Field(description="Said where a required recording does not begin.")] = (
        _POLICY.recording.unavailable
    )
    start_s: Annotated[float, Field(ge=0.5, le=60, description="Seconds until it must be seen to record.")] = (
        _POLICY.recording.start_s
    )
    keep_days: Annotated[int, Field(ge=1, le=36500, description="Days until it is deleted.")] = (
        _POLICY.recording.keep_days
    )

    unavailable_transfer: Annotated[
        Name | None,
        Field(
            description="With required: a name under the line's `transfer`, whom the caller is handed on to instead."
        ),
    ] = None

    def recording(self, default: RecordingPolicy) -> RecordingPolicy:
        return RecordingPolicy(
            RecordingMode(self.mode),
            self.written("notice", default.notice),
            self.written("question", default.question),
            self.written("declined", default.declined),
            self.written("unavailable", default.unavailable),
            self.start_s,
            self.keep_days,
            self.unavailable_transfer,
        )


class PolicyShape(Shape):
    """Words that are not written are the line's language's, where there are such (English, German); shown: English."""

    silence: SilenceShape = SilenceShape()
    length: LengthShape = LengthShape()
    turn: TurnShape = TurnShape()
    disclosure: DisclosureShape = DisclosureShape()
    recording: RecordingShape = RecordingShape()

    def policy(self, default: Policy) -> Policy:
        """With the words of `default`, which are a language's, where none are written."""
        s, n, t, d = self.silence, self.length, self.turn, self.disclosure
        words = tuple(s.written("words", list(default.silence.words)))
        return Policy(
            SilencePolicy(s.prompts, s.prompt_after_s, words, s.written("farewell", default.silence.farewell)),
            LengthPolicy(
                n.max_duration_s,
                n.warn_before_s,
                n.written("warning", default.length.warning),
                n.written("farewell", default.length.farewell),
                n.with_person_s,
            ),
            TurnPolicy(t.max_turn_s, t.written("words", default.turn.words)),
            Disclosure(d.ai, d.written("words", default.disclosure.words)),
            self.recording.recording(default.recording),
        )


class LineShape(TelephonyShape):
    numbers: Annotated[list[Number], Field(max_length=500, description="Numbers in E.164; none: a web-only line.")] = []
    persona: Annotated[Name, Field(description="personas/<name>.md")]
    greeting: Annotated[Greeting | None, Field(description="Instead of the persona's.")] = None
    voice: Annotated[Name | None, Field(description="A name under `voices`; instead of the persona's.")] = None
    tools: Annotated[Tools | None, Field(description="Instead of the persona's.")] = None
    policy: Annotated[PolicyShape | None, Field(description="Instead of the call centre's `policy`, as a whole.")] = (
        None
    )


class WebShape(Shape):
    line: Annotated[Name, Field(description="The line that answers web callers.")]


Amount = Annotated[float, Field(ge=0, le=1_000_000)]


class PricesShape(Shape):
    """What a call costs: each price times what the call used. A price that is not written is 0."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217, such as EUR.")]
    per_call_minute: Annotated[Amount, Field(description="Carrier, LiveKit and worker, from first ring to end.")] = 0.0
    per_stt_gpu_second: Annotated[Amount, Field(description="A second of audio that the recogniser listened to.")] = 0.0
    per_llm_gpu_second: Annotated[Amount, Field(description="A second in which the model was at work for a call.")] = (
        0.0
    )
    per_tts_gpu_second: Annotated[Amount, Field(description="A second in which the speech server was at work.")] = 0.0
    per_1k_input_tokens: Annotated[Amount, Field(description="1000 tokens of prompt, cached ones included.")] = 0.0
    per_1k_output_tokens: Annotated[Amount, Field(description="1000 tokens of answer.")] = 0.0
    per_1k_characters: Annotated[Amount, Field(description="1000 characters sent to the speech server.")] = 0.0


class FileShape(Shape):
    """config/callcenter.yaml of Switchboard."""

    practice: PracticeShape
    voices: Annotated[dict[Name, VoiceShape], Field(min_length=1, max_length=100)]
    carriers: Annotated[dict[Name, CarrierShape], Field(max_length=50, description="Who carries the calls.")] = {}
    lines: Annotated[dict[Name, LineShape], Field(min_length=1, max_length=1000)]
    policy: PolicyShape = PolicyShape()
    web: WebShape | None = None
    default_line: Annotated[Name | None, Field(description="Answers numbers that no line has.")] = None
    prices: Annotated[PricesShape | None, Field(description="Meters each call's cost; none: no cost is kept.")] = None


class DatumShape(Shape):
    description: Annotated[Words, Field(description="What it is, for whoever orders the call.")]
    required: bool = True
    max_length: Annotated[int, Field(ge=1, le=MAX_VALUE, description="Characters.")] = 100


class FrontMatterShape(Shape):
    """The block between the two `---` lines at the top of personas/<name>.md."""

    greeting: Greeting
    voice: Name
    language: Language | None = None
    tools: Tools = []
    data: Annotated[dict[DataName, DatumShape], Field(max_length=20)] = {}
    outbound_greeting: Greeting | None = None
    voicemail: Words | None = None
