"""Whether this process lives, and whether it is fit to serve."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, else 503; ``reasons`` says what is missing."""
    reasons = unreadiness()
    return JsonResponse({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)


def unreadiness() -> list[str]:
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError:
        return ["the database cannot be reached"]
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return ["the database lacks migrations"]
    return []
