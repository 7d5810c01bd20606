"""Modules are named after what they hold."""

from tests.architecture import tracked

VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})


def test_no_module_is_named_after_nothing() -> None:
    named = [path for path in tracked.files(".py", ".ts") if VAGUE & {path.stem, *path.parent.parts}]
    assert named == []
