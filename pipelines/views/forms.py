"""Forms of pipeline pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pipelines.kinds import PipelineSpec
from pipelines.models import Pipeline


class PipelineForm(forms.Form):
    display_name = forms.CharField(label=_("Name"), max_length=120)
    repository_url = forms.CharField(
        label=_("Repository"), max_length=1024, help_text=_("An https or ssh address, or a path on this machine.")
    )
    current_branch = forms.CharField(
        label=_("Branch"), max_length=255, required=False, help_text=_("Empty: the repository's default branch.")
    )
    pipeline_file = forms.CharField(
        label=_("Pipeline file"),
        max_length=512,
        required=False,
        help_text=_("Empty: .cubepaas-devops.yml and its kin."),
    )

    def __init__(self, data: Any = None, *, pipeline: Pipeline | None = None) -> None:
        self.before = PipelineSpec.model_validate(pipeline.spec) if pipeline else None
        super().__init__(data, initial=self.before.model_dump() if self.before else None)

    def spec(self) -> PipelineSpec:
        """The pipeline's spec with what the form holds."""
        if self.before is None:
            return PipelineSpec(**self.cleaned_data)
        return self.before.model_copy(update=self.cleaned_data)
