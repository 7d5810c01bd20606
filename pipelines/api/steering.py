"""What people say to runs that go on: answer approval steps, pause, resume."""

from typing import Annotated, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field, StrictBool
from rest_framework.request import Request
from rest_framework.response import Response

from devops_platform.api.bodies import body_of
from devops_platform.api.shapes import Shape
from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import selectors, steering
from pipelines.api.shapes import ExecutionOut
from pipelines.kinds import Text


class AnswerIn(Shape):
    step: Annotated[Text, Field(max_length=16, description="the approval step, as <stage>.<step>")]
    approve: Annotated[StrictBool, Field(description="false: reject")]
    comment: Annotated[Text, Field(max_length=steering.LONGEST_COMMENT)] = ""


class ExecutionApprovals(InProject):
    needs: ClassVar = {"POST": Action.RUN}

    @extend_schema(operation_id="executions_answer", request=AnswerIn, responses=ExecutionOut)
    def post(self, request: Request, project: str, name: str) -> Response:
        execution = selectors.execution_named(self.project, name)
        said = body_of(request, AnswerIn)
        answered = steering.answer(
            execution, by=self.principal.user, step=said.step, approve=said.approve, comment=said.comment
        )
        return Response(selectors.execution_document(answered, principal=self.principal))


class ExecutionPause(InProject):
    needs: ClassVar = {"POST": Action.RUN}

    @extend_schema(operation_id="executions_pause", request=None, responses=ExecutionOut)
    def post(self, request: Request, project: str, name: str) -> Response:
        paused = steering.pause(selectors.execution_named(self.project, name), by=self.principal.user)
        return Response(selectors.execution_document(paused, principal=self.principal))


class ExecutionResume(InProject):
    needs: ClassVar = {"POST": Action.RUN}

    @extend_schema(operation_id="executions_resume", request=None, responses=ExecutionOut)
    def post(self, request: Request, project: str, name: str) -> Response:
        resumed = steering.resume(selectors.execution_named(self.project, name), by=self.principal.user)
        return Response(selectors.execution_document(resumed, principal=self.principal))
