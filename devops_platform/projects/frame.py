"""What every page around a project shows: its tabs and the other projects. A context processor."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from devops_platform.projects.permissions import principal_of
from devops_platform.projects.selectors import projects_visible_to


def frame(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    project_id = match.kwargs.get("project") if match else None
    if project_id is None or not request.user.is_authenticated:
        return {}
    current = _tab_of(match.url_name or "") if match else ""
    tabs = [
        {"url": reverse(url, kwargs={"project": project_id}), "label": label, "current": key == current}
        for key, url, label in (
            ("pipelines", "project", _("Pipelines")),
            ("runs", "runs", _("Runs")),
            ("settings", "project-settings", _("Settings")),
        )
    ]
    return {"tabs": tabs, "projects": SimpleLazyObject(lambda: list(projects_visible_to(principal_of(request))))}


def _tab_of(url_name: str) -> str:
    if url_name.startswith("project-"):
        return "settings"
    if url_name in {"run", "runs"} or url_name.startswith("run-"):
        return "runs"
    return "pipelines"
