"""The processes of the stack, told as data."""

from __future__ import annotations

from pathlib import Path

from local import services
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
    assert procfile == {name: " ".join(["python", *_ALL[name].command[1:]]) for name in ("agent", "tts")}
