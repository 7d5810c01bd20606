"""The OpenAPI document and its reader, which works offline and under the strict CSP."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView


@require_safe
@login_required
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "projects/api_docs.html")


class Schema(SpectacularAPIView):
    """The document itself, in YAML or with ``?format=json``. Nothing in it belongs to a tenant; anybody may read it."""
