"""The agent has one code path: on one machine it gets the names that production sets, and nothing of the shell's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.settings import MODELS as AGENT
from control import settings as control
from local import environment, gcs_server
from local.info import StackInfo
from local.ports import Ports
from ops.settings import Settings, variables
from state_gateway import settings as gateway
from state_gateway.storage.settings import StorageSettings
from tts_server import settings as tts


def _for_agent(tmp_path: Path) -> dict[str, str]:
    return environment.for_agent(_info(tmp_path), Ports(), tmp_path, tmp_path / "callcenter.yaml")


def _info(tmp_path: Path) -> StackInfo:
    return StackInfo.of(Ports(), tmp_path, ("+15550100001",), "receptionist", ("key", "secret"))


def _read_by(models: Mapping[str, type[Settings]]) -> set[str]:
    return {name for model in models.values() for name in variables(model)}


def test_no_proxy_gets_between_processes_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """With HTTP_PROXY set in the shell, the worker would ask the proxy for its own speech server."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    given = environment.base(environment.Operator())
    assert not {"HTTPS_PROXY", "PYTHONPATH"} & given.keys()
    assert given["PATH"]


def test_a_service_elsewhere_makes_its_stand_in_needless(monkeypatch: pytest.MonkeyPatch) -> None:
    """`LLM_BASE_URL=... make run` is all it takes to point the call centre at your own vLLM."""
    monkeypatch.setenv("LLM_BASE_URL", "http://gpu.example:8000/v1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    operator = environment.Operator.from_environment()
    assert operator.needless == {"llm"}
    assert operator.variables["LLM_BASE_URL"] == "http://gpu.example:8000/v1"
    assert environment.base(operator)["HTTPS_PROXY"] == "http://proxy:3128", "it may be the only way there"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """`RIVA_URI= make run` says nothing."""
    monkeypatch.setenv("RIVA_URI", "")
    assert environment.Operator.from_environment().needless == frozenset()


def test_the_agent_is_pointed_at_the_services_of_the_stack(tmp_path: Path) -> None:
    given = _for_agent(tmp_path)
    assert given["STATE_URL"] == "redis://127.0.0.1:7480/0"
    assert given["LIVEKIT_URL"] == "ws://127.0.0.1:7880"
    assert given["TTS_BASE_URL"] == "http://127.0.0.1:8200/v1"


def test_every_name_is_one_that_the_product_reads(tmp_path: Path) -> None:
    """The names are an interface: one misspelt here would leave the agent on its default, in silence."""
    read = _read_by(AGENT)
    assert _for_agent(tmp_path).keys() <= read
    assert set(environment.PASSED_ON) <= read
    assert environment.for_control(_info(tmp_path), Ports(), tmp_path).keys() <= _read_by(control.MODELS)
    assert gcs_server.for_recordings(1).keys() <= read & _read_by(control.MODELS)
    gateway_reads = _read_by(gateway.MODELS) | _read_by({"storage": StorageSettings})
    assert environment.for_gateway(_info(tmp_path), Ports()).keys() <= gateway_reads
    assert environment.for_tts(Ports()).keys() <= _read_by(tts.MODELS)
