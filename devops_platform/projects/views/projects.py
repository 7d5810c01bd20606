"""Home, and the list of projects."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from devops_platform.projects import selectors, services
from devops_platform.projects.forms import ProjectForm, accepted
from devops_platform.projects.permissions import principal_of


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The only project of the user, else the list."""
    projects = selectors.projects_visible_to(principal_of(request))[:2]
    return redirect(projects[0]) if len(projects) == 1 else redirect("project-list")


@require_safe
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    projects = selectors.projects_visible_to(principal_of(request))
    return render(request, "projects/list.html", {"projects": projects})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def create(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST or None)
    user = principal_of(request).user
    made = []
    if request.method == "POST" and accepted(
        form, lambda: made.append(services.create_project(name=form.cleaned_data["name"], by=user))
    ):
        return redirect(made[0])
    return render(request, "projects/create.html", {"form": form}, status=422 if form.errors else 200)
