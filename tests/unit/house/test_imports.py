"""Importing a module does nothing: no socket, no file written, no process, no environment needed.

Each module is imported in a process of its own packages' turn, by a program that refuses all of that.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.house import PACKAGES, ROOT, module_name, sources

_IMPORTER = ROOT / "tests" / "support" / "import_all.py"


def _import(tmp_path: Path, names: list[str], root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-W", "ignore", str(_IMPORTER), str(root), *names]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("top", [top for top in PACKAGES if (ROOT / top).is_dir()])
def test_every_module_can_be_imported_with_everything_refused(tmp_path: Path, top: str) -> None:
    """A module that reads, connects or starts something when imported would do so in every test and every command."""
    names = [module_name(path) for path in sources(top) if path.name != "__main__.py"]
    done = _import(tmp_path, names)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    natives = {".cache"}  # onnxruntime's native code writes a device id there, where no audit hook sees it
    assert {path.name for path in tmp_path.iterdir()} <= natives


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.socket().connect_ex(('127.0.0.1', 9))",
        "open('left-behind', 'w')",
        "import subprocess; subprocess.Popen(['true'])",
        "import pathlib; pathlib.Path('folder').mkdir()",
        "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9))\nexcept BaseException:\n    pass",
    ],
)
def test_the_importer_catches_a_deed(tmp_path: Path, deed: str) -> None:
    """The test above can fail: each of these at import is refused and reported, also where it is swallowed."""
    (tmp_path / "doer.py").write_text(deed)
    done = _import(tmp_path, ["doer"], root=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "doer: " in done.stdout
