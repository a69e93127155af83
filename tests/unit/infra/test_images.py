"""An image has every package that its service imports: one that is missing is found at the first start, by callers."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.house import ROOT, sources, tree

_PACKAGES = frozenset({"agent", "calls", "config", "control", "ops", "recording", "sip", "state_gateway", "tts_server"})


def _imported(package: str) -> set[str]:
    """The house's packages that `package` imports, by itself and through others."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for path in sources(name):
            for node in ast.walk(tree(path)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                waiting += [top for each in names if (top := each.partition(".")[0]) in _PACKAGES]
    return found


@pytest.mark.parametrize(
    ("service", "dockerfile"),
    [
        ("agent", "agent/Dockerfile"),
        ("agent", "infra/cerebrium/Dockerfile"),
        ("control", "control/Dockerfile"),
        ("state_gateway", "infra/cloudrun/gateway/Dockerfile"),
        ("tts_server", "tts_server/Dockerfile"),
    ],
)
def test_each_image_has_what_its_service_imports(service: str, dockerfile: str) -> None:
    """Whole packages: sip.commands imports more than control needs, and is copied with it."""
    text = (ROOT / dockerfile).read_text()
    copied = {part.split("/")[0] for line in re.findall(r"(?m)^COPY (.+) \S+$", text) for part in line.split()}
    assert _imported(service) <= copied | {service}, f"{dockerfile}: COPY {sorted(_imported(service) - copied)}"
    assert service in copied
