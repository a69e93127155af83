"""fake-gcs-server, Google Cloud Storage for one machine: where to get the version we run, and how it is run.

Standard library only: it is built while the Python packages are still being installed (local/bootstrap.py)."""

from __future__ import annotations

from pathlib import Path

from local.go_tool import Say, build
from local.paths import BIN
from local.ports import HOST

VERSION = "1.55.1"
BUCKET = "switchboard"  # the state gateway's
RECORDINGS = "recordings"
READY = "/_internal/healthcheck"
_PROGRAM = f"fake-gcs-server-v{VERSION}"
_MODULE = f"github.com/fsouza/fake-gcs-server@v{VERSION}"
# Without the symbol table the program is a third smaller and is built no slower.
_FLAGS = ("-trimpath", "-ldflags=-s -w")


def program(say: Say) -> Path:
    """The server's program, built unless it was built before. Blocks; CannotBuildError if it can't.

    A first build takes 45 s on two cores when Go has nothing cached.
    """
    if here := found():
        return here
    say(f"Building fake-gcs-server v{VERSION}: about 45 s this once.")
    return build(["install", "-v", *_FLAGS, _MODULE], name=_PROGRAM, directory=None, say=say)


def found() -> Path | None:
    """The program, where it was built before."""
    built = BIN / _PROGRAM
    return built if built.exists() else None


def arguments(port: int, data_dir: Path) -> tuple[str, ...]:
    """What follows the program's name. Objects live in `data_dir`, a bucket in a folder of its name (`make_bucket`)."""
    where = ("-backend", "filesystem", "-filesystem-root", str(data_dir))
    return ("-scheme", "http", "-host", HOST, "-port", str(port), "-log-level", "warn", *where)


def make_bucket(data_dir: Path, bucket: str = BUCKET) -> Path:
    """The folder that is the bucket; to be there before the server starts."""
    folder = data_dir / bucket
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(port: int) -> dict[str, str]:
    """What a client of google-cloud-storage needs to use it: the variable of Google's own libraries."""
    return {"STORAGE_EMULATOR_HOST": f"http://{HOST}:{port}"}


def for_recordings(port: int) -> dict[str, str]:
    """The product's environment, for it to find the bucket of the recordings."""
    return {"RECORDING_BUCKET": RECORDINGS, **environment(port)}
