"""`python -m local.go_check`: gofmt and go vet of the telephone double, for `make check`."""

from __future__ import annotations

import subprocess
import sys

from local import environment, go_tool
from local.telephone_build import SOURCES


def main() -> int:
    """0 when both are content. Without Go it says so and is content: whoever changes the double has Go, and CI has."""
    go = go_tool.go()
    if go is None:
        print(f"Go is missing, so {SOURCES.name}/*.go is not checked: {go_tool.INSTALL_GO}.", file=sys.stderr)
        return 0
    tools = environment.for_tools() | {"CGO_ENABLED": "0"}
    if unformatted := _unformatted(go, tools):
        print(f"gofmt would change these files (make fix does it):\n{unformatted}", file=sys.stderr)
        return 1
    vet = subprocess.run([go, "vet", "./..."], cwd=SOURCES, env=tools, capture_output=True, text=True)
    if vet.returncode != 0:
        print(vet.stderr, file=sys.stderr)
    return vet.returncode


def _unformatted(go: str, tools: dict[str, str]) -> str:
    root = subprocess.run([go, "env", "GOROOT"], env=tools, capture_output=True, text=True, check=True).stdout.strip()
    gofmt = f"{root}/bin/gofmt"
    return subprocess.run([gofmt, "-l", "."], cwd=SOURCES, env=tools, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
