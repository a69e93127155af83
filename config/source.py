"""YAML as this house reads it: plain data with the line of every key, and mistakes as `Problem`s.

Narrower than YAML on purpose (YAML 1.2 core scalars, https://yaml.org/spec/1.2.2/#103-core-schema, checked 2026-11):
- only `true` and `false` are booleans, so `no` stays text and "on" is no surprise;
- `08:30`, `+15550100001` and dates stay text (YAML 1.1 makes numbers of the first two);
- no anchors and aliases (the way small files grow to gigabytes), no tags (the way files run code), no duplicate keys,
  no tabs as indentation, at most `MAX_DEPTH` levels and `MAX_BYTES` bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.problems import Problem, shown

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16

Path_ = tuple[str | int, ...]


@dataclass
class Source:
    """One parsed file. `data` is None when the file could not be read as a mapping; `problems` then says why."""

    file: str
    data: dict[str, Any] | None = None
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path_) -> int:
        """The line of `path`, or of its nearest ancestor that is in the file (line 1 for the file's own top)."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path_, message: str) -> None:
        self.problems.append(Problem(self.file, self.line(path), dotted(path), message))


def dotted(path: Path_) -> str:
    """("lines", "clinic", "numbers", 0) -> "lines.clinic.numbers[0]"."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_text(path: Path, file: str, max_bytes: int, what: str) -> tuple[str | None, Problem | None]:
    """The text of a file, or the problem that kept it from being read. Reads at most `max_bytes` + 1 bytes."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
    except FileNotFoundError:
        return None, Problem(file, 0, "", f"There is no such file. Create {what} there, or correct the path.")
    except IsADirectoryError:
        return None, Problem(file, 0, "", f"This is a folder; {what} must be a file.")
    except OSError as e:
        return None, Problem(file, 0, "", f"The file cannot be read ({e.strerror}). Check its permissions.")
    if len(raw) > max_bytes:
        return None, Problem(file, 0, "", f"The file is larger than {max_bytes // 1024} KiB: that is not {what}.")
    if b"\0" in raw:
        return None, Problem(file, 0, "", f"The file is binary; {what} is plain text (UTF-8).")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        return None, Problem(file, line, "", "The file is not UTF-8 text here. Save it as UTF-8.")
    if not text.strip():
        return None, Problem(file, 0, "", f"The file is empty; it should hold {what}.")
    return text, None


def parse(text: str, file: str, *, first_line: int = 1) -> Source:
    """Parse YAML text whose first line is line `first_line` of `file`. Never raises: mistakes are in `.problems`."""
    source = Source(file)
    offset = first_line - 1
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        line = mark.line + 1 + offset if mark else 0
        source.problems.append(Problem(file, line, "", _friendly(e, text)))
        return source
    except yaml.reader.ReaderError as e:
        line = text.count("\n", 0, e.position) + 1 + offset
        source.problems.append(Problem(file, line, "", "There is a control character here. Delete it."))
        return source
    if node is None:
        source.problems.append(
            Problem(file, 0, "", "There is nothing in it but comments; it should hold keys and values.")
        )
        return source
    if not isinstance(node, yaml.MappingNode):
        source.problems.append(
            Problem(file, node.start_mark.line + 1 + offset, "", "The top of the file must be `key: value` lines.")
        )
        return source
    data = _Builder(source, offset).mapping(node, ())
    if not source.problems:
        source.data = data
    return source


class _Builder:
    """Turns nodes into plain data and notes their lines."""

    def __init__(self, source: Source, offset: int) -> None:
        self._source = source
        self._offset = offset

    def value(self, node: yaml.Node, path: Path_) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._refuse_tag(node, path, "tag:yaml.org,2002:seq")
            return [self._item(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _item(self, node: yaml.Node, path: Path_) -> Any:
        self._source.lines[path] = self._line(node)
        return self.value(node, path)

    def mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        self._refuse_tag(node, path, "tag:yaml.org,2002:map")
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, path, "A key must be plain text, not a list or a mapping.")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in result:
                first = self._source.lines[here]
                self._problem(key_node, here, f"The key {shown(key)} is here twice (first on line {first}). Keep one.")
                continue
            self._source.lines[here] = self._line(key_node)
            result[key] = self.value(value_node, here)
        return result

    def _scalar(self, node: yaml.Node, path: Path_) -> Any:
        text = str(node.value)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int" and len(text) <= 30:
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "null":
            return None
        if kind not in ("str", "int"):
            self._refuse_tag(node, path, "tag:yaml.org,2002:str")
        return text

    def _refuse_tag(self, node: yaml.Node, path: Path_, usual: str) -> None:
        if node.tag != usual:
            self._problem(
                node, path, f"Tags such as {shown(str(node.tag))} are not allowed here. Write the value plainly."
            )

    def _line(self, node: yaml.Node) -> int:
        return node.start_mark.line + 1 + self._offset

    def _problem(self, node: yaml.Node, path: Path_, message: str) -> None:
        self._source.problems.append(Problem(self._source.file, self._line(node), dotted(path), message))


class _Loader(
    yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, yaml.resolver.BaseResolver
):
    """Composes nodes only: nothing is ever constructed, so no tag can name code to run."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)
        yaml.resolver.BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # types-PyYAML leaves it bare
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", mark)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "too deep", mark)
        try:
            node: yaml.Node | None = super().compose_node(parent, index)
            return node
        finally:
            self._depth -= 1


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])


def _friendly(error: yaml.MarkedYAMLError, text: str) -> str:
    """PyYAML's message in the words of somebody who edits a file, with the remedy."""
    problem = error.problem or ""
    mark = error.problem_mark
    lines = text.split("\n")
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\\t" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        return "There is a tab here. Indent with spaces: YAML does not take tabs."
    if problem == "aliases are not allowed":
        return "Aliases (*name) are not allowed. Write the value out; text that starts with * needs quotes."
    if problem == "too deep":
        return f"The file nests deeper than {MAX_DEPTH} levels: that is no call centre's configuration."
    if "another document" in problem or "single document" in (error.context or ""):
        return "A second document starts here (`---`). Keep one."
    if "mapping values are not allowed" in problem:
        return "A second `:` on this line, or the wrong indentation. Put text that holds a colon in quotes."
    return f"This is not YAML: {problem}. Check the indentation, brackets and quotes here and on the line before."
