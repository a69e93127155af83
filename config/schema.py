"""`python -m config.schema` writes config/callcenter.schema.json, by which editors complete and check callcenter.yaml.

With `--check` it only says whether the file is what the code would write (exit code 1 if not).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from config.shape import FileShape

TARGET = Path(__file__).with_name("callcenter.schema.json")


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of callcenter.yaml; config.load is stricter: it knows files, voices and tools."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **FileShape.model_json_schema(mode="validation")}


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the file is out of date")
    if parser.parse_args(arguments).check:
        current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
        if current == text():
            return 0
        sys.stderr.write(f"{TARGET.name} is out of date. Run: python -m config.schema\n")
        return 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
