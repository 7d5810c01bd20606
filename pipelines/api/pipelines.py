"""Pipelines: list, create, read, change, delete; their branches, file, plan and new runs."""

from collections.abc import Iterable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devops_platform.api.bodies import body_of
from devops_platform.api.pagination import PAGE_PARAMETERS, page
from devops_platform.api.shapes import Page
from devops_platform.errors import Invalid
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import planning, selectors, services, sources
from pipelines.api.shapes import (
    BranchOut,
    ChangedPipeline,
    ExecutionOut,
    FileOut,
    LintOut,
    LintRequest,
    NewPipeline,
    PipelineOut,
    PlanOut,
    PlanRequest,
    ProblemOut,
    RunRequest,
    pipeline_out,
)
from pipelines.definition.dialect import dialect_of
from pipelines.definition.parse import parse
from pipelines.definition.problems import DefinitionError, Problem
from pipelines.definition.runplan import Event
from pipelines.definition.schema import json_schema
from pipelines.services import Cause

KEY_LENGTH = 200


class PipelineList(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "POST": Action.EDIT}

    @extend_schema(operation_id="pipelines_list", responses=Page[PipelineOut], parameters=PAGE_PARAMETERS)
    def get(self, request: Request, project: str) -> Response:
        return page(request, selectors.pipelines_of(self.project).select_related("owner"), pipeline_out)

    @extend_schema(operation_id="pipelines_create", request=NewPipeline, responses={201: PipelineOut})
    def post(self, request: Request, project: str) -> Response:
        new = body_of(request, NewPipeline)
        pipeline = services.create_pipeline(self.project, by=self.principal.user, spec=new.spec, name=new.name)
        return Response(pipeline_out(pipeline).wire(), status=201)


class PipelineDetail(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "PUT": Action.EDIT, "DELETE": Action.EDIT}

    @extend_schema(operation_id="pipelines_read", responses=PipelineOut)
    def get(self, request: Request, project: str, name: str) -> Response:
        return Response(pipeline_out(selectors.pipeline_named(self.project, name)).wire())

    @extend_schema(operation_id="pipelines_change", request=ChangedPipeline, responses=PipelineOut)
    def put(self, request: Request, project: str, name: str) -> Response:
        pipeline = selectors.pipeline_named(self.project, name)
        changed = body_of(request, ChangedPipeline)
        fresh = services.update_pipeline(pipeline, by=self.principal.user, spec=changed.spec)
        return Response(pipeline_out(fresh).wire())

    @extend_schema(operation_id="pipelines_delete", request=None, responses={204: None})
    def delete(self, request: Request, project: str, name: str) -> Response:
        services.delete_pipeline(selectors.pipeline_named(self.project, name), by=self.principal.user)
        return Response(status=204)


class PipelineBranches(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="pipelines_branches", responses=list[BranchOut])
    def get(self, request: Request, project: str, name: str) -> Response:
        pipeline = selectors.pipeline_named(self.project, name)
        found = sources.forge_of(pipeline).branches(pipeline.repository_url)
        return Response([{"name": branch.name, "commit": branch.sha} for branch in found])


class PipelineFile(InProject):
    needs: ClassVar = {"GET": Action.VIEW}

    @extend_schema(operation_id="pipelines_file", responses=FileOut, parameters=[OpenApiParameter("ref", str)])
    def get(self, request: Request, project: str, name: str) -> Response:
        pipeline = selectors.pipeline_named(self.project, name)
        found = sources.look(pipeline, request.query_params.get("ref", ""))
        return Response(
            {
                "path": found.path,
                "content": found.content,
                "commit": found.commit.sha,
                "ref": found.ref,
                "problems": problems_out(found.problems),
            }
        )


class PipelinePlan(InProject):
    needs: ClassVar = {"POST": Action.VIEW}

    @extend_schema(operation_id="pipelines_plan", request=PlanRequest, responses=PlanOut)
    def post(self, request: Request, project: str, name: str) -> Response:
        pipeline = selectors.pipeline_named(self.project, name)
        asked = body_of(request, PlanRequest)
        found = sources.read(pipeline, asked.ref, draft=asked.file)
        plan = planning.preview(pipeline, found, event=asked.event, user=self.principal.user)
        return Response(
            {
                "commit": found.commit.sha,
                "ref": found.ref,
                "path": found.path,
                "plan": plan.model_dump(mode="json"),
                "problems": problems_out(found.parsed.problems),
            }
        )


class PipelineRuns(InProject):
    needs: ClassVar = {"POST": Action.RUN}

    @extend_schema(
        operation_id="pipelines_run",
        request=RunRequest,
        responses={201: ExecutionOut, 200: ExecutionOut},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="A second request with the same key answers with the first one's run.",
            )
        ],
    )
    def post(self, request: Request, project: str, name: str) -> Response:
        pipeline = selectors.pipeline_named(self.project, name)
        asked = body_of(request, RunRequest)
        cause = Cause(
            event=Event.API if self.principal.token else Event.MANUAL, user=self.principal.user, key=key_of(request)
        )
        known = services.known_run(pipeline, cause)
        execution = known or services.start_run(
            pipeline, sources.read(pipeline, asked.ref, draft=asked.file), cause=cause
        )
        document = selectors.execution_document(execution, principal=self.principal)
        return Response(document, status=200 if known else 201)


class Lint(APIView):
    @extend_schema(operation_id="lint", request=LintRequest, responses=LintOut)
    def post(self, request: Request) -> Response:
        asked = body_of(request, LintRequest)
        problems = lint(asked.content, asked.path)
        return Response({"ok": not any(problem["severity"] == "error" for problem in problems), "problems": problems})


class Schema(APIView):
    """Open to everyone: editors fetch it without a log-in, from any page."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="pipeline_schema", responses={200: dict[str, Any]}, auth=[])
    def get(self, request: Request) -> Response:
        return Response(json_schema(), headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600"})


def lint(content: str, path: str) -> list[dict[str, Any]]:
    """The problems of a pipeline file's text, each as ProblemOut."""
    try:
        return problems_out(parse(content, dialect=dialect_of(path)).problems)
    except DefinitionError as error:
        return problems_out(error.problems)


def problems_out(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        ProblemOut(
            severity=problem.severity,
            line=problem.line,
            column=problem.column,
            path=problem.path,
            code=problem.code,
            text=problem.text,
        ).model_dump(mode="json")
        for problem in problems
    ]


def key_of(request: Request) -> str | None:
    """The request's idempotency key, if it has one. Raises Invalid."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise Invalid(f"Idempotency-Key is 1 to {KEY_LENGTH} printable ASCII characters")
    return key
