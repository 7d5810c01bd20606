"""A project's home, its runs, and its settings."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from devops_platform.errors import Invalid
from devops_platform.projects import shown
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import check_may, in_project, may, principal_of, rights
from devops_platform.projects.roles import Action
from pipelines import queue, selectors, services
from pipelines.preferences import PREFERENCES
from pipelines.states import State
from pipelines.views.rows import pipeline_rows, run_row

RUNS_A_PAGE = 50
QUEUE_SHOWN = 3
GROUPS = {
    "quota": _lazy("Queue"),
    "resources": _lazy("Resources of steps"),
    "cache": _lazy("Build cache"),
    "registry": _lazy("Registry"),
    "code": _lazy("Code hosts"),
    "network": _lazy("Network"),
    "retention": _lazy("Retention"),
}


@require_safe
@vary_on_headers("HX-Request")
@in_project(Action.VIEW)
def home(request: HttpRequest, project: Project) -> HttpResponse:
    """Pipelines with their last runs, the queue and the quota."""
    principal = principal_of(request)
    rows = pipeline_rows(project, search=request.GET.get("q", ""), state=request.GET.get("state", ""))
    line = queue.line(project)
    whole = selectors.executions_of(project).in_bulk([run.pk for run in (*line.running, *line.waiting[:QUEUE_SHOWN])])
    context = {
        "project": project,
        "rows": rows,
        "line": line,
        "free": range(max(0, line.quota - len(line.running))),
        "running": [run_row(whole[run.pk]) for run in line.running if run.pk in whole],
        "waiting": [
            (position, run_row(whole[run.pk], reason=line.reason(run)))
            for position, run in enumerate(line.waiting[:QUEUE_SHOWN], start=1)
            if run.pk in whole
        ],
        "may_edit": may(principal, Action.EDIT, project),
        "may_run": may(principal, Action.RUN, project),
        "may_manage": may(principal, Action.MANAGE_SETTINGS, project),
        "search": request.GET.get("q", ""),
        "state": request.GET.get("state", ""),
    }
    template = "pipelines/_home.html" if request.headers.get("HX-Request") else "pipelines/home.html"
    return render(request, template, context)


@require_safe
@vary_on_headers("HX-Request")
@in_project(Action.VIEW)
def runs(request: HttpRequest, project: Project) -> HttpResponse:
    """Every run of the project, newest first."""
    wanted = {name: request.GET.get(name, "") for name in ("pipeline", "state")}
    search = request.GET.get("q", "")
    found = selectors.executions_of(project, search=search, **wanted)
    page = Paginator(found, RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "rows": [run_row(run) for run in page],
        "search": search,
        "states": [(state.value, shown.look(state.value).word) for state in State],
        **wanted,
    }
    template = "pipelines/_runs.html" if request.headers.get("HX-Request") else "pipelines/runs.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.VIEW)
def preferences(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Quota, resources, cache, mirrors, retention: each setting with its default and what is in force."""
    principal = principal_of(request)
    may_manage = may(principal, Action.MANAGE_SETTINGS, project)
    problems: dict[str, str] = {}
    given: dict[str, str] = {}
    if request.method == "POST":
        check_may(principal, Action.MANAGE_SETTINGS, project)
        given = {name: request.POST[name].strip() for name in PREFERENCES if name in request.POST}
        problems = _save(project, given, request)
        if not problems:
            messages.success(request, _("Saved."))
            return redirect("project-preferences", project=project.pk)
    stored = {name: str(spec.get("value", "")) for name, spec in project.settings.values_list("name", "spec")}
    groups: dict[str | Promise, list[dict[str, str]]] = {}
    for name, preference in PREFERENCES.items():
        groups.setdefault(GROUPS.get(preference.group, preference.group), []).append(
            {
                "name": name,
                "about": _(preference.about),
                "default": preference.default,
                "value": given.get(name, stored.get(name, "")),
                "problem": problems.get(name, ""),
            }
        )
    context = {
        "project": project,
        "section": "preferences",
        "groups": groups,
        "may": rights(principal, project),
        "may_manage": may_manage,
    }
    return render(request, "pipelines/preferences.html", context, status=422 if problems else 200)


def _save(project: Project, given: dict[str, str], request: HttpRequest) -> dict[str, str]:
    """Store what changed; the problem of each value that is refused, by setting."""
    stored = {name: str(spec.get("value", "")) for name, spec in project.settings.values_list("name", "spec")}
    problems = {}
    for name, value in given.items():
        if value == stored.get(name, ""):
            continue
        try:
            services.set_preference(project, by=principal_of(request).user, name=name, value=value)
        except Invalid as error:
            problems[name] = str(error)
    return problems
