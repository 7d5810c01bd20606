"""The forms of the tenancy's pages. What a service refuses is shown on the field it is about."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from devops_platform.errors import Conflict, Invalid
from devops_platform.projects.models import Member, Project
from devops_platform.projects.roles import Role, Scope

LIVES = ((30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (0, pgettext_lazy("expiry", "never")))
SCOPES = (
    (Scope.READ.value, _("read: see projects, runs and logs")),
    (Scope.RUN.value, _("run: also start, stop and approve")),
    (Scope.WRITE.value, _("write: also change pipelines, repositories and secrets")),
    (Scope.ADMIN.value, _("admin: everything you may do")),
)


def accepted(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Whether the form is valid and ``act`` went through; a refusal is put on the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except Invalid as refusal:
        places = refusal.fields or {"": [str(refusal)]}
        for field, problems in places.items():
            form.add_error(field if field in form.fields else None, problems)
        return False
    except Conflict as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


class ProjectForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)


class DeletionForm(forms.Form):
    """Asks for the project's identifier, so that nobody deletes by a slip."""

    confirm = forms.CharField(label=_("Type the identifier of the project"), max_length=63)

    def __init__(self, data: Any = None, *, project: Project) -> None:
        super().__init__(data)
        self.project = project

    def clean_confirm(self) -> str:
        given: str = self.cleaned_data["confirm"]
        if given != self.project.pk:
            raise forms.ValidationError(_("This is not the identifier of the project."))
        return given


class MemberForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Member.ROLES, initial=Role.MEMBER.value)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Member.ROLES)


class WriteOnly(forms.Textarea):
    """A text area that never sends back what was typed into it."""

    @override
    def format_value(self, value: Any) -> str:
        return ""


class SecretForm(forms.Form):
    """One key of one secret; the value is never shown again."""

    name = forms.CharField(label=_("Secret"), max_length=63, help_text=_("Steps name it in envFrom as sourceName."))
    key = forms.CharField(label=_("Key"), max_length=253, help_text=_("Steps name it in envFrom as sourceKey."))
    value = forms.CharField(
        label=_("Value"),
        strip=False,
        widget=WriteOnly(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Kept sealed. It can be replaced, never read."),
    )

    def clean_value(self) -> str:
        # Browsers send CR LF for every line end of a text area; keys and certificates have LF.
        value: str = self.cleaned_data["value"]
        return value.replace("\r\n", "\n")

    @override
    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error("value" if field == "put" else field, error)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What the token is for."))
    scope = forms.ChoiceField(label=_("May"), choices=SCOPES, initial=Scope.RUN.value)
    project = forms.ModelChoiceField(
        label=_("Project"), queryset=Project.objects.none(), required=False, empty_label=_("all of mine")
    )
    life = forms.TypedChoiceField(label=_("Expires after"), choices=LIVES, coerce=int, initial=90)

    def __init__(self, data: Any = None, *, projects: Any) -> None:
        super().__init__(data)
        field = self.fields["project"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = projects

    def wanted(self) -> dict[str, Any]:
        """The arguments of ``services.create_token``."""
        life = timedelta(days=self.cleaned_data["life"])
        return {
            "name": self.cleaned_data["name"],
            "scopes": [Scope(self.cleaned_data["scope"])],
            "project": self.cleaned_data["project"],
            "expires": timezone.now() + life if life else None,
        }
