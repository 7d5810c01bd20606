"""What is known about logs: text in all of a run's, when their bytes were seen, and what went wrong first."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Annotated, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field, StringConstraints
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from devops_platform.api.bodies import query_of
from devops_platform.api.shapes import Shape
from devops_platform.errors import Missing
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import selectors
from pipelines.definition.runplan import StepId
from pipelines.logs.facts import chunks_of, facts_of
from pipelines.logs.registry import log_store
from pipelines.logs.search import Found, search
from pipelines.logs.times import TimesReader, size_of
from pipelines.models import Execution

MOST_TIMES = 50_000
CURSOR = r"^[0-9]{1,4}\.[0-9]{1,4}-[0-9]{1,9}$"
TEXT = r"^[^\x00-\x1f\x7f]+$"
ATTEMPT = {"type": "integer", "minimum": 1, "maximum": 999_999}


class SearchQuery(Shape):
    q: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TEXT)]
    attempt: Annotated[int | None, Field(ge=1, le=999_999)] = None
    case: bool = False
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, StringConstraints(pattern=CURSOR)] | None = None


class LogMatch(Shape):
    """``line`` counts from 1, ``offset`` is that of its first byte; ``at`` and ``length`` count characters."""

    log: str
    step: str
    line: int
    offset: int
    excerpt: str
    at: int
    length: int


class StepMatches(Shape):
    log: str
    step: str
    stage: str
    name: str
    count: int


class SearchOut(Shape):
    """Counts are whole, whatever the page of matches; steps without a match are left out."""

    total: int
    steps: tuple[StepMatches, ...]
    matches: tuple[LogMatch, ...]
    next: Annotated[str | None, Field(description="The address of the next page of matches; null on the last.")]


class TimesQuery(Shape):
    start: Annotated[int, Field(ge=0, lt=2**53)] = 0


class TimesOut(Shape):
    """``[offset, ms since 1970]``, and a third, 1, where the bytes were found later than they were written."""

    times: list[list[int]]
    next: Annotated[int | None, Field(description="The start of the next page; null on the last.")]


class ErrorOut(Shape):
    line: int
    offset: int
    text: str


class FactsOut(Shape):
    size: int
    lines: int
    first_error: ErrorOut | None


class RunSearch(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="logs_search",
        responses=SearchOut,
        parameters=[
            OpenApiParameter("q", {"type": "string", "minLength": 1, "maxLength": 200, "pattern": TEXT}, required=True),
            OpenApiParameter("attempt", ATTEMPT, description="Absent: of each step the attempt that counts."),
            OpenApiParameter("case", bool, description="Whether capitals matter."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
            OpenApiParameter("cursor", {"type": "string", "pattern": CURSOR}, description="From `next`."),
        ],
    )
    def get(self, request: Request, project: str, name: str) -> Response:
        execution = selectors.execution_named(self.project, name)
        asked = query_of(request, SearchQuery)
        found = found_in(execution, asked)
        address = found.next and replace_query_param(request.build_absolute_uri(), "cursor", found.next)
        return Response(found.model_copy(update={"next": address}).wire())


class StepTimes(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(
        operation_id="logs_times",
        responses=TimesOut,
        parameters=[OpenApiParameter("start", {"type": "integer", "minimum": 0, "maximum": 2**53 - 1, "default": 0})],
    )
    def get(self, request: Request, project: str, name: str, attempt: int, step: str) -> Response:
        path = selectors.log_path(selectors.execution_named(self.project, name), attempt, step)
        asked = query_of(request, TimesQuery)
        size = log_store().info(path).size
        moments = [moment for moment in TimesReader(log_store(), path).before(size) if moment.offset >= asked.start]
        more = moments[MOST_TIMES].offset if len(moments) > MOST_TIMES else None
        return Response(TimesOut(times=[moment.wire for moment in moments[:MOST_TIMES]], next=more).wire())


class StepFacts(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="logs_facts", responses=FactsOut)
    def get(self, request: Request, project: str, name: str, attempt: int, step: str) -> Response:
        path = selectors.log_path(selectors.execution_named(self.project, name), attempt, step)
        return Response(FactsOut.model_validate(asdict(facts_of(log_store(), path))).wire())


def found_in(execution: Execution, asked: SearchQuery) -> SearchOut:
    """The matches of one page; ``next`` is the cursor of the page after.

    A cursor is a step and a number of its matches, so that it stays true while other steps go on writing.
    """
    begin, skip = _place(asked.cursor)
    room = asked.limit
    steps: list[StepMatches] = []
    matches: list[LogMatch] = []
    after: str | None = None
    for where, stage, name, path in _logs(execution, asked.attempt):
        passed = skip if where == begin else 0
        found = _searched(path, asked, skip=passed, limit=room if where >= begin else 0)
        log = "/".join(path.parts[-2:])
        if found.count:
            steps.append(StepMatches(log=log, step=str(where), stage=stage, name=name, count=found.count))
        matches += [LogMatch(log=log, step=str(where), **asdict(match)) for match in found.matches]
        room -= len(found.matches)
        if after is None and where >= begin and passed + len(found.matches) < found.count:
            after = f"{where}-{passed + len(found.matches)}"
    total = sum(step.count for step in steps)
    return SearchOut(total=total, steps=tuple(steps), matches=tuple(matches), next=after)


def _searched(path: PurePosixPath, asked: SearchQuery, *, skip: int, limit: int) -> Found:
    store = log_store()
    chunks = chunks_of(store, path, size_of(store, path))
    return search(chunks, asked.q, case=asked.case, skip=skip, limit=limit)


def _place(cursor: str | None) -> tuple[StepId, int]:
    if cursor is None:
        return StepId(0, 0), 0
    step, _, passed = cursor.partition("-")
    return StepId.parse(step), int(passed)


def _logs(execution: Execution, attempt: int | None) -> Iterator[tuple[StepId, str, str, PurePosixPath]]:
    """Every step with its stage's and its own name and its log: of ``attempt``, or of the one that counts for it."""
    if attempt is not None and attempt > execution.attempt:
        raise Missing(f"{execution.name} has no attempt {attempt}")
    plan, stages = execution.plan, execution.status["stages"]
    for where, step in plan.steps():
        own = attempt or stages[where.stage]["steps"][where.step].get("attempt") or execution.attempt
        yield where, plan.stages[where.stage].name, step.name, execution.log_root / str(own) / str(where)
