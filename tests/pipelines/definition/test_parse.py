"""What a file says and what is wrong with it. Rows hold the lines that matter; ``file`` puts the rest around them."""

from textwrap import indent

import pytest

from pipelines.definition.dialect import Dialect
from pipelines.definition.parse import Parsed, parse
from pipelines.definition.problems import DefinitionError, Problem, Severity
from pipelines.definition.runplan import StepKind

SCRIPT = "runScriptConfig: {image: busybox, shellScript: make}"
EVERYTHING = """\
stages:
  - name: Build
    cache: {enabled: true, paths: [.cache]}
    pauseBefore: false
    when: {branch: {include: [main, "release/*"], exclude: [wip]}, event: [push, tag], paths: {include: ["src/**"]}}
    steps:
      - name: test
        runScriptConfig: {image: "python:3.12", shellScript: "make test"}
        env: {CI: "1", WORKERS: 4, DEBUG: true}
        envFrom: [{sourceName: api, sourceKey: token, targetKey: API_TOKEN}]
        cpuRequest: 100m
        cpuLimit: 0.5
        memoryRequest: 128Mi
        memoryLimit: 1Gi
        privileged: false
        cache: {key: "pip-{{ hash 'requirements.txt' }}", restoreKeys: [pip-], paths: [.cache/pip]}
        timeout: 10
        retry: {max: 2, backoff: 30}
        artifacts: [dist/*.whl]
        reports: {junit: [reports/*.xml]}
        when: {event: push}
      - runScriptConfig: {image: node, shellScript: npm test}
        cache: false
  - name: Sources
    steps:
      - sourceCodeConfig:
  - name: Ship
    steps:
      - publishImageConfig: {dockerfilePath: ./Dockerfile, buildContext: ., tag: "app:1", pushRemote: yes}
      - applyYamlConfig: {path: ./deploy.yaml, namespace: test}
      - publishCatalogConfig: {path: ./chart, catalogTemplate: app, version: 1.10, gitUrl: "git@h:x.git", gitBranch: m}
      - applyAppConfig: {catalogTemplate: library/mysql, version: 1, name: db, targetNamespace: test, answers: {a: 1}}
      - approvalConfig: {approvers: [alice], required: 1, message: Ship it?, expiry: 60}
        when: {tag: "v*"}
timeout: 60
branch: {include: [main]}
cache: {enabled: true, paths: [target]}
concurrency: {group: "deploy-${CICD_GIT_BRANCH}", policy: queue}
schedules: [{cron: "0 2 * * *", timezone: Asia/Shanghai, branch: main, missed: once}]
upstream: [{pipeline: base-image, condition: Success}]
notification: {recipients: [{recipient: "#dev", notifier: slack}], condition: [Failed, Changed], message: "..."}
"""


def file(step: str = SCRIPT, *, top: str = "") -> str:
    """A pipeline of one step; line 4 is the step's first."""
    lines = indent(step, "      ").replace("      ", "    - ", 1)
    return f"stages:\n- name: Build\n  steps:\n{lines}\n{top}"


def refused(text: str, dialect: Dialect = Dialect.OURS) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse(text, dialect=dialect)
    return caught.value.problems


def test_everything_the_language_has() -> None:
    parsed = parse(EVERYTHING)
    assert parsed.problems == ()
    steps = [step for stage in parsed.definition.stages for step in stage.steps]
    assert {step.kind for step in steps} == set(StepKind)


def test_values_keep_their_text() -> None:
    first, _, ship = parse(EVERYTHING).definition.stages
    assert first.steps[0].env == {"CI": "1", "WORKERS": "4", "DEBUG": "true"}
    assert ship.steps[2].publish_catalog_config is not None
    assert ship.steps[2].publish_catalog_config.version == "1.10"


def test_the_wire_form_reads_back_as_the_same_definition() -> None:
    definition = parse(EVERYTHING).definition
    assert type(definition).model_validate(definition.to_wire()) == definition


@pytest.mark.parametrize(
    ("branch", "include"),
    [
        pytest.param("main", ("main",), id="a word"),
        pytest.param("[main, dev]", ("main", "dev"), id="a list"),
        pytest.param("{include: main}", ("main",), id="one word to include"),
        pytest.param("{include: [main]}", ("main",), id="a list to include"),
        pytest.param("{}", (), id="nothing said"),
    ],
)
def test_filters_have_short_forms(branch: str, include: tuple[str, ...]) -> None:
    definition = parse(file(top=f"branch: {branch}")).definition
    assert definition.branch is not None
    assert definition.branch.include == include


