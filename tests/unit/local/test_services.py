"""The processes of the stack, told as data."""

from __future__ import annotations

from pathlib import Path

from local import services
from local.environment import CONTROL_API_KEY
from local.info import StackInfo
from local.paths import CALL_CENTER, ROOT
from local.ports import Ports

_INFO = StackInfo.of(Ports(), Path("/data"), (), "receptionist", ("key", "secret"))
_ALL = services.all_services(_INFO, Ports(), CALL_CENTER, {"telephone": ("telephone",)})


def test_every_process_is_known_and_starts_after_earlier_ones_only() -> None:
    """An order with a cycle, or with a name that does not exist, would wait for ever."""
    assert tuple(_ALL) == services.NAMES
    for place, service in enumerate(_ALL.values()):
        assert set(service.after) <= set(services.NAMES[:place])


def test_each_port_belongs_to_a_process() -> None:
    """A port that no process owns would not be looked at before the start."""
    assert services.ports_of(services.NAMES) == {name for name, _ in Ports().items()}


def test_the_product_is_run_as_the_procfile_runs_it() -> None:
    """One machine and production run the same lines, or `make run` proves nothing about production."""
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert {"agent", "tts", "control"} <= procfile.keys()
    assert procfile == {name: " ".join(["python", *_ALL[name].command[1:]]) for name in procfile}


def test_control_takes_orders_only_where_there_are_lines() -> None:
    """With a key and no configuration it would not start."""
    nowhere = services.all_services(_INFO, Ports(), Path("/none.yaml"), {})["control"].environment
    assert "CONTROL_API_KEY" not in nowhere
    assert _ALL["control"].environment["CONTROL_API_KEY"] == CONTROL_API_KEY
    assert _ALL["control"].environment["CALL_CENTER_CONFIG"] == str(CALL_CENTER)


def test_the_server_tells_of_its_rooms_only_where_somebody_listens() -> None:
    """It would repeat each webhook to a closed port, and log that."""

    def config(*running: str) -> str:
        return services.all_services(_INFO, Ports(), CALL_CENTER, {}, running)["livekit"].environment["LIVEKIT_CONFIG"]

    assert "http://127.0.0.1:8400/webhooks/livekit" in config("livekit", "control")
    assert "webhook" not in config("livekit")


def test_the_gateway_has_a_bucket_only_where_there_is_one() -> None:
    """With the name of a bucket that nobody holds, each object would be an error instead of a plain no."""

    def variables(*running: str) -> frozenset[str]:
        made = services.all_services(_INFO, Ports(), CALL_CENTER, {}, running)
        return frozenset(made["gateway"].environment) & {"STATE_GATEWAY_BUCKET", "STORAGE_EMULATOR_HOST"}

    assert len(variables("gateway", "gcs")) == 2
    assert not variables("gateway")


def test_recordings_are_looked_for_only_where_they_are_made() -> None:
    """With the name of a bucket that nobody fills, every call would be one whose recording is missing."""

    def looking(*running: str) -> set[str]:
        made = services.all_services(_INFO, Ports(), CALL_CENTER, {}, running)
        return {name for name, service in made.items() if "RECORDING_BUCKET" in service.environment}

    assert looking("agent", "control", "gcs", "egress") == {"agent", "control"}
    assert not looking("agent", "control", "gcs")
