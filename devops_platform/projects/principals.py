"""Who asks. Apart from ``permissions`` because authentication, which makes principals, must not import views."""

from dataclasses import dataclass

from devops_platform.projects.models import ApiToken, User
from devops_platform.projects.roles import ACTIONS_OF_SCOPE, Action, Scope

NOTHING: frozenset[Action] = frozenset()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a user, perhaps through a token that limits what the user may do."""

    user: User
    token: ApiToken | None = None

    @property
    def is_staff(self) -> bool:
        """Whether every project is open to the user; a token bound to a project stays bound."""
        return self.user.is_active and self.user.is_superuser

    @property
    def within(self) -> frozenset[Action]:
        """What the token is good for; everything without one."""
        if self.token is None:
            return frozenset(Action)
        known = [scope for scope in Scope if scope in self.token.scopes]
        return NOTHING.union(*(ACTIONS_OF_SCOPE[scope] for scope in known))
