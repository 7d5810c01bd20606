"""The error tree. An error says who must act: the caller, a person, time, or a developer."""

from dataclasses import dataclass
from datetime import timedelta


class PlatformError(Exception):
    """Anything the platform raises on purpose. Its text is one sentence for a person and holds no secret."""


class Misconfigured(PlatformError):
    """The deployment is wrong; the operator must act before the process can start."""


# What a caller did: each becomes one HTTP status.


@dataclass(frozen=True, slots=True)
class Place:
    """What is wrong at one place of a text. ``path`` has dots between its parts; line and column count from 1."""

    path: str
    detail: str
    line: int
    column: int


class Invalid(PlatformError):
    """The input cannot be accepted (422).

    ``fields`` maps a path in the input to its problems, ``places`` are those in a text that the input holds or names.
    """

    def __init__(
        self, message: str, *, fields: dict[str, list[str]] | None = None, places: tuple[Place, ...] = ()
    ) -> None:
        super().__init__(message)
        self.fields = fields or {}
        self.places = places


class Missing(PlatformError):
    """The thing does not exist, or the caller may not know that it does (404)."""


class Denied(PlatformError):
    """Known, but not allowed (403). From an adapter: a person must authorise anew."""


class Conflict(PlatformError):
    """The thing changed meanwhile, or its state does not allow the request (409). Read again and decide anew."""


# What an outside system did.


class Unavailable(PlatformError):
    """The other side did not answer or answered nonsense; the same call may succeed later."""


class Throttled(Unavailable):
    """The other side asks to wait for ``retry_after``."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unsupported(PlatformError):
    """The adapter has no such capability."""


# What a reconcile pass asks of the queue. Anything else that escapes a pass is a bug.


class Retry(PlatformError):
    """Try again, with back-off or after ``after``."""

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class Wait(PlatformError):
    """Nothing is wrong; something outside must happen first. Look again after ``after``."""

    def __init__(self, message: str, *, after: timedelta) -> None:
        super().__init__(message)
        self.after = after


class Stall(PlatformError):
    """No retry can help until the object or its surroundings are changed by a person."""
