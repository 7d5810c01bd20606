"""YAML text as plain data in which every scalar is text and every value knows its place.

Refuses what no pipeline needs before it costs anything: size, depth and the number of values after expansion
of aliases are bounded, so time is linear in the text whatever it says.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

import yaml

from pipelines.definition.problems import Path

LARGEST = 512 * 1024  # bytes or characters
DEEPEST = 100
MOST_NODES = 20_000
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# Source: https://yaml.org/spec/1.1/#c-printable
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Position(NamedTuple):
    """Both count from 1, columns in characters."""

    line: int
    column: int


class Finding(NamedTuple):
    """A problem before it is judged: what the rule is called, where it was broken, and the sentence's parameters."""

    code: str
    position: Position
    path: Path
    params: Mapping[str, str | int] = {}


class Unreadable(Exception):
    """The text has no tree; ``finding`` says why and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(slots=True)
class Tree:
    """``value`` is made of dict, list, str and None. ``findings`` are those with which a tree could still be made."""

    value: Any = None
    values: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def position(self, path: Path, *, key: bool = False) -> Position:
        """Where the value at ``path`` begins (or its key), else the nearest thing around it."""
        places = (self.keys, self.values) if key else (self.values, self.keys)
        for end in range(len(path), -1, -1):
            for known in places:
                if path[:end] in known:
                    return known[path[:end]]
        return Position(1, 1)


def read(content: bytes | str) -> Tree:
    """The first document of ``content``. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(Finding("TooLarge", Position(1, 1), (), {"limit": LARGEST // 1024}))
    text = (decoded(content) if isinstance(content, bytes) else content).removeprefix("\ufeff")
    places = Places(text)
    if bad := UNPRINTABLE.search(text):
        number = f"{ord(bad.group()):04X}"
        raise Unreadable(Finding("ControlCharacter", places.at(bad.start()), (), {"number": number}))
    try:
        return _Composer(text, places).tree()
    except yaml.MarkedYAMLError as error:
        # "could not find expected ':'" is noticed lines later; the key it misses is what a person must look at.
        unfinished = error.context == "while scanning a simple key"
        mark: Any = error.context_mark if unfinished else error.problem_mark
        raise Unreadable(Finding("Syntax", places.at(mark.index), (), {"problem": str(error.problem)})) from error
    except yaml.YAMLError as error:
        raise Unreadable(Finding("Syntax", Position(1, 1), (), {"problem": type(error).__name__})) from error


def decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        good = content[: error.start].decode().removeprefix("\ufeff")
        raise Unreadable(Finding("NotUtf8", Places(good).at(len(good)), ())) from error


class Places:
    """Turns offsets into lines as editors count them; YAML also breaks lines at U+0085, U+2028 and U+2029."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.starts = [0, *(found.end() for found in re.finditer("\r\n|\n|\r", text))]

    def at(self, offset: int) -> Position:
        inside = min(offset, self.length)
        line = bisect_right(self.starts, inside)
        return Position(line, inside - self.starts[line - 1] + 1)


@dataclass(frozen=True, slots=True)
class _Scalar:
    at: Position
    text: str
    plain: bool  # neither quoted nor tagged, so that null and << mean what YAML says


@dataclass(frozen=True, slots=True)
class _Sequence:
    at: Position
    items: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Mapping:
    at: Position
    pairs: tuple[tuple["_Node", "_Node"], ...]


_Node = _Scalar | _Sequence | _Mapping


class _Composer:
    """Events to nodes (aliases shared), nodes to data (aliases expanded), both within the budget."""

    def __init__(self, text: str, places: Places) -> None:
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        self.places = places
        self.anchors: dict[str, _Node] = {}
        self.left = MOST_NODES
        self.made = Tree()

    def tree(self) -> Tree:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return self.made
        root = self._node(next(self.events), 0)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.made.findings.append(Finding("SecondDocument", self._at(after), ()))
        self.left = MOST_NODES
        self.made.value = self._value(root, ())
        return self.made

    def _at(self, event: Any) -> Position:
        return self.places.at(event.start_mark.index)

    def _count(self, at: Position, path: Path, depth: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise Unreadable(Finding("TooManyNodes", at, path, {"limit": MOST_NODES}))
        if depth > DEEPEST:
            raise Unreadable(Finding("TooDeep", at, path, {"limit": DEEPEST}))

    def _node(self, event: Any, depth: int) -> _Node:
        at = self._at(event)
        self._count(at, (), depth)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise Unreadable(Finding("AliasUnknown", at, (), {"name": str(event.anchor)}))
            return self.anchors[event.anchor]
        if event.tag and event.tag != "!" and not event.tag.startswith("tag:yaml.org,2002:"):
            self.made.findings.append(Finding("TagUnknown", at, (), {"tag": event.tag}))
        node = self._fresh(event, at, depth)
        if event.anchor is not None:
            # Only now: an alias inside what it names would have no end.
            self.anchors[event.anchor] = node
        return node

    def _fresh(self, event: Any, at: Position, depth: int) -> _Node:
        if isinstance(event, yaml.ScalarEvent):
            return _Scalar(at, event.value, plain=not event.style and event.implicit[0])
        if isinstance(event, yaml.SequenceStartEvent):
            return _Sequence(at, tuple(self._until(yaml.SequenceEndEvent, depth)))
        nodes = self._until(yaml.MappingEndEvent, depth)
        return _Mapping(at, tuple((key, next(nodes)) for key in nodes))

    def _until(self, end: type[yaml.Event], depth: int) -> Iterator[_Node]:
        while not isinstance(event := next(self.events), end):
            yield self._node(event, depth + 1)

    def _value(self, node: _Node, path: Path) -> Any:
        self._count(node.at, path, len(path))
        self.made.values[path] = node.at
        match node:
            case _Scalar():
                return None if node.plain and node.text in NULLS else node.text
            case _Sequence():
                return [self._value(item, (*path, index)) for index, item in enumerate(node.items)]
            case _Mapping():
                return self._mapping(node, path)
            case _:
                assert_never(node)

    def _mapping(self, node: _Mapping, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[_Mapping] = []
        for key, value in node.pairs:
            if not isinstance(key, _Scalar):
                self.made.findings.append(Finding("KeyNotText", key.at, path))
            elif _merges(key):
                merged.extend(self._sources(value, path))
            else:
                if key.text in found:
                    here = (*path, key.text)
                    self.made.findings.append(Finding("DuplicateKey", key.at, here, {"key": key.text}))
                self._keep(found, key, value, path)
        for source in merged:
            self._inherit(found, source, path)
        return found

    def _keep(self, found: dict[str, Any], key: _Scalar, value: _Node, path: Path) -> None:
        here = (*path, key.text)
        self.made.keys[here] = key.at
        found[key.text] = self._value(value, here)

    def _inherit(self, found: dict[str, Any], source: _Mapping, path: Path) -> None:
        """Fill ``found`` from ``source`` where it has no word of its own; what is merged first wins."""
        for key, value in source.pairs:
            self._count(key.at, path, len(path))
            if not isinstance(key, _Scalar):
                continue
            if _merges(key):
                for further in self._sources(value, path):
                    self._inherit(found, further, path)
            elif key.text not in found:
                self._keep(found, key, value, path)

    def _sources(self, value: _Node, path: Path) -> list[_Mapping]:
        given = value.items if isinstance(value, _Sequence) else (value,)
        sources = [source for source in given if isinstance(source, _Mapping)]
        if len(sources) < len(given):
            self.made.findings.append(Finding("MergeNotMapping", value.at, path))
        return sources


def _merges(key: _Scalar) -> bool:
    return key.plain and key.text == "<<"
