"""The reader of the OpenAPI document, offline and under the strict CSP."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_required
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "projects/api_docs.html")
