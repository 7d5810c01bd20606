"""Settings of a project: its name and end, members, secrets, audit log."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from devops_platform.errors import Conflict, Invalid
from devops_platform.projects import selectors, services
from devops_platform.projects.forms import DeletionForm, MemberForm, ProjectForm, RoleForm, SecretForm, accepted
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import check_may, in_project, principal_of, rights
from devops_platform.projects.roles import Action, Role

EVENTS_PER_PAGE = 50


def page(request: HttpRequest, project: Project, section: str, **context: Any) -> HttpResponse:
    """A settings page with what its frame needs: the project, the section, and what the reader may do."""
    form = context.get("form")
    context |= {"project": project, "section": section, "may": rights(principal_of(request), project)}
    status = 422 if form is not None and form.errors else 200
    return render(request, f"projects/{section}.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.VIEW)
def general(request: HttpRequest, project: Project) -> HttpResponse:
    principal = principal_of(request)
    if request.method != "POST":
        return page(request, project, "general", form=ProjectForm(initial={"name": project.name}))
    check_may(principal, Action.MANAGE_SETTINGS, project)
    form = ProjectForm(request.POST)
    if accepted(
        form, lambda: services.rename_project(project=project, name=form.cleaned_data["name"], by=principal.user)
    ):
        messages.success(request, _("The project is renamed."))
        return redirect("project-settings", project.pk)
    return page(request, project, "general", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.DELETE)
def delete(request: HttpRequest, project: Project) -> HttpResponse:
    form = DeletionForm(request.POST or None, project=project)
    user = principal_of(request).user
    if request.method == "POST" and accepted(form, lambda: services.delete_project(project=project, by=user)):
        messages.success(request, _("The project is deleted."))
        return redirect("project-list")
    return page(request, project, "delete", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.VIEW)
def members(request: HttpRequest, project: Project) -> HttpResponse:
    principal = principal_of(request)
    form = MemberForm(request.POST or None)
    if request.method == "POST":
        check_may(principal, Action.MANAGE_MEMBERS, project)
        if accepted(form, lambda: _add(form, project, principal.user)):
            messages.success(request, _("The member is added."))
            return redirect("project-members", project.pk)
    return page(request, project, "members", form=form, members=selectors.members_of(project), roles=_roles())


def _add(form: MemberForm, project: Project, user: Any) -> None:
    given = form.cleaned_data
    services.add_member(project=project, username=given["username"], role=Role(given["role"]), by=user)


def _roles() -> Any:
    return RoleForm.base_fields["role"].choices  # type: ignore[attr-defined]  # it is a ChoiceField


@require_POST
@in_project(Action.MANAGE_MEMBERS)
def member(request: HttpRequest, project: Project, user: str) -> HttpResponse:
    """Change the role of a member, or remove it when the button ``remove`` was pressed."""
    found = selectors.member_of(project, user)
    by = principal_of(request).user
    try:
        if "remove" in request.POST:
            services.remove_member(member=found, by=by)
        else:
            services.change_role(member=found, role=_role(request), by=by)
    except (Conflict, Invalid) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The members are changed."))
    if found.user_id == by.pk:
        return redirect("home")  # the role that opens this page may be gone
    return redirect("project-members", project.pk)


def _role(request: HttpRequest) -> Role:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("There is no such role."))
    return Role(form.cleaned_data["role"])


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.VIEW)
def secrets(request: HttpRequest, project: Project) -> HttpResponse:
    principal = principal_of(request)
    form = SecretForm(request.POST or None)
    if request.method == "POST":
        check_may(principal, Action.MANAGE_SECRETS, project)
        if accepted(form, lambda: _set(form, project, principal.user)):
            messages.success(request, _("The secret is kept."))
            return redirect("project-secrets", project.pk)
    return page(request, project, "secrets", form=form, secrets=selectors.secrets_of(project))


def _set(form: SecretForm, project: Project, user: Any) -> None:
    given = form.cleaned_data
    services.set_secret(project=project, name=given["name"], put={given["key"]: given["value"]}, by=user)


@require_POST
@in_project(Action.MANAGE_SECRETS)
def secret(request: HttpRequest, project: Project, name: str) -> HttpResponse:
    """Remove the key named by ``key``, or the whole secret without one."""
    found = selectors.secret_of(project, name)
    by = principal_of(request).user
    key = request.POST.get("key")
    if key and set(found.keys) != {key}:
        services.set_secret(project=project, name=name, remove=[key], by=by)
    else:
        services.delete_secret(secret=found, by=by)
    messages.success(request, _("The secret is removed."))
    return redirect("project-secrets", project.pk)


@require_safe
@in_project(Action.AUDIT)
def audit(request: HttpRequest, project: Project) -> HttpResponse:
    events = Paginator(selectors.audit_of(project), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    return page(request, project, "audit", events=events)
