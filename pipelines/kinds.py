"""The specs of the pipeline kinds, as they stand in Kubernetes objects and in the API (camel case there)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.alias_generators import to_camel

Text = Annotated[str, StringConstraints(max_length=1024, pattern=r"^[^\x00]*$")]
GROUP = "project.cubepaas.com"
FINISH_LABEL = f"pipeline.{GROUP}/finish"


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def to_wire(self) -> dict[str, object]:
        return self.model_dump(mode="json", by_alias=True)


class ImageTrigger(Wire):
    """Runs the pipeline on each of ``branches`` when an image that matches ``trigger`` is pushed."""

    branches: tuple[Text, ...] = ()
    comment: Text = ""
    image_type: Text = ""
    token: Text = ""
    trigger: Text = ""


class PipelineSpec(Wire):
    project_name: Annotated[Text, Field(description="<cluster>:<project>")] = ""
    repository_url: Annotated[Text, Field(min_length=1, description="where the sources are cloned from")]
    current_branch: Annotated[Text, Field(description="branch of a run that names none")] = ""
    display_name: Annotated[Text, Field(max_length=120)] = ""
    pipeline_file: Annotated[Text, Field(description="path in the repository; empty: the usual names in order")] = ""
    source_code_credential_name: Text = ""
    trigger_webhook_push: StrictBool = False
    trigger_webhook_pr: StrictBool = False
    trigger_webhook_tag: StrictBool = False
    image_web_hook_token: tuple[ImageTrigger, ...] = ()
