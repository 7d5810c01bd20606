import subprocess
from pathlib import Path

import pytest

from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepKind, StepPlan
from pipelines.engines.local.files import BuildFiles, StepFiles
from pipelines.engines.local.kinds import publish_catalog
from pipelines.engines.local.kinds.fill import fill
from pipelines.engines.local.kinds.tools import Made
from pipelines.engines.local.refusal import Refused
from pipelines.states import State
from tests.pipelines.engines.local.kinds.world import SECOND, House, secret

CHART = {"chart/Chart.yaml": "name: app\nversion: ${CICD_GIT_TAG}\n", "chart/templates/a.yaml": "x: ${HOME} ${OTHER}\n"}
PLACE = "charts/app/1.2"


def publish(url: str, **config: object) -> StepPlan:
    wanted = {
        "path": "chart",
        "catalogTemplate": "app",
        "version": "1.2",
        "gitUrl": url,
        "gitBranch": "main",
        "gitAuthor": "Alice",
        "gitEmail": "alice@example.com",
    }
    return StepPlan(name="catalog", kind=StepKind.PUBLISH_CATALOG, config={**wanted, **config}, env={"OTHER": "$(id)"})


def git(*arguments: str, at: Path) -> str:
    identity = ("-c", "user.name=Bob", "-c", "user.email=bob@example.com")
    done = subprocess.run(["git", *identity, *arguments], cwd=at, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A bare repository with one commit on main."""
    found, work = tmp_path / "catalog.git", tmp_path / "first"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(found), at=tmp_path)
    git("clone", "--quiet", str(found), str(work), at=tmp_path)
    (work / "README").write_text("charts\n")
    git("checkout", "--quiet", "-B", "main", at=work)
    git("add", ".", at=work)
    git("commit", "--quiet", "-m", "Begin", at=work)
    git("push", "--quiet", "origin", "main", at=work)
    return found


@pytest.fixture
def step(tmp_path: Path) -> StepFiles:
    files = BuildFiles(tmp_path, "key")
    files.prepare()
    found = files.step(SECOND)
    found.directory.mkdir()
    return found


def made(plan: StepPlan, step: StepFiles, **secrets: str) -> Made:
    variables = {"CICD_GIT_TAG": "1.2", "CICD_GIT_MESSAGE": "free text"}
    return publish_catalog.program(plan, step, secrets=secrets, variables=variables, path="/usr/bin:/bin")


def test_a_chart_is_committed_as_its_author_with_known_variables_filled_in(tmp_path: Path, catalog: Path) -> None:
    house = House(tmp_path)
    found = house.run(publish(str(catalog)), CHART, variables={"CICD_GIT_TAG": "1.2"})
    assert found.state is State.SUCCESS, house.log()
    assert git("show", f"main:{PLACE}/Chart.yaml", at=catalog) == "name: app\nversion: 1.2"
    assert git("show", f"main:{PLACE}/templates/a.yaml", at=catalog) == "x: ${HOME} $(id)"
    assert git("log", "-1", "--format=%an %ae %s", "main", at=catalog) == "Alice alice@example.com Publish app 1.2"


def test_a_chart_that_is_there_already_is_no_failure_and_no_commit(tmp_path: Path, catalog: Path) -> None:
    house = House(tmp_path)
    house.run(publish(str(catalog)), CHART, key="run-1")
    before = git("rev-parse", "main", at=catalog)
    assert house.run(publish(str(catalog)), CHART, key="run-2").state is State.SUCCESS
    assert git("rev-parse", "main", at=catalog) == before


def test_a_version_replaces_itself_as_a_whole(tmp_path: Path, catalog: Path) -> None:
    house = House(tmp_path)
    house.run(publish(str(catalog)), CHART, key="run-1")
    house.run(publish(str(catalog)), {"chart/Chart.yaml": "name: new\n"}, key="run-2")
    assert git("ls-tree", "-r", "--name-only", "main", at=catalog).split() == ["README", f"{PLACE}/Chart.yaml"]


MEANWHILE = """#!/bin/sh
# The first push meets a branch that somebody else has moved meanwhile.
[ -e once ] && exit 0
touch once
unset GIT_QUARANTINE_PATH
tree=$(git rev-parse main^{tree})
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
other=$(git commit-tree -p main -m Other "$tree")
git update-ref refs/heads/main "$other"
"""


def test_a_branch_that_moved_meanwhile_is_met_again(tmp_path: Path, catalog: Path) -> None:
    hook = catalog / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(MEANWHILE)
    hook.chmod(0o755)
    house = House(tmp_path)
    assert house.run(publish(str(catalog)), CHART).state is State.SUCCESS, house.log()
    assert git("log", "--format=%s", "main", at=catalog).splitlines() == ["Publish app 1.2", "Other", "Begin"]


def test_a_push_that_is_refused_for_good_fails(tmp_path: Path, catalog: Path) -> None:
    hook = catalog / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    house = House(tmp_path)
    assert house.run(publish(str(catalog)), CHART).state is State.FAILED
    assert "protected" in house.log()
    assert "moved" not in house.log()


def test_a_link_in_the_catalog_does_not_lead_out_of_it(tmp_path: Path, catalog: Path) -> None:
    outside = tmp_path / "outside" / "app" / "1.2"
    outside.mkdir(parents=True)
    (outside / "precious").touch()
    work = tmp_path / "work"
    git("clone", "--quiet", str(catalog), str(work), at=tmp_path)
    (work / "charts").symlink_to(outside.parent.parent)
    git("add", ".", at=work)
    git("commit", "--quiet", "-m", "Link", at=work)
    git("push", "--quiet", "origin", "HEAD:main", at=work)
    assert House(tmp_path).run(publish(str(catalog)), CHART).state is State.FAILED
    assert [path.name for path in outside.iterdir()] == ["precious"]


@pytest.mark.parametrize("text", ["..", "a/../../b", "", "-x", "a b", "a\nb"])
@pytest.mark.parametrize("key", ["catalogTemplate", "version"])
def test_names_that_are_no_folder_are_refused(step: StepFiles, key: str, text: str) -> None:
    with pytest.raises(Refused):
        made(publish("https://git.example/c.git", **{key: text}), step)


@pytest.mark.parametrize(
    ("url", "ssh"),
    [
        ("git@git.example:c.git", True),
        ("ssh://git@git.example/c.git", True),
        ("https://git.example/c.git", False),
        ("/srv/c.git", False),
        ("/srv/a:b.git", False),
    ],
)
def test_which_addresses_need_ssh(url: str, ssh: bool) -> None:
    assert publish_catalog.is_ssh(url) is ssh


def test_a_password_is_a_variable_and_in_no_argument_or_address(step: StepFiles) -> None:
    found = made(publish("https://git.example/c.git"), step, USERNAME="alice", PASSWORD="s3cret")
    assert [name for name, value in found.env.items() if "s3cret" in value] == ["CATALOG_PASSWORD"]
    assert "s3cret" not in " ".join(found.argv)


def test_git_gets_user_and_password_when_a_host_asks(step: StepFiles) -> None:
    found = made(publish("https://git.example/c.git"), step, USERNAME="alice", PASSWORD="a b'$(id)")
    answer = subprocess.run(
        ["git", "credential", "fill"],
        input="protocol=https\nhost=git.example\n\n",
        env={**found.env, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert answer.splitlines()[2:] == ["username=alice", "password=a b'$(id)"]


def test_a_deploy_key_is_a_private_file_and_host_keys_are_checked(step: StepFiles) -> None:
    found = made(publish("git@git.example:c.git"), step, DEPLOY_KEY="KEY")
    key = Path(found.env["CATALOG_KEY"])
    assert (key.stat().st_mode & 0o777, key.read_text()) == (0o600, "KEY\n")
    assert "StrictHostKeyChecking=yes" in found.env["GIT_SSH_COMMAND"]
    assert "KEY\n" not in found.env.values()


def test_a_deploy_key_is_gone_when_the_step_has_ended(tmp_path: Path) -> None:
    house = House(tmp_path)
    key = secret(DEPLOY_KEY="KEY")
    plan = publish(str(tmp_path / "gone.git")).model_copy(update={"secrets": tuple(key)})
    assert house.run(plan, CHART, secrets=key).state is State.FAILED
    assert not list(house.root.rglob("deploy_key"))


def test_free_text_of_a_commit_is_not_filled_in(step: StepFiles) -> None:
    assert made(publish("/c.git"), step).env["CATALOG_NAMES"].split() == ["CICD_GIT_TAG", "OTHER"]


def test_files_that_are_no_text_and_links_stay_as_they_are(tmp_path: Path) -> None:
    binary = tmp_path / "logo.png"
    binary.write_bytes(b"\xff${A}")
    target = tmp_path / "target"
    target.write_text("${A} ${B} ${A")
    (tmp_path / "link").symlink_to(binary)
    fill(tmp_path, {"A": "${B}"})
    assert binary.read_bytes() == b"\xff${A}"
    assert target.read_text() == "${B} ${B} ${A"


def test_a_machine_without_git_says_how_to_get_it(tmp_path: Path) -> None:
    found = House(tmp_path, path="/nowhere").run(publish("/c.git"), {})
    assert found.reason == reason("ToolMissing", tool="git", how="apt install git")
