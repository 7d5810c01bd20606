"""One pipeline: its runs, a new run, its file as text, its settings."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from devops_platform.errors import Missing, PlatformError
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import in_project, may, principal_of
from devops_platform.projects.roles import Action
from pipelines import automation, planning, selectors, services, sources
from pipelines.definition.problems import DefinitionError, Problem
from pipelines.definition.runplan import Event, RunPlan
from pipelines.models import NOTE, Execution, Pipeline
from pipelines.services import Cause
from pipelines.views.forms import PipelineForm
from pipelines.views.rows import run_row

RUNS_A_PAGE = 25
NOTES = {"DirtyCheckout": _lazy("This checkout has changes that are not committed; runs see HEAD without them.")}


@require_safe
@vary_on_headers("HX-Request")
@in_project(Action.VIEW)
def detail(request: HttpRequest, project: Project, name: str) -> HttpResponse:
    pipeline = selectors.pipeline_named(project, name)
    found = selectors.executions_of(project, pipeline=name)
    page = Paginator(found, RUNS_A_PAGE).get_page(request.GET.get("page"))
    principal = principal_of(request)
    context = {
        "project": project,
        "pipeline": pipeline,
        "page": page,
        "rows": [run_row(run) for run in page],
        "branches": _branches(request, pipeline),
        "triggers": automation.triggers_of(pipeline),
        "note": NOTES.get(str(pipeline.annotations.get(NOTE, ""))),
        "may_run": may(principal, Action.RUN, project),
        "may_edit": may(principal, Action.EDIT, project),
    }
    template = "pipelines/_runs.html" if request.headers.get("HX-Request") else "pipelines/pipeline.html"
    return render(request, template, context)


def _branches(request: HttpRequest, pipeline: Pipeline) -> list[str]:
    """Branch names for the run form; an unreachable host costs the list, not the page."""
    try:
        return [branch.name for branch in sources.forge_of(pipeline).branches(pipeline.repository_url)]
    except PlatformError as error:
        messages.warning(request, str(error))
        return []


@require_POST
@in_project(Action.RUN)
def run(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    """Start a run of a branch, or of the draft in the form."""
    pipeline = selectors.pipeline_named(project, name)
    draft = request.POST.get("file")
    ref = request.POST.get("ref", "")
    cause = Cause(event=Event.MANUAL, user=principal_of(request).user)
    try:
        found = sources.read(pipeline, ref, draft=draft)
        execution = services.start_run(pipeline, found, cause=cause)
    except DefinitionError as error:
        if draft is None:
            messages.error(request, _("The pipeline file has errors."))
        return _editor(request, pipeline, ref=ref, text=draft, problems=error.problems, status=422)
    except PlatformError as error:
        messages.error(request, str(error))
        return redirect("pipeline", project=project.pk, name=name)
    return redirect("run", project=project.pk, name=execution.name)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.VIEW)
def edit(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    """The file as text: check it, see what would run, run it as a draft."""
    pipeline = selectors.pipeline_named(project, name)
    if request.method != "POST":
        run = _run_named(project, pipeline, request.GET.get("run", ""))
        ref = str(run.spec["branch"]) if run else request.GET.get("ref", "")
        return _editor(request, pipeline, ref=ref, text=run.file if run else None, from_run=run)
    text, ref = request.POST.get("file", ""), request.POST.get("ref", "")
    try:
        found = sources.read(pipeline, ref, draft=text)
    except DefinitionError as error:
        return _editor(request, pipeline, ref=ref, text=text, problems=error.problems, status=422)
    except PlatformError as error:
        messages.error(request, str(error))
        return _editor(request, pipeline, ref=ref, text=text)
    plan = planning.preview(pipeline, found, event=Event.MANUAL, user=principal_of(request).user)
    return _editor(request, pipeline, ref=ref, text=text, problems=found.parsed.problems, plan=plan)


def _run_named(project: Project, pipeline: Pipeline, name: str) -> Execution | None:
    """The pipeline's run whose file is to be edited; None when nobody names one. Raises Missing."""
    if not name:
        return None
    run = selectors.execution_named(project, name)
    if run.pipeline_id != pipeline.pk:
        raise Missing(f"{pipeline.name} has no run {name}")
    return run


def _editor(  # noqa: PLR0913  # what the page shows
    request: HttpRequest,
    pipeline: Pipeline,
    *,
    ref: str,
    text: str | None,
    problems: tuple[Problem, ...] | None = None,
    plan: RunPlan | None = None,
    status: int = 200,
    from_run: Execution | None = None,
) -> HttpResponse:
    path, branches = "", _branches(request, pipeline)
    try:
        found = sources.look(pipeline, ref)
        path = found.path
        if text is None:
            text, problems = found.content, problems if problems is not None else found.problems
    except PlatformError as error:
        messages.error(request, str(error))
    context = {
        "project": pipeline.project,
        "pipeline": pipeline,
        "path": path,
        "text": text or "",
        "ref": ref or pipeline.branch,
        "branches": branches,
        "problems": problems or (),
        "bad_lines": " ".join(str(problem.line) for problem in problems or ()),
        "from_run": from_run,
        "plan": plan,
        "checked": request.method == "POST",
        "may_run": may(principal_of(request), Action.RUN, pipeline.project),
    }
    return render(request, "pipelines/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.EDIT)
def create(request: HttpRequest, project: Project) -> HttpResponseBase:
    form = PipelineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            pipeline = services.create_pipeline(project, by=principal_of(request).user, spec=form.spec())
        except PlatformError as error:
            form.add_error(None, str(error))
        else:
            return redirect("pipeline", project=project.pk, name=pipeline.name)
    context = {"project": project, "form": form}
    return render(request, "pipelines/create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.EDIT)
def settings(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    pipeline = selectors.pipeline_named(project, name)
    form = PipelineForm(request.POST if request.method == "POST" else None, pipeline=pipeline)
    if request.method == "POST" and form.is_valid():
        services.update_pipeline(pipeline, by=principal_of(request).user, spec=form.spec())
        messages.success(request, _("Saved."))
        return redirect("pipeline", project=project.pk, name=name)
    kept = selectors.cache_of(pipeline)
    context = {
        "project": project,
        "pipeline": pipeline,
        "form": form,
        "cache_entries": len(kept),
        "cache_size": sum(stored.size for stored in kept),
    }
    return render(request, "pipelines/settings.html", context, status=422 if form.errors else 200)


@require_POST
@in_project(Action.EDIT)
def clear_cache(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    services.clear_cache(selectors.pipeline_named(project, name), by=principal_of(request).user)
    messages.success(request, _("The cache is empty."))
    return redirect("pipeline-settings", project=project.pk, name=name)


@require_POST
@in_project(Action.EDIT)
def delete(request: HttpRequest, project: Project, name: str) -> HttpResponseBase:
    pipeline = selectors.pipeline_named(project, name)
    if request.POST.get("confirm") != name:
        messages.error(request, _("Type the pipeline's name to delete it."))
        return redirect("pipeline-settings", project=project.pk, name=name)
    try:
        services.delete_pipeline(pipeline, by=principal_of(request).user)
    except PlatformError as error:
        messages.error(request, str(error))
        return redirect("pipeline-settings", project=project.pk, name=name)
    messages.success(request, _("Pipeline %(name)s is deleted.") % {"name": name})
    return redirect("project", project=project.pk)
