"""Files and functions stay small enough to be read at once."""

import ast
from collections.abc import Iterator

from tests.architecture import tracked

FILE_LINES = 400
FUNCTION_LINES = 60


def test_no_file_is_longer_than_a_reader_has_patience() -> None:
    sizes = {str(path): len(tracked.text(path).splitlines()) for path in tracked.files(".py", ".ts")}
    assert {name: size for name, size in sizes.items() if size > FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{path}:{function.lineno} {function.name}": lines
        for path in tracked.files(".py")
        for function in functions(tracked.text(path))
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
