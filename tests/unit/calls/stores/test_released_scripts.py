"""A script that changes: workers of the release before still run the old one, through a gateway of the new release."""

from __future__ import annotations

import hashlib
import subprocess

from calls.stores.scripts import DIRECTORY
from tests.support.house import ROOT

_FOLDER = DIRECTORY.relative_to(ROOT)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


def _sha1(script: bytes) -> str:
    return hashlib.sha1(script, usedforsecurity=False).hexdigest()


def _every_version() -> dict[str, str]:
    """Digest and name: of the files as they are, and of each version in what history this checkout has."""
    tracked = _git("ls-files", "--cached", "--", f"{_FOLDER}/*.lua").decode().split()
    found = {_sha1((ROOT / path).read_bytes()): path for path in tracked if (ROOT / path).exists()}
    for line in _git("log", "--raw", "--no-abbrev", "--format=", "--", f"{_FOLDER}/*.lua").decode().splitlines():
        blob, (change, path) = line.split()[3], line.split()[-2:]
        if not change.startswith("D"):
            found[_sha1(_git("cat-file", "blob", blob))] = path
    return found


def test_every_version_of_a_script_is_on_the_list() -> None:
    """Where this fails a script was changed, or is new. Add its line to released.sha1, and leave the lines that are
    there: without them the gateway answers 403 script_not_allowed to every worker that is not of its own release."""
    listed = {line.split()[0] for line in (DIRECTORY / "released.sha1").read_text().splitlines()}
    missing = {digest: path for digest, path in _every_version().items() if digest not in listed}
    assert not missing, f"(cd {_FOLDER} && sha1sum NAME.lua >> released.sha1), and keep what is there: {missing}"
