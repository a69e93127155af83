"""The environment of the stack's processes. The one module of local/ that reads this process' own.

The product's names are an interface: the same on one machine, on Kubernetes and on serverless GPUs. A name of
`ELSEWHERE` in the operator's environment points the agent at that service, and its stand-in is not started.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.info import StackInfo
from local.paths import CALL_CENTER
from local.ports import HOST, Ports

AGENT_NAME = "receptionist"
API_KEY = "devkey"
API_SECRET = "devsecret-for-this-machine-only-0123456789"  # noqa: S105 - guards a server that listens on loopback only
CONTROL_API_KEY = "control-key-for-this-machine-only-0123456789"
SIGNING_ROOT = "signing-root-for-this-machine-only-0123456789"

# What a process needs to find programs, a home, a language and a place for temporary files. Nothing else is passed on:
# no proxy gets between processes on loopback, and a stray variable of the shell changes nothing.
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "XDG_CACHE_HOME")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "SSL_CERT_FILE")

ELSEWHERE: Mapping[str, str] = {"RIVA_URI": "riva", "LLM_BASE_URL": "llm", "TTS_BASE_URL": "tts"}
"""A variable of the caller's environment -> the process that it makes needless."""

PASSED_ON = (
    *("RIVA_URI", "RIVA_SSL", "RIVA_MODEL", "STT_PLUGIN", "NVIDIA_API_KEY"),
    *("LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY"),
    *("LLM_FALLBACK_BASE_URL", "LLM_FALLBACK_MODEL", "LLM_FALLBACK_API_KEY"),
    *("TTS_BASE_URL", "TTS_MODEL", "TTS_API_KEY"),
    *("CALL_CENTER_CONFIG", "AGENT_MAX_CALLS", "AGENT_WARM_PROCESSES", "AGENT_DRAIN_S", "LOG_FORMAT", "LOG_PII"),
)


@dataclass(frozen=True, slots=True)
class Operator:
    """What the person at the keyboard set: variables that go on to the agent, and what they make needless."""

    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls) -> Operator:
        return cls({name: os.environ[name] for name in PASSED_ON if os.environ.get(name)})  # noqa: TID251

    @property
    def needless(self) -> frozenset[str]:
        """Processes that need not be started: their work is done elsewhere."""
        return frozenset(process for name, process in ELSEWHERE.items() if name in self.variables)


@dataclass(frozen=True, slots=True)
class Server:
    """A LiveKit server that is not ours to start, by the names the agent reads; default: that of compose.yaml."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    agent_name: str

    @classmethod
    def from_environment(cls) -> Server:
        def given(name: str, default: str) -> str:
            return os.environ.get(name) or default  # noqa: TID251

        return cls(
            given("LIVEKIT_URL", f"ws://{HOST}:{Ports().livekit}"),
            given("LIVEKIT_API_KEY", API_KEY),
            given("LIVEKIT_API_SECRET", API_SECRET),
            given("AGENT_NAME", AGENT_NAME),
        )


def base(operator: Operator) -> dict[str, str]:
    """What every process gets. Proxies only where the operator pointed something at another machine."""
    kept = (*_KEPT, *_PROXIES) if operator.needless else _KEPT
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1"}  # noqa: TID251


def for_tools() -> dict[str, str]:
    """The whole environment of this process, for compilers and installers: they know their own variables best."""
    return dict(os.environ)  # noqa: TID251


def for_agent(info: StackInfo, ports: Ports, data_dir: Path, config: Path) -> dict[str, str]:
    """The worker's environment: the product's names, and nothing that production would not set."""
    return {
        "LIVEKIT_URL": info.livekit_url,
        "LIVEKIT_API_KEY": info.api_key,
        "LIVEKIT_API_SECRET": info.api_secret,
        "AGENT_NAME": info.agent_name,
        "AGENT_HTTP_HOST": HOST,
        "AGENT_HTTP_PORT": str(ports.agent),
        "AGENT_STATE_DIR": str(data_dir / "agent"),
        "CALL_CENTER_CONFIG": str(config),
        "RIVA_URI": info.riva_uri,
        "RIVA_SSL": "false",
        "LLM_BASE_URL": info.llm_base_url,
        "LLM_MODEL": "scripted-receptionist",
        "LLM_API_KEY": "none",
        "TTS_BASE_URL": info.tts_base_url,
        "STATE_URL": info.state_url,
        "LOG_FORMAT": "json",
        "METRICS_PORT": str(ports.metrics),
    }


def for_control(info: StackInfo, ports: Ports, config: Path | None = None) -> dict[str, str]:
    """The always-on service's environment. With a configuration it takes orders to call."""
    orders = {} if config is None else {"CONTROL_API_KEY": CONTROL_API_KEY, "CALL_CENTER_CONFIG": str(config)}
    return {
        **orders,
        "CONTROL_HOST": HOST,
        "CONTROL_PORT": str(ports.control),
        "LIVEKIT_URL": info.livekit_url,
        "LIVEKIT_API_KEY": info.api_key,
        "LIVEKIT_API_SECRET": info.api_secret,
        "AGENT_NAME": info.agent_name,
        "STATE_URL": info.state_url,
        "LOG_FORMAT": "json",
    }


def for_gateway(info: StackInfo, ports: Ports) -> dict[str, str]:
    """The state gateway's environment, before the agent's own store."""
    return {
        "STATE_GATEWAY_HOST": HOST,
        "STATE_GATEWAY_PORT": str(ports.gateway),
        "STATE_GATEWAY_REDIS_URL": info.state_url,
        "STATE_GATEWAY_KEYS_FILE": str(info.data_dir / "gateway" / "clients.json"),
        "STATE_GATEWAY_SIGNING_ROOT": SIGNING_ROOT,
        "LOG_FORMAT": "json",
    }


def for_sip(server: Server, config: Path) -> dict[str, str]:
    """Of `python -m sip`. With the whole environment of this process: callcenter.yaml may refer to any secret in it."""
    return {
        **os.environ,  # noqa: TID251
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
        "AGENT_NAME": server.agent_name,
        "CALL_CENTER_CONFIG": str(config.resolve()),
    }


def for_console(info: StackInfo, operator: Operator) -> dict[str, str]:
    """A second agent's, for the person who runs the stack: no port and no file in the first one's way."""
    given = for_agent(info, Ports(agent=0), info.data_dir, CALL_CENTER)
    del given["METRICS_PORT"]
    return {**given, "AGENT_STATE_DIR": str(info.data_dir / "console"), "LOG_FORMAT": "console", **operator.variables}


def for_terminal(operator: Operator) -> dict[str, str]:
    """This process' own, for a program that needs the terminal and the desktop's sound; proxies as in `base`."""
    left_out = {"METRICS_PORT"} if operator.needless else {"METRICS_PORT", *_PROXIES}
    return {name: value for name, value in os.environ.items() if name not in left_out}  # noqa: TID251


def for_tts(ports: Ports) -> dict[str, str]:
    """The speech server's environment."""
    return {"TTS_SERVER_HOST": HOST, "TTS_SERVER_PORT": str(ports.tts), "LOG_FORMAT": "json"}
