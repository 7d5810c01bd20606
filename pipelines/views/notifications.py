"""The project's notifiers and delivery log, as a page of its settings."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from devops_platform.errors import Conflict
from devops_platform.projects.forms import accepted
from devops_platform.projects.models import Project
from devops_platform.projects.permissions import check_may, in_project, principal_of, rights
from devops_platform.projects.roles import Action
from pipelines import notifiers
from pipelines.notifications import selectors
from pipelines.notifications.models import Notifier
from pipelines.notifications.registry import Given

A_PAGE = 50


class NotifierForm(forms.Form):
    """One notifier; its address and key are never shown again."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=63, help_text=gettext_lazy("Pipeline files name it as notifier.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Notifier.Kind.choices)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1024,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Of a webhook or Slack. Kept sealed; empty: as before."),
    )
    key = forms.CharField(
        label=gettext_lazy("Signing key"),
        max_length=1024,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Of a webhook, so that it can tell who is calling. Empty: as before."),
    )
    to = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        max_length=1024,
        required=False,
        help_text=gettext_lazy("For recipients that the pipeline file leaves out; commas between."),
    )
    enabled = forms.BooleanField(label=gettext_lazy("Switched on"), required=False, initial=True)

    def given(self) -> Given:
        values = {**self.cleaned_data, "kind": Notifier.Kind(self.cleaned_data["kind"])}
        del values["name"]
        return Given(**values)


@require_http_methods(["GET", "HEAD", "POST"])
@in_project(Action.VIEW)
def notifications(request: HttpRequest, project: Project) -> HttpResponse:
    """Notifiers, one of them to be edited when the query names it, and what became of their messages."""
    principal = principal_of(request)
    form = NotifierForm(request.POST or None, initial=_before(project, request.GET.get("edit", "")))
    if request.method == "POST":
        check_may(principal, Action.MANAGE_SETTINGS, project)
        if accepted(form, lambda: _set(project, form, principal.user)):
            messages.success(request, _("The notifier is kept."))
            return redirect("project-notifications", project.pk)
    log = Paginator(selectors.notifications_of(project), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "section": "notifications",
        "may": rights(principal, project),
        "notifiers": selectors.notifiers_of(project),
        "form": form,
        "log": log,
    }
    return render(request, "pipelines/notifications.html", context, status=422 if form.errors else 200)


def _before(project: Project, name: str) -> dict[str, Any]:
    """What the form begins with: the notifier that is to be edited, without its secrets."""
    if not name:
        return {}
    notifier = selectors.notifier_named(project, name)
    to = notifier.settings.get("to", "")
    return {"name": notifier.name, "kind": notifier.kind, "enabled": notifier.enabled, "to": to}


def _set(project: Project, form: NotifierForm, user: Any) -> None:
    notifiers.set_notifier(project, by=user, name=form.cleaned_data["name"], given=form.given())


@require_POST
@in_project(Action.MANAGE_SETTINGS)
def notifier(request: HttpRequest, project: Project, name: str) -> HttpResponse:
    """Remove a notifier when the button ``remove`` was pressed, else have it send a test."""
    found = selectors.notifier_named(project, name)
    by = principal_of(request).user
    if "remove" in request.POST:
        notifiers.delete_notifier(found, by=by)
        messages.success(request, _("The notifier is deleted."))
    else:
        notifiers.send_test(found, by=by)
        messages.success(request, _("A test is on its way; the log below tells what comes of it."))
    return redirect("project-notifications", project.pk)


@require_POST
@in_project(Action.MANAGE_SETTINGS)
def again(request: HttpRequest, project: Project, delivery: UUID) -> HttpResponse:
    found = selectors.notification_of(project, delivery)
    try:
        notifiers.send_again(found, by=principal_of(request).user)
    except Conflict as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is sent again."))
    return redirect("project-notifications", project.pk)
