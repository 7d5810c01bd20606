"""The build cache of a pipeline: what is in it, and away with it."""

from datetime import UTC, datetime
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from devops_platform.projects.permissions import InProject
from devops_platform.projects.roles import Action
from pipelines import selectors, services
from pipelines.api.shapes import CacheEntryOut, CacheOut


class PipelineCache(InProject):
    needs: ClassVar = {"GET": Action.VIEW, "DELETE": Action.EDIT}

    @extend_schema(operation_id="pipelines_cache", responses=CacheOut)
    def get(self, request: Request, project: str, name: str) -> Response:
        kept = selectors.cache_of(selectors.pipeline_named(self.project, name))
        entries = tuple(
            CacheEntryOut(key=one.key, size=one.size, published=_time(one.published), used=_time(one.used))
            for one in kept
        )
        return Response(CacheOut(size=sum(one.size for one in kept), entries=entries).wire())

    @extend_schema(operation_id="pipelines_cache_clear", request=None, responses={204: None})
    def delete(self, request: Request, project: str, name: str) -> Response:
        services.clear_cache(selectors.pipeline_named(self.project, name), by=self.principal.user)
        return Response(status=204)


def _time(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
