"""Reading `python -X importtime`."""

from __future__ import annotations

from bench.import_time import Import, slowest

REPORT = """import time: self [us] | cumulative | imported package
import time:       147 |        147 |   _io
import time:      2000 |    1500000 | livekit.agents
a warning of some module
import time:       900 |     300000 |   google.protobuf
"""


def test_the_slowest_come_first_and_other_lines_are_passed_over() -> None:
    """Modules write to stderr at import too."""
    assert slowest(REPORT, 2) == [Import("livekit.agents", 1.5), Import("google.protobuf", 0.3)]
