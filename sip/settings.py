"""What `python -m sip` reads from its environment, and the secrets that callcenter.yaml refers to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

import config.load as config
from config.model import CallCenter
from config.telephony import Login, SecretRef
from ops import settings as shared
from ops.store_settings import StoreSettings

_ROOT = Path(__file__).parent.parent
_Place = Annotated[Path, AfterValidator(lambda path: _ROOT / path), Field(validate_default=True)]


class Livekit(shared.Settings):
    """The server that gets the trunks and dispatch rules."""

    url: str = Field(
        validation_alias="LIVEKIT_URL",
        description="the server that gets the trunks and rules",
        pattern=r"^(wss?|https?)://\S+$",
    )
    api_key: str = Field(
        validation_alias="LIVEKIT_API_KEY", description="must be allowed to administer SIP", min_length=1
    )
    api_secret: SecretStr = Field(validation_alias="LIVEKIT_API_SECRET", min_length=1)


class Lines(shared.Settings):
    """What the lines are, and who answers them."""

    agent_name: str = Field(
        "receptionist", validation_alias="AGENT_NAME", description="whom dispatch rules ask for", min_length=1
    )
    call_center_config: _Place = Field(
        Path("config/callcenter.yaml"),
        validation_alias="CALL_CENTER_CONFIG",
        description="lines and carriers; counted from the repository's root",
    )


def _is_private(url: str) -> str:
    """A key goes with each request: in clear it goes to this machine only."""
    parts = urlsplit(url)
    if parts.username or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("write https://host and nothing else")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise ValueError("write https://: a key goes with each request (http:// to this machine only)")
    return url


_PrivateUrl = Annotated[str, AfterValidator(_is_private)]


class Twilio(shared.Settings):
    """Where Twilio is; its accounts are in callcenter.yaml."""

    api_url: _PrivateUrl = Field(
        "https://api.twilio.com", validation_alias="TWILIO_API_URL", description="accounts, numbers, credentials"
    )
    trunking_url: _PrivateUrl = Field(
        "https://trunking.twilio.com", validation_alias="TWILIO_TRUNKING_URL", description="trunks"
    )


class State(StoreSettings):
    """The store with consents, opt-outs and the audit of what was dialled: the agent's own."""

    url: str = Field(
        validation_alias="STATE_URL",
        description="the agent's own store: redis://, rediss://, or http(s):// of a state gateway",
        pattern=r"^(rediss?|https?)://\S+$",
    )


class Control(shared.Settings):
    """Where `dial` orders calls."""

    url: str = Field(
        "http://127.0.0.1:8400",
        validation_alias="CONTROL_URL",
        description="of `dial`: control's address",
        pattern=r"^https?://\S+$",
    )
    api_key: SecretStr = Field(
        validation_alias="CONTROL_API_KEY", description="of `dial`: control's own key", min_length=1
    )


@dataclass(frozen=True, slots=True)
class SipSettings:
    livekit: Livekit
    lines: Lines
    twilio: Twilio


MODELS: dict[str, type[shared.Settings]] = {
    "livekit": Livekit,
    "lines": Lines,
    "twilio": Twilio,
    "state": State,
    "control": Control,
}


def load() -> SipSettings:
    """Of `plan`, `apply` and `destroy`. Raises ops.settings.BadSettings with every mistake at once."""
    return SipSettings(**shared.load({name: MODELS[name] for name in ("livekit", "lines", "twilio")}))


def state() -> State:
    """Of `consent`, `optout` and `decisions`. Raises BadSettings."""
    found: State = shared.load({"state": State})["state"]
    return found


def control() -> Control:
    """Of `dial`. Raises BadSettings."""
    found: Control = shared.load({"control": Control})["control"]
    return found


def call_center(lines: Lines) -> CallCenter:
    """The configuration; which tools there are is the agent's to know. Raises config.problems.ConfigError."""
    return config.load(lines.call_center_config, known_tools=None)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A Login's name and secret themselves."""

    name: str
    secret: str = field(repr=False)


def credentials(login: Login) -> Credentials:
    """Raises BadSettings, with what is missing of both; never with a value."""
    found: list[str] = []
    problems: list[str] = []
    for ref in (login.name, login.secret):
        try:
            found.append(secret(ref))
        except shared.BadSettings as error:
            problems += error.problems
    if problems:
        raise shared.BadSettings(problems)
    return Credentials(*found)


def secret(ref: SecretRef) -> str:
    """What `ref` refers to, without white space around it; a file's path is counted from the repository's root.

    Raises BadSettings, naming the variable or the file, never what is in it.
    """
    if ref.env:
        value = os.environ.get(ref.env, "").strip()
        if not value:
            raise shared.BadSettings([f"{ref.env} is not set, and callcenter.yaml refers to it"])
    else:
        try:
            value = (_ROOT / ref.file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not text"
            raise shared.BadSettings([f"{ref.file}, which callcenter.yaml refers to, cannot be read: {why}"]) from None
        if not value:
            raise shared.BadSettings([f"{ref.file}, which callcenter.yaml refers to, is empty"])
    if not value.isprintable():
        raise shared.BadSettings([f"{ref}: line breaks or control characters in it; write the secret alone"])
    return value
