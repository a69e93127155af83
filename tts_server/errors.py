"""What can go wrong, by what the caller of the server can do about it: wait, ask differently, or call the operator."""

from __future__ import annotations


class SpeechError(Exception):
    """Base. The message names no text of the request: it may be logged and shown (`log_safe`)."""

    log_safe = True


class EngineFull(SpeechError):
    """Healthy, but busy: the same request is worth sending again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("every voice is busy")
        self.retry_after_s = retry_after_s


class EngineBroken(SpeechError):
    """The engine failed or fell silent: a retry may help once, the operator must look if it stays."""

    def __init__(self, engine: str, what: str) -> None:
        super().__init__(f"engine {engine}: {what}")
        self.engine = engine


class UnknownVoice(SpeechError):
    """No such voice: `known` are the names that would have worked. Retrying is useless."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("unknown voice; known voices: " + ", ".join(known))
        self.known = known


class WrongLanguage(SpeechError):
    """The voice does not speak the language that was asked for. Retrying is useless."""

    def __init__(self, voice: str, languages: tuple[str, ...]) -> None:
        super().__init__(f"voice {voice} speaks {', '.join(languages)} only")


class NothingSpoken(SpeechError):
    """The text has letters, but the voice made no sound of them (another script, most often). Retrying is useless."""

    def __init__(self, voice: str) -> None:
        super().__init__(f"voice {voice} cannot speak this text: choose a voice of its language (GET /v1/voices)")


class NoEngine(SpeechError):
    """Nothing on this machine can speak: the operator installs an engine."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        super().__init__(
            f"none of the engines {', '.join(wanted)} can run here. "
            "Install one: apt-get install espeak-ng flite, or pip install espeakng-loader"
        )
