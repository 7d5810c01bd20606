"""Why a step is not started at all."""

from pipelines.definition.messages import Reason


class Refused(Exception):
    """The step cannot be started, and trying again would not help."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.text)
        self.reason = why
