"""The tool in docs/tasks/add-a-tool.md is the first thing somebody copies: it has to work."""

from __future__ import annotations

import re
import runpy
import textwrap
from pathlib import Path

from agent.tools.anatomy import Tool
from agent.tools.guard import run
from tests.support.desk import a_desk

PAGE = Path(__file__).parents[4] / "docs/tasks/add-a-tool.md"


async def test_the_documented_tool_works(tmp_path: Path) -> None:
    """Copied as it stands, it has a schema, answers, and refuses."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    copied = tmp_path / "parking.py"
    copied.write_text(textwrap.dedent(code[1]))
    tool = runpy.run_path(str(copied))["TOOL"]
    assert isinstance(tool, Tool)
    assert tool.schema()["parameters"]["required"] == []
    desk, caused = a_desk(tmp_path)
    assert "bicycle behind 12 Orchard Road" in await run(tool, desk, {"vehicle": "bicycle"})
    assert "no parking for lorries" in await run(tool, desk, {"vehicle": "lorry"})
    assert [ok for *_, ok in caused.tools] == [True, True]
