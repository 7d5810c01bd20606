"""``manage.py lint_pipeline FILE…``: what the platform will say to a pipeline file, before it is pushed."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext
from typing_extensions import override

from pipelines.definition.dialect import Dialect, dialect_of
from pipelines.definition.messages import sentence
from pipelines.definition.parse import parse
from pipelines.definition.problems import RULES, DefinitionError, Problem, Severity

STDIN = "-"
UNREADABLE = 2


@dataclass(frozen=True, slots=True)
class Report:
    file: str
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


class Command(BaseCommand):
    help = "Check pipeline files. Exit status: 0 fine or warnings only, 1 refused, 2 a file cannot be read."
    requires_system_checks: list[str] = []

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
        parser.add_argument("--dialect", choices=list(Dialect), help="instead of what the file's name means")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    @override
    def handle(self, *args: Any, files: list[str], dialect: str | None, format: str, **options: Any) -> None:
        try:
            contents = [(file, _content(file)) for file in files]
        except OSError as error:
            self.stderr.write(f"{error.filename}: {error.strerror}")
            sys.exit(UNREADABLE)
        reports = [
            Report(file, _problems(content, Dialect(dialect) if dialect else dialect_of(file)))
            for file, content in contents
        ]
        self.stdout.write(_as_json(reports) if format == "json" else _as_text(reports), ending="")
        if any(report.refused for report in reports):
            sys.exit(1)


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()


def _problems(content: bytes, dialect: Dialect) -> tuple[Problem, ...]:
    try:
        return parse(content, dialect=dialect).problems
    except DefinitionError as error:
        return error.problems


def _as_text(reports: list[Report]) -> str:
    return "".join(f"{report.file}:{_line(problem)}\n" for report in reports for problem in report.problems)


def _line(problem: Problem) -> str:
    said = sentence(gettext(RULES[problem.code].template), problem.params)
    where = f" ({problem.path})" if problem.path else ""
    return f"{problem.line}:{problem.column}: {problem.severity}: {said}{where}"


def _as_json(reports: list[Report]) -> str:
    found = [
        {"file": report.file, "refused": report.refused, "problems": [each.model_dump() for each in report.problems]}
        for report in reports
    ]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
