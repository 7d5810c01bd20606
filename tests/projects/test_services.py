"""The services of the tenancy: what they refuse, and what they leave in the audit log."""

import pytest
from django.db import connection

from devops_platform.errors import Conflict, Invalid
from devops_platform.projects import secret_rules, selectors, services
from devops_platform.projects.models import AuditEvent, Member, Project, Secret, User
from devops_platform.projects.roles import Role

VALUE = "correct-horse-battery"


def member(project: Project, user: User) -> Member:
    return Member.objects.get(project=project, user=user)


def events(project: Project) -> list[tuple[str, str, str]]:
    return [(e.verb, e.target_kind, e.target) for e in selectors.audit_of(project).order_by("id")]


def test_who_makes_a_project_owns_it(charlie: User) -> None:
    project = services.create_project(name="  New \n one ", by=charlie)
    assert project.name == "New one"
    assert project.full_name == f"local:{project.pk}"
    assert member(project, charlie).role == Role.OWNER


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "bell\x07", "nul\x00"])
def test_a_name_is_one_printable_line(charlie: User, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.create_project(name=name, by=charlie)
    assert set(caught.value.fields) == {"name"}
    assert not Project.objects.exists()


def test_the_last_owner_cannot_be_removed(project: Project, alice: User) -> None:
    with pytest.raises(Conflict):
        services.remove_member(member=member(project, alice), by=alice)
    assert member(project, alice).role == Role.OWNER


def test_the_last_owner_cannot_step_down(project: Project, alice: User) -> None:
    with pytest.raises(Conflict):
        services.change_role(member=member(project, alice), role=Role.MEMBER, by=alice)
    assert member(project, alice).role == Role.OWNER


def test_an_owner_who_left_the_company_does_not_count(project: Project, alice: User, bob: User) -> None:
    services.change_role(member=member(project, bob), role=Role.OWNER, by=alice)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(Conflict):
        services.remove_member(member=member(project, alice), by=alice)


def test_one_of_two_owners_can_go(project: Project, alice: User, bob: User) -> None:
    services.change_role(member=member(project, bob), role=Role.OWNER, by=alice)
    services.remove_member(member=member(project, alice), by=alice)
    assert [m.user for m in selectors.members_of(project)] == [bob]


def test_nobody_is_a_member_twice(project: Project, alice: User, bob: User) -> None:
    with pytest.raises(Conflict):
        services.add_member(project=project, username="bob", role=Role.OWNER, by=alice)
    assert member(project, bob).role == Role.MEMBER


def test_a_refused_deletion_deletes_nothing(project: Project, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_project: Project) -> None:
        raise Conflict("a run is active")

    monkeypatch.setattr(services, "before_deletion", [refuse])
    with pytest.raises(Conflict):
        services.delete_project(project=project, by=alice)
    assert Project.objects.filter(pk=project.pk).exists()
    assert events(project) == []


def test_the_audit_log_outlives_its_project_and_its_actor(alice: User, project: Project) -> None:
    services.rename_project(project=project, name="Renamed", by=alice)
    services.delete_project(project=project, by=alice)
    alice.delete()
    kept = AuditEvent.objects.filter(project_id="p-demo").order_by("id")
    assert [(event.actor_name, event.verb) for event in kept] == [("alice", "renamed"), ("alice", "deleted")]


def test_the_audit_log_takes_no_change(project: Project, alice: User) -> None:
    event = services.record(verb="did", target_kind="Thing", target="x", by=alice, project=project)
    for change in (event.save, event.delete, AuditEvent.objects.all().delete):
        with pytest.raises(TypeError):
            change()
    with pytest.raises(TypeError):
        AuditEvent.objects.update(verb="did not")


def test_a_secret_is_changed_key_by_key(project: Project, alice: User) -> None:
    services.set_secret(project=project, name="api", put={"a": "1", "b": "2"}, by=alice)
    secret, created = services.set_secret(project=project, name="api", put={"c": "3"}, remove=["a"], by=alice)
    assert (secret.keys, created) == (["b", "c"], False)
    assert selectors.secret_values(project, "api") == {"b": "2", "c": "3"}


def test_a_secret_lies_sealed_in_its_row(project: Project, alice: User) -> None:
    services.set_secret(project=project, name="api", put={"token": VALUE}, by=alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM projects_secret")
        assert VALUE not in str(cursor.fetchall())


def test_the_audit_log_names_keys_and_no_values(project: Project, alice: User) -> None:
    services.set_secret(project=project, name="api", put={"token": VALUE}, by=alice)
    services.delete_secret(secret=Secret.objects.get(), by=alice)
    assert events(project) == [("created", "Secret", "api"), ("deleted", "Secret", "api")]
    assert VALUE not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    "name",
    ["pipeline-secret", "pipeline-api-key", "registry-crt", "docker-registry", "devops-docker-registry", "minio-root"],
)
def test_the_platforms_own_names_are_refused(project: Project, alice: User, name: str) -> None:
    with pytest.raises(Invalid):
        services.set_secret(project=project, name=name, put={"a": "1"}, by=alice)


@pytest.mark.parametrize("name", ["", "Upper", "under_score", "-dash", "dash-", "a" * 64, "dot.dot", "nul\x00"])
def test_what_kubernetes_would_refuse_is_refused(project: Project, alice: User, name: str) -> None:
    with pytest.raises(Invalid):
        services.set_secret(project=project, name=name, put={"a": "1"}, by=alice)


@pytest.mark.parametrize(
    ("put", "remove"),
    [
        pytest.param({}, [], id="nothing at all"),
        pytest.param({"a": ""}, [], id="an empty value"),
        pytest.param({"a": "x\x00"}, [], id="a NUL"),
        pytest.param({"a b": "1"}, [], id="a space in a key"),
        pytest.param({"": "1"}, [], id="an empty key"),
        pytest.param({"a": "x" * (secret_rules.MAX_BYTES + 1)}, [], id="too many bytes"),
        pytest.param({f"k{n}": "x" for n in range(101)}, [], id="too many keys"),
        pytest.param({}, ["old"], id="no key left"),
    ],
)
def test_a_secret_that_cannot_be_kept_is_refused(put: dict[str, str], remove: list[str]) -> None:
    with pytest.raises(Invalid):
        secret_rules.changed({"old": "1"} if remove else {}, put=put, remove=remove)


def test_the_first_administrator_is_made_once(db: None) -> None:
    name, password = services.ensure_admin()
    assert password is not None
    assert User.objects.get(username=name).check_password(password)
    assert services.ensure_admin() == (name, None)
    assert password not in str(list(AuditEvent.objects.values()))


def test_a_given_password_is_taken_and_not_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", VALUE)
    assert services.ensure_admin() == ("admin", None)
    assert User.objects.get(username="admin").check_password(VALUE)
