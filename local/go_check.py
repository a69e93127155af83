"""`python -m local.go_check`: gofmt and go vet of the doubles that are Go programs, for `make check`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from local import doubles, environment, go_tool


def main() -> int:
    """0 when both are content. Without Go it says so and is content: whoever changes a double has Go, and CI has."""
    go = go_tool.go()
    names = ", ".join(double.name for double in doubles.ALL)
    if go is None:
        print(f"Go is missing, so {names} are not checked: {go_tool.INSTALL_GO}.", file=sys.stderr)
        return 0
    tools = environment.for_tools() | {"CGO_ENABLED": "0"}
    return max([_checked(go, double.sources, tools) for double in doubles.ALL])


def _checked(go: str, sources: Path, tools: dict[str, str]) -> int:
    if unformatted := _unformatted(go, sources, tools):
        print(f"gofmt would change these files of {sources.name} (make fix does it):\n{unformatted}", file=sys.stderr)
        return 1
    vet = subprocess.run([go, "vet", "./..."], cwd=sources, env=tools, capture_output=True, text=True)
    if vet.returncode != 0:
        print(vet.stderr, file=sys.stderr)
    return vet.returncode


def _unformatted(go: str, sources: Path, tools: dict[str, str]) -> str:
    root = subprocess.run([go, "env", "GOROOT"], env=tools, capture_output=True, text=True, check=True).stdout.strip()
    gofmt = f"{root}/bin/gofmt"
    return subprocess.run([gofmt, "-l", "."], cwd=sources, env=tools, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
