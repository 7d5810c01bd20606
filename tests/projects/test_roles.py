"""What a role and a token's scope allow."""

import itertools

import pytest

from devops_platform.errors import Denied, Missing
from devops_platform.projects import services
from devops_platform.projects.models import ApiToken, Project, User
from devops_platform.projects.permissions import check_may, check_unbound, may
from devops_platform.projects.principals import Principal
from devops_platform.projects.roles import ACTIONS_OF_ROLE, ACTIONS_OF_SCOPE, Action, Role, Scope, allowed, within
from devops_platform.projects.selectors import projects_visible_to


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        pytest.param(None, set(), id="a stranger may nothing"),
        pytest.param(Role.READONLY, {"view"}, id="a reader only looks"),
        pytest.param(Role.MEMBER, {"view", "run", "edit", "manage_secrets"}, id="a member works, without settings"),
        pytest.param(Role.OWNER, set(Action), id="an owner may everything"),
    ],
)
def test_each_role_has_its_actions(role: Role | None, actions: set[str]) -> None:
    assert {action for action in Action if allowed(role, action)} == actions


def test_each_scope_includes_the_one_before() -> None:
    sets = [ACTIONS_OF_SCOPE[scope] for scope in Scope]
    assert all(less < more for less, more in itertools.pairwise(sets))


def test_a_token_without_scope_is_good_for_nothing() -> None:
    assert not any(within([], action) for action in Action)


def token(user: User, *scopes: Scope, project: Project | None = None) -> ApiToken:
    return services.create_token(user=user, name="ci", scopes=scopes, project=project)[0]


@pytest.mark.parametrize("scope", Scope)
def test_a_token_never_gives_more_than_the_role(project: Project, rita: User, scope: Scope) -> None:
    principal = Principal(rita, token(rita, scope))
    assert {a for a in Action if may(principal, a, project)} == ACTIONS_OF_ROLE[Role.READONLY] & ACTIONS_OF_SCOPE[scope]


@pytest.mark.parametrize("scope", Scope)
def test_an_owners_token_is_limited_to_its_scope(project: Project, alice: User, scope: Scope) -> None:
    principal = Principal(alice, token(alice, scope))
    assert {action for action in Action if may(principal, action, project)} == ACTIONS_OF_SCOPE[scope]


def test_a_token_of_one_project_sees_no_other(project: Project, alice: User) -> None:
    other = services.create_project(name="Other", by=alice)
    principal = Principal(alice, token(alice, Scope.ADMIN, project=project))
    assert list(projects_visible_to(principal)) == [project]
    with pytest.raises(Missing):
        check_may(principal, Action.VIEW, other)
    with pytest.raises(Denied):
        check_unbound(principal, Action.VIEW)


def test_a_bound_token_of_staff_stays_bound(project: Project, alice: User) -> None:
    root = User.objects.create_superuser("root")
    other = services.create_project(name="Other", by=alice)
    assert may(Principal(root), Action.DELETE, other)
    assert not may(Principal(root, token(root, Scope.ADMIN, project=project)), Action.VIEW, other)


def test_an_unknown_scope_in_a_row_gives_nothing(project: Project, alice: User) -> None:
    row = token(alice, Scope.READ)
    row.scopes = ["everything"]
    assert not may(Principal(alice, row), Action.VIEW, project)


def test_a_stranger_cannot_tell_a_project_from_none(project: Project, charlie: User) -> None:
    with pytest.raises(Missing):
        check_may(Principal(charlie), Action.VIEW, project)


def test_a_member_learns_that_a_right_is_missing(project: Project, rita: User) -> None:
    with pytest.raises(Denied):
        check_may(Principal(rita), Action.RUN, project)


def test_who_is_no_longer_active_may_nothing(project: Project, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert not may(Principal(alice), Action.VIEW, project)
    assert not projects_visible_to(Principal(alice)).exists()