REFUSED = [
    pytest.param("", "NotAPipeline", 1, "", id="an empty file"),
    pytest.param("just words", "NotAPipeline", 1, "", id="a sentence"),
    pytest.param("- a\n- b", "NotAPipeline", 1, "", id="a list"),
    pytest.param("apiVersion: v1\nkind: Pod", "NotAPipeline", 1, "", id="a manifest"),
    pytest.param("a: [", "Syntax", 1, "", id="broken YAML"),
    pytest.param("timeout: 5\nstages:", "NoStages", 2, "stages", id="stages without a value"),
    pytest.param("stages: []", "NoStages", 1, "stages", id="no stages"),
    pytest.param("stages: x", "NotList", 1, "stages", id="stages that are text"),
    pytest.param("stages:\n- name: a", "StageWithoutSteps", 2, "stages[0].steps", id="a stage without steps"),
    pytest.param("stages:\n- name: a\n  steps: []", "StageWithoutSteps", 3, "stages[0].steps", id="an empty list"),
    pytest.param("stages:\n- name: a\n  steps:", "StageWithoutSteps", 3, "stages[0].steps", id="steps without a value"),
    pytest.param("stages:\n- steps: [{sourceCodeConfig: {}}]", "Required", 2, "stages[0].name", id="no stage name"),
    pytest.param(file("env: {A: b}"), "StepWithoutKind", 4, "stages[0].steps[0]", id="a step of no kind"),
    pytest.param(
        file(f"{SCRIPT}\nsourceCodeConfig: {{}}"),
        "StepOfSeveralKinds",
        4,
        "stages[0].steps[0]",
        id="a step of two kinds",
    ),
    pytest.param(
        file("runScriptConfig: {shellScript: make}"),
        "Required",
        4,
        "stages[0].steps[0].runScriptConfig.image",
        id="a script without an image",
    ),
    pytest.param(file("applyYamlConfig: {}"), "NothingToApply", 4, "stages[0].steps[0].applyYamlConfig", id="no file"),
]


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize(("text", "code", "line", "path"), REFUSED)
def test_what_is_refused_in_both_dialects(text: str, code: str, line: int, path: str, dialect: Dialect) -> None:
    assert [(each.code, each.line, each.path) for each in refused(text, dialect)] == [(code, line, path)]


IGNORED_BY_THE_ANCESTOR = [
    pytest.param(file(top="timeouts: 5"), "UnknownKeyNear", "timeouts", id="a typo at the top"),
    pytest.param(file(f"{SCRIPT}\nprivilege: true"), "UnknownKeyNear", "stages[0].steps[0].privilege", id="in a step"),
    pytest.param(file(top="x-mine: 5"), "UnknownKey", "x-mine", id="a key like no other"),
    pytest.param(file(top="timeout: 5\ntimeout: 6"), "DuplicateKey", "timeout", id="a key given twice"),
    pytest.param(file(top="---\nstages: []"), "SecondDocument", "", id="a second document"),
    pytest.param(file(top="timeout: !minutes 5"), "TagUnknown", "", id="a tag"),
    pytest.param(file(top="branch: '[main'"), "BadPattern", "branch", id="half a pattern"),
    pytest.param(
        file(f"{SCRIPT}\nwhen: {{event: [pusch]}}"), "UnknownEvent", "stages[0].steps[0].when.event[0]", id="an event"
    ),
    pytest.param(
        file(top="notification: {condition: Broken}"), "UnknownCondition", "notification.condition", id="a condition"
    ),
    pytest.param(
        file("runScriptConfig: {image: node}"), "ScriptMissing", "stages[0].steps[0].runScriptConfig", id="no script"
    ),
]


@pytest.mark.parametrize(("text", "code", "path"), IGNORED_BY_THE_ANCESTOR)
def test_what_the_ancestor_ignored_is_refused_in_ours(text: str, code: str, path: str) -> None:
    assert [(each.code, each.path, each.severity) for each in refused(text)] == [(code, path, Severity.ERROR)]


@pytest.mark.parametrize(("text", "code", "path"), IGNORED_BY_THE_ANCESTOR)
def test_what_the_ancestor_ignored_is_a_warning_in_its_files(text: str, code: str, path: str) -> None:
    found = parse(text, dialect=Dialect.ANCESTOR).problems
    assert [(each.code, each.path, each.severity) for each in found] == [(code, path, Severity.WARNING)]


