"""compose.yaml can't be run where there is no Docker engine: it is held to the Compose schema, and to `make run`.

The schema is compose-spec's, as the package check-jsonschema ships it (Apache-2.0).
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import environment, gcs_server, livekit_server, services
from local.info import StackInfo
from local.paths import CALL_CENTER, ROOT
from local.ports import Ports

_FILE = ROOT / "compose.yaml"
_HELD_IN_A_VOLUME = {
    "AGENT_STATE_DIR",
    "CALL_CENTER_CONFIG",
    "STATE_GATEWAY_KEYS_FILE",
}  # places in the container, not on this machine
_ORDERS = {"CONTROL_API_KEY", "CONTROL_WEBHOOK_SECRET", "CONTROL_WEBHOOK_HOSTS"}  # the operator's: unset, none is taken
_KEYS = {"STATE_API_KEY", "STATE_SIGNING_KEY"}  # the operator's, for a STATE_URL of a gateway


def _validate(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def _compose() -> dict[str, Any]:
    """The file as Compose reads it in an empty environment: `${NAME:-default}` is its default."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", _FILE.read_text())
    assert "${" not in text, "every variable has a default: `docker compose up` works with no environment at all"
    return dict(yaml.safe_load(text)["services"])


def _ports_in(text: str) -> set[int]:
    return {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", text)}


_SERVICES = _compose()
_PORTS = Ports()
_INFO = StackInfo.of(_PORTS, Path("/data"), (), environment.AGENT_NAME, (environment.API_KEY, environment.API_SECRET))


def test_it_is_a_compose_file() -> None:
    done = _validate(_FILE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"), [("healthcheck:", "helthcheck:"), ("condition: service_healthy", "condition: service_helthy")]
)
def test_the_schema_finds_what_is_misspelt(tmp_path: Path, right: str, wrong: str) -> None:
    """A validation that accepts everything would prove nothing."""
    path = tmp_path / "compose.yaml"
    path.write_text(_FILE.read_text().replace(right, wrong))
    assert _validate(path).returncode != 0


def test_every_image_is_pinned_to_a_version() -> None:
    """`latest` is another program every month."""
    images = [service["image"] for service in _SERVICES.values() if "image" in service]
    assert sorted(image.split(":")[0] for image in images) == [
        "fsouza/fake-gcs-server",
        "livekit/egress",
        "livekit/livekit-server",
        "livekit/sip",
        "redis",
        "redis",
    ]
    assert all(re.search(r":v?\d+\.\d+\.\d+(-\w+)?$", image) for image in images)


def test_livekit_is_the_version_and_the_configuration_of_make_run() -> None:
    livekit = _SERVICES["livekit"]
    assert livekit["image"] == livekit_server.IMAGE
    expected = livekit_server.config(_PORTS, environment.API_KEY, environment.API_SECRET, webhooks=True)
    assert yaml.safe_load(livekit["environment"]["LIVEKIT_CONFIG"]) == expected


def test_the_agent_gets_the_names_and_values_of_make_run() -> None:
    """One code path: what differs between the two is where files lie, and nothing else."""
    made = services.all_services(replace(_INFO, data_dir=Path("/data")), _PORTS, CALL_CENTER, {})
    expected = made["agent"].environment
    given = {name: str(value) for name, value in _SERVICES["agent"]["environment"].items()}
    wanted = expected.keys() | set(environment.PASSED_ON) | _KEYS
    assert given.keys() == wanted, "what an operator sets for the one, for both"
    differing = {name for name, value in expected.items() if given[name] != value}
    assert differing <= _HELD_IN_A_VOLUME


@pytest.mark.parametrize("name", ["control", "gateway"])
def test_a_service_gets_the_names_and_values_of_make_run(name: str) -> None:
    expected = services.all_services(_INFO, _PORTS, CALL_CENTER, {})[name].environment
    given = {name: str(value) for name, value in _SERVICES[name]["environment"].items()}
    assert given.keys() == expected.keys() | (_KEYS | _ORDERS if name == "control" else set())
    assert {name for name, value in expected.items() if given[name] != value} <= _HELD_IN_A_VOLUME | _ORDERS


def test_the_bucket_is_the_one_that_the_gateway_asks_for() -> None:
    """A bucket is a folder of its name, which a volume makes: nobody creates it by hand."""
    gcs = _SERVICES["gcs"]
    assert gcs["image"] == f"fsouza/fake-gcs-server:{gcs_server.VERSION}"
    assert gcs["command"] == list(gcs_server.arguments(_PORTS.gcs, Path("/data")))
    buckets = {"bucket": gcs_server.BUCKET, "recordings": gcs_server.RECORDINGS}
    assert gcs["volumes"] == [f"{volume}:/data/{bucket}" for volume, bucket in buckets.items()]


def test_the_calls_are_kept_as_make_run_keeps_them() -> None:
    """In a volume, and on disk within a second."""
    expected = services.all_services(replace(_INFO, data_dir=Path("/data")), _PORTS, CALL_CENTER, {})["state"].command
    state = _SERVICES["state"]
    assert state["command"] == [word.replace("/data/state", "/data") for word in expected]
    assert state["volumes"] == ["state:/data"]


def test_what_no_call_needs_is_started_on_demand() -> None:
    """`docker compose up` starts what a call needs, `--profile gateway` the rest too."""
    on_demand = {name for name, service in _SERVICES.items() if service.get("profiles") == ["gateway"]}
    assert on_demand == set(services.NAMES) - set(services.USUAL)


def test_an_operators_names_reach_the_agent() -> None:
    """A name with a fixed value here would be deaf to the shell's; these are, each for a reason."""
    written = yaml.safe_load(_FILE.read_text())["services"]["agent"]["environment"]
    fixed = {
        name
        for name in environment.PASSED_ON
        if written[name] is not None and not str(written[name]).startswith(f"${{{name}:-")
    }
    assert fixed == {"CALL_CENTER_CONFIG", "AGENT_DRAIN_S", "LOG_FORMAT"}


def test_the_agent_may_drain_and_then_close_before_docker_kills_it() -> None:
    """Killed in the middle of it, a call leaves no outcome. 20 s: what the worker gives its jobs to shut down."""
    agent = _SERVICES["agent"]
    grace_s = int(agent["stop_grace_period"].removesuffix("s"))
    assert grace_s >= int(agent["environment"]["AGENT_DRAIN_S"]) + 20


def test_egress_records_into_the_bucket_that_the_others_look_into() -> None:
    """Where to is its own configuration, not the request's; and a call costs it what a call was measured to cost."""
    own = _SERVICES["egress"]["environment"]
    config = yaml.safe_load(own["EGRESS_CONFIG_BODY"])
    looked_into = gcs_server.for_recordings(_PORTS.gcs)
    assert config["storage"] == {"gcp": {"bucket": looked_into.pop("RECORDING_BUCKET")}}
    assert looked_into.items() <= own.items()
    assert set(config["cpu_cost"].values()) == {0.15}
    assert "gcs" in _SERVICES["egress"]["depends_on"]


def test_the_speech_server_gets_the_environment_of_make_run() -> None:
    given = dict(_SERVICES["tts"]["environment"])
    assert given.pop("TTS_SERVER_API_KEY") is None, "the operator's, if there is one"
    assert given == environment.for_tts(_PORTS)


def test_redis_listens_where_the_others_look_for_it() -> None:
    command = _SERVICES["redis"]["command"]
    assert command[:5] == list(services.all_services(_INFO, _PORTS, CALL_CENTER, {})["redis"].command)[:5]
    for name, variable in {"sip": "SIP_CONFIG_BODY", "egress": "EGRESS_CONFIG_BODY"}.items():
        config = yaml.safe_load(_SERVICES[name]["environment"][variable])
        assert config["redis"] == {"address": f"127.0.0.1:{_PORTS.redis}"}
        assert config["ws_url"] == _INFO.livekit_url


def test_no_two_services_listen_on_one_port() -> None:
    """All share the host's network: SIP's usual health port is the agent's."""
    sip, egress = (
        yaml.safe_load(_SERVICES[name]["environment"][variable])["health_port"]
        for name, variable in {"sip": "SIP_CONFIG_BODY", "egress": "EGRESS_CONFIG_BODY"}.items()
    )
    listening = [sip, *(port for _, port in _PORTS.items())]
    assert len(set(listening)) == len(listening)
    assert egress == _PORTS.egress


@pytest.mark.parametrize("name", list(_SERVICES))
def test_each_service_is_asked_for_its_health(name: str) -> None:
    """`depends_on: service_healthy` waits for ever for a service that is never asked."""
    check = str(_SERVICES[name]["healthcheck"]["test"])
    ours = {listening: {port} for listening, port in _PORTS.items()}
    own = (ours | {"sip": {8082}})[name]
    assert _ports_in(check.replace("tcp/127.0.0.1/", "127.0.0.1:")) == own or str(*own) in check


@pytest.mark.parametrize("name", ["agent", "tts", "control"])
def test_what_we_build_runs_unprivileged_and_as_the_procfile_says(name: str) -> None:
    dockerfile = (ROOT / _SERVICES[name]["build"]["dockerfile"]).read_text()
    assert re.search(r"^FROM python:3\.11-slim", dockerfile, re.MULTILINE)
    assert dockerfile.rindex("USER switchboard") > dockerfile.rindex("RUN "), "nothing is installed as that user"
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert f"CMD {procfile[name].split()}".replace("'", '"') in dockerfile
    for copied in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE):
        assert all((ROOT / path).exists() for path in copied.split())
