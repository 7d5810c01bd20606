"""Who may do what, as values: roles, actions, token scopes. Imports no framework."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"
    READONLY = "readonly"


class Action(StrEnum):
    """What a principal does to a project or to something in it."""

    VIEW = "view"
    RUN = "run"
    """Start, stop, pause, approve and rerun."""
    EDIT = "edit"
    """Change pipelines, and repositories and credentials of one's own."""
    MANAGE_SECRETS = "manage_secrets"
    MANAGE_SETTINGS = "manage_settings"
    """Project name, pipeline settings, code hosts, registry and cluster links."""
    MANAGE_MEMBERS = "manage_members"
    AUDIT = "audit"
    DELETE = "delete"


class Scope(StrEnum):
    """What a personal token is good for; each includes the ones before it."""

    READ = "read"
    RUN = "run"
    WRITE = "write"
    ADMIN = "admin"


ACTIONS_OF_ROLE = {
    Role.READONLY: frozenset({Action.VIEW}),
    Role.MEMBER: frozenset({Action.VIEW, Action.RUN, Action.EDIT, Action.MANAGE_SECRETS}),
    Role.OWNER: frozenset(Action),
}

ACTIONS_OF_SCOPE = {
    Scope.READ: frozenset({Action.VIEW}),
    Scope.RUN: frozenset({Action.VIEW, Action.RUN}),
    Scope.WRITE: frozenset({Action.VIEW, Action.RUN, Action.EDIT, Action.MANAGE_SECRETS}),
    Scope.ADMIN: frozenset(Action),
}


def allowed(role: Role | None, action: Action) -> bool:
    """Whether ``role`` includes ``action``; a stranger (None) may nothing."""
    return role is not None and action in ACTIONS_OF_ROLE[role]


def within(scopes: Iterable[Scope], action: Action) -> bool:
    """Whether a token with ``scopes`` may be used for ``action``, given that its user may do it."""
    return any(action in ACTIONS_OF_SCOPE[scope] for scope in scopes)