BAD_STEP_VALUES = [
    ("cpuRequest: lots", "BadQuantity"),
    ("memoryLimit: 1GB", "BadQuantity"),
    ("cpuRequest: 2\ncpuLimit: 500m", "RequestAboveLimit"),
    ("memoryRequest: 2Gi\nmemoryLimit: 1G", "RequestAboveLimit"),
    ("env: {A=B: c}", "BadEnvName"),
    ("env: {'': c}", "BadEnvName"),
    ("env: A", "NotMapping"),
    ("env: {A: [b]}", "NotText"),
    ("envFrom: [{sourceName: pipeline-secret, sourceKey: a}]", "PlatformSecret"),
    ("envFrom: [{sourceName: pipeline-api-key, sourceKey: a}]", "PlatformSecret"),
    ("envFrom: [{sourceName: ../x, sourceKey: a}]", "BadSecretName"),
    ("envFrom: [{sourceName: x, sourceKey: a/b}]", "BadSecretKey"),
    ("envFrom: [{sourceName: x}]", "Required"),
    ("envFrom: x", "NotList"),
    ("cache: {paths: [/root]}", "BadPath"),
    ("cache: {paths: [../x]}", "BadPath"),
    ("cache: {paths: [a/../../b]}", "BadPath"),
    ("cache: {paths: [~/x]}", "BadPath"),
    ("cache: {paths: [.]}", "BadPath"),
    ("cache: {paths: [a], key: '{{ env }}'}", "BadCacheKey"),
    ("cache: {paths: [a], key: 'x {{'}", "BadCacheKey"),
    ("cache: maybe", "NotFlag"),
    ("artifacts: [/etc/passwd]", "BadPath"),
    ("reports: {junit: [../x.xml]}", "BadPath"),
    ("timeout: -1", "OutOfRange"),
    ("timeout: soon", "NotNumber"),
    ("timeout: 1.5", "NotNumber"),
    ("retry: {max: 11}", "OutOfRange"),
    ("retry: {backoff: 100000}", "OutOfRange"),
    ("privileged: maybe", "NotFlag"),
    ('name: "a\\nb"', "NotOneLine"),
    ("when: {paths: ['a[']}", "BadPattern"),
    ("when: main", "NotMapping"),
    (f"when: {{branch: {'x' * 257}}}", "TooLong"),
    (f"when: {{branch: [{'x, ' * 101}]}}", "OutOfRange"),
]


@pytest.mark.parametrize(("lines", "code"), BAD_STEP_VALUES, ids=[lines for lines, _ in BAD_STEP_VALUES])
def test_bad_values_of_a_step(lines: str, code: str) -> None:
    problem, *others = refused(file(f"{SCRIPT}\n{lines}"))
    assert (problem.code, problem.line, others) == (code, 5, [])


BAD_TOP_VALUES = [
    ("timeout: 99999", "OutOfRange"),
    ("schedules: [{cron: often}]", "CronFields"),
    ("schedules: [{cron: '0 25 * * *'}]", "CronItem"),
    ("schedules: [{cron: '0 0 31 4 *'}]", "CronNever"),
    ("schedules: [{cron: '0 0 * * *', timezone: Mars/Olympus}]", "BadTimezone"),
    ("schedules: [{cron: '0 0 * * *', missed: all}]", "NotOneOf"),
    ("concurrency: {group: a, policy: replace}", "NotOneOf"),
    ("concurrency: {policy: queue}", "Required"),
    ("upstream: [{pipeline: a, condition: Perhaps}]", "NotOneOf"),
    ("notification: {recipients: [{recipient: a}]}", "Required"),
    ("branch: {include: [{a: b}]}", "NotText"),
]


@pytest.mark.parametrize(("line", "code"), BAD_TOP_VALUES, ids=[line for line, _ in BAD_TOP_VALUES])
def test_bad_values_of_a_pipeline(line: str, code: str) -> None:
    problem, *others = refused(file(top=line))
    assert (problem.code, problem.line, others) == (code, 5, [])


@pytest.mark.parametrize("image", ["Busybox", "a b", "'${'", "x;y", "''"])
def test_images_are_checked(image: str) -> None:
    assert [each.code for each in refused(file(f"runScriptConfig: {{image: {image}, shellScript: x}}"))] == ["BadImage"]


