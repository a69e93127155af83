"""What a line decides about its calls, apart from the words of its persona: silence, length, long turns, disclosure,
recording.

Policy is enforced by code, never by the prompt. Values come from config/callcenter.yaml (`policy:` of a line or of the
whole call centre); the defaults here are what a line without that block gets, in English. Other languages' words are
in config/phrases. Times are seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

# Words that say "a machine is talking", as whole words of the first sentence. Languages without an entry get the
# disclosure's own words put in front: said twice is harmless, unsaid is not.
_SAYS_AI = re.compile(
    r"\b(AI|A\.I\.|KI|IA|artificial intelligence|automated|robot|(virtual|digital|voice) assistant)(?!\w)",
    re.IGNORECASE,
)
_FIRST_SENTENCE = re.compile(r"^.*?[.!?](?=\s|$)(?<!A\.I\.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """A caller who says nothing is asked `prompts` times, each after `prompt_after_s` of silence, then told goodbye.

    The defaults: 8 s leaves someone the time to look for a pen, and two prompts make the call end about 24 s after the
    caller fell silent.
    """

    prompts: int = 2
    prompt_after_s: float = 8.0
    words: tuple[str, ...] = ("Are you still there?", "I can't hear you. If you can hear me, please say something.")
    farewell: str = "I can't hear anything, so I'll end the call now. Please call again any time. Goodbye."

    def prompt(self, asked: int) -> str | None:
        """What to say to a silent caller who was already asked `asked` times; None: say `farewell` and end."""
        if asked >= self.prompts:
            return None
        return self.words[min(asked, len(self.words) - 1)]


@dataclass(frozen=True, slots=True)
class LengthPolicy:
    """No call lasts longer than `max_duration_s` from the answer; `warn_before_s` earlier the caller is told.

    30 minutes is far more than a call to a reception needs, and bounds what a forgotten open line costs. 0 for
    `warn_before_s`: no warning. `with_person_s`, also from the answer, is for a call that was put through to somebody:
    the default is a minute before the trunk ends it without a word (sip/lines).
    """

    max_duration_s: float = 1800.0
    warn_before_s: float = 60.0
    warning: str = "Just so you know, we have about a minute left on this call."
    farewell: str = "I'm sorry, we have reached the end of the time for this call. Please call again. Goodbye."
    with_person_s: float = 3240.0

    @property
    def longest_s(self) -> float:
        """Of a call that was put through to somebody: never less than of one that was not."""
        return max(self.max_duration_s, self.with_person_s)


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """A caller who talks for `max_turn_s` without a pause is politely stopped, so that the talk stays a talk.

    60 s is about 150 words: a spoken account of a problem rarely needs more before it is worth repeating back.
    """

    max_turn_s: float = 60.0
    words: str = "Sorry to stop you there. Let me make sure that I have understood you so far."


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Must the caller hear in the first sentence that an AI is talking? `words` go before a greeting that lacks it."""

    ai: bool = True
    words: str = "Hello, you're speaking with an AI assistant."

    def applied_to(self, greeting: str) -> str:
        """`greeting`, with `words` in front unless its first sentence already says so, or the policy is off."""
        if not self.ai or says_ai(greeting):
            return greeting
        return f"{self.words} {greeting}".strip()


class RecordingMode(StrEnum):
    OFF = "off"
    BEST_EFFORT = "best_effort"  # what cannot be recorded is alarmed, and the call goes on
    REQUIRED = "required"  # no recording, no call
    ON_CONSENT = "on_consent"  # the caller is asked


@dataclass(frozen=True, slots=True)
class RecordingPolicy:
    """Is a call recorded, what is the caller told of it, and for how long is it kept?

    `notice` is said before anything is recorded, and heard to its end; with `on_consent` it is `question` instead.
    `start_s` is how long egress may take to be seen active; the real one takes about a second. `keep_days` counts from
    the call's end. `unavailable_transfer` is one of the line's people, to whom the carrier hands a caller whose call
    must be recorded and is not; None: it ends.
    """

    mode: RecordingMode = RecordingMode.OFF
    notice: str = "This call is being recorded."
    question: str = "May I record this call?"
    declined: str = "Alright, this call is not recorded."
    unavailable: str = (
        "I'm sorry, this call can't be recorded at the moment, and so I can't take it. Please call again later."
    )
    start_s: float = 5.0
    keep_days: int = 90
    unavailable_transfer: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy of one line."""

    silence: SilencePolicy = field(default_factory=SilencePolicy)
    length: LengthPolicy = field(default_factory=LengthPolicy)
    turn: TurnPolicy = field(default_factory=TurnPolicy)
    disclosure: Disclosure = field(default_factory=Disclosure)
    recording: RecordingPolicy = field(default_factory=RecordingPolicy)

    @property
    def max_duration_s(self) -> float:
        return self.length.max_duration_s

    @property
    def max_turn_s(self) -> float:
        return self.turn.max_turn_s


def says_ai(greeting: str) -> bool:
    """Does the first sentence of `greeting` say that a machine is talking?"""
    first = _FIRST_SENTENCE.match(greeting)
    return bool(_SAYS_AI.search(first.group() if first else greeting))


def first_sentence(greeting: str) -> tuple[str, str]:
    """`greeting` in two: its first sentence, in which a machine says that it is one, and what comes after it."""
    found = _FIRST_SENTENCE.match(greeting)
    if found is None:
        return greeting, ""
    return found.group(), greeting[found.end() :].strip()
