"""What the bodies of the API are made of."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]

S = TypeVar("S", bound="Shape")


class Shape(BaseModel):
    """A body that is taken or given: its keys are camelCase, and no others are taken."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    def wire(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


class Page(Shape, Generic[S]):
    results: list[S]
    next: Annotated[str | None, Field(description="The address of the next page; null on the last.")]