ADVICE = [
    pytest.param(file(f"{SCRIPT}\ncache: true"), "CacheWithoutPaths", id="a cache of nothing"),
    pytest.param(
        file(f"{SCRIPT}\nenv: {{A: b}}\nenvFrom: [{{sourceName: x, sourceKey: A}}]"), "SetTwice", id="a name set twice"
    ),
    pytest.param(
        file("applyAppConfig: {catalogTemplate: SD, version: 1, name: a, targetNamespace: b}"),
        "CatalogShape",
        id="chart",
    ),
]


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize(("text", "code"), ADVICE)
def test_what_is_odd_but_runs_is_a_warning_in_both(text: str, code: str, dialect: Dialect) -> None:
    assert [each.code for each in parse(text, dialect=dialect).problems] == [code]


def test_all_problems_are_reported_in_the_order_of_the_text() -> None:
    text = file(f"{SCRIPT}\ntimeout: soon\nenv: {{1A: x}}\nfoo: bar\nenvForm: []", top="timeout: x\nstage: y")
    assert [(each.code, each.line, each.column) for each in refused(text)] == [
        ("NotNumber", 5, 16),
        ("BadEnvName", 6, 13),
        ("UnknownKey", 7, 7),
        ("UnknownKeyNear", 8, 7),
        ("NotNumber", 9, 10),
        ("UnknownKeyNear", 10, 1),
    ]


def test_an_ignored_key_does_not_hide_the_rest() -> None:
    found = refused(file(f"{SCRIPT}\nfoo: bar\ntimeout: soon"), Dialect.ANCESTOR)
    assert [(each.code, each.severity) for each in found] == [
        ("UnknownKey", Severity.WARNING),
        ("NotNumber", Severity.ERROR),
    ]


@pytest.mark.parametrize(
    ("key", "near"), [("shellscript", "shellScript"), ("script", "shellScript"), ("Image", "image"), ("zzz", None)]
)
def test_unknown_keys_come_with_the_nearest_known(key: str, near: str | None) -> None:
    text = file(f"runScriptConfig: {{image: busybox, shellScript: x, {key}: y}}")
    assert [each.params.get("near") for each in refused(text)] == [near]


def test_a_known_key_in_a_wrong_place_is_shown_its_place() -> None:
    problem = refused(file(f"{SCRIPT}\nshellScript: x"))[0]
    assert (problem.code, problem.params["homes"]) == ("MisplacedKey", "runScriptConfig")


def test_step_names_are_unique_within_a_stage() -> None:
    text = f"stages:\n- name: a\n  steps:\n  - {{name: x, {SCRIPT}}}\n  - {{name: x, {SCRIPT}}}\n"
    assert [(each.code, each.line) for each in refused(text)] == [("DuplicateStepName", 5)]


def test_anchors_and_merges_carry_steps() -> None:
    text = f"stages:\n- name: a\n  steps:\n  - &s\n    {SCRIPT}\n  - <<: *s\n    name: again\n"
    definition = parse(text).definition
    assert [step.kind for step in definition.stages[0].steps] == [StepKind.RUN_SCRIPT] * 2


def test_problems_carry_their_sentence() -> None:
    assert refused(file(top="timeouts: 5"))[0].text == "Unknown key timeouts; did you mean timeout?"


def test_user_text_never_becomes_part_of_a_sentence_template() -> None:
    problem = refused(file(f"{SCRIPT}\n'{{0.__class__}}': x"))[0]
    assert problem.text == "Unknown key {0.__class__}"


def test_what_a_file_says_is_shortened_and_cannot_move_a_cursor() -> None:
    problem = refused(file(top=f'"\\e[2J{"x" * 500}": 1'))[0]
    assert "\x1b" not in problem.text + problem.path
    assert len(problem.text) < 300


def test_the_error_names_the_first_problem_and_all_places() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(file(top="timeout: x"))
    assert str(caught.value).startswith("Line 5, column 10:")
    assert [(place.path, place.line, place.column) for place in caught.value.places] == [("timeout", 5, 10)]


def test_bytes_and_text_read_alike() -> None:
    assert parse(EVERYTHING.encode()) == parse(EVERYTHING)
    assert isinstance(parse(b"\xef\xbb\xbf" + EVERYTHING.encode()), Parsed)
