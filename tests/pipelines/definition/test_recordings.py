"""Real users' files. Only their names and verdicts are kept here; a file that is not named loads without a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.definition.dialect import Dialect
from pipelines.definition.parse import parse
from pipelines.definition.plan import make_plan
from pipelines.definition.problems import DefinitionError, Problem, Severity
from pipelines.definition.runplan import Event, RunPlan
from pipelines.definition.trigger import Trigger

DIALECTS = {
    "cubepaas": Dialect.OURS,
    "rancher-pipeline-yml": Dialect.ANCESTOR,
    "rancher-pipeline-yaml": Dialect.ANCESTOR,
}
# Where and why: line, column, code. Errors of the refused, warnings of the others.
REFUSED = {
    # broken YAML
    "cubepaas/lc99310__ddr.yml": [(28, 1, "Syntax")],
    "rancher-pipeline-yml/jian-kowalski__basic-spring-courses-server.yml": [(6, 22, "Syntax")],
    # no pipelines at all
    "rancher-pipeline-yaml/wangyin821027__pipelinetest.yml": [(2, 5, "NotAPipeline")],
    "rancher-pipeline-yml/D2Moqi__devops.yml": [(1, 1, "NotAPipeline")],
    # the environment is a word; the ancestor's decoder refused it as well
    "rancher-pipeline-yaml/sinourain__mr_sys.yml": [(17, 9, "NotMapping")],
    # steps that ask for the platform's own secret
    "rancher-pipeline-yaml/iii-org__template-generator.yml": [(80, 19, "PlatformSecret")],
    "rancher-pipeline-yml/Coventh__django-postgresql-todo.yml": [
        (91, 19, "PlatformSecret"),
        (109, 19, "PlatformSecret"),
        (204, 19, "PlatformSecret"),
    ],
}
WARNED = {
    "rancher-pipeline-yaml/City-of-Helsinki__kaavoitus-api.yml": [(5, 7, "ScriptMissing")],
    "rancher-pipeline-yaml/HelloSundayMorning__apputils.yml": [(10, 11, "MisplacedKey")],
    "rancher-pipeline-yml/544139212__baike-admin.yml": [(17, 24, "CatalogShape")],
}
TRIGGERS = [
    Trigger(event=Event.MANUAL, branch="master"),
    Trigger(event=Event.PUSH, branch="feature/x", changed_paths=("a/b",), commit="0" * 40),
    Trigger(event=Event.TAG, tag="v1", branch="v1", ref="refs/tags/v1"),
    Trigger(event=Event.PULL_REQUEST, branch="dev", fork=True),
]

Places = list[tuple[int, int, str]]


@pytest.fixture(scope="module")
def files(recordings: Path) -> dict[str, bytes]:
    folder = recordings / "pipelines"
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(folder.glob("*/*"))}


def verdict(name: str, content: bytes) -> tuple[str, Places]:
    dialect = DIALECTS[name.partition("/")[0]]
    try:
        problems = parse(content, dialect=dialect).problems
    except DefinitionError as error:
        return "refused", places(each for each in error.problems if each.severity is Severity.ERROR)
    return ("warned" if problems else "loads"), places(problems)


def places(problems: Iterator[Problem] | tuple[Problem, ...]) -> Places:
    return [(each.line, each.column, each.code) for each in problems]


def expected(name: str) -> tuple[str, Places]:
    if name in REFUSED:
        return "refused", REFUSED[name]
    return ("warned", WARNED[name]) if name in WARNED else ("loads", [])


def test_every_file_has_its_verdict(files: dict[str, bytes]) -> None:
    assert files
    assert {name: verdict(name, content) for name, content in files.items()} == {name: expected(name) for name in files}


def test_every_named_file_is_among_the_recordings(files: dict[str, bytes]) -> None:
    assert (REFUSED | WARNED).keys() <= files.keys()


def test_what_loads_can_be_planned_for_any_trigger(files: dict[str, bytes]) -> None:
    for name in files.keys() - REFUSED.keys():
        definition = parse(files[name], dialect=DIALECTS[name.partition("/")[0]]).definition
        for trigger in TRIGGERS:
            made = make_plan(definition, trigger)
            assert RunPlan.model_validate_json(made.model_dump_json()) == made
