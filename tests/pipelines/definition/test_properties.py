"""What holds for every file: bytes never break the reader, and what it accepts can be planned."""

import re
import string
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.definition.dialect import Dialect
from pipelines.definition.parse import parse
from pipelines.definition.plan import PlanSettings, make_plan
from pipelines.definition.problems import RULES, DefinitionError, Severity
from pipelines.definition.runplan import Event, RunPlan, StepKind
from pipelines.definition.schema import EVENTS, Definition
from pipelines.definition.trigger import Trigger

DIALECTS = st.sampled_from(Dialect)
WORDS = st.text(string.ascii_letters + string.digits + "-_é特${}'\"", min_size=1, max_size=12).filter(str.strip)
NAMES = st.text(string.ascii_letters, min_size=1, max_size=8)
# Pieces of the language, in any order: far more of these texts get past the YAML parser than of random ones.
PIECES = st.sampled_from(
    [
        *("stages", "steps", "name", "runScriptConfig", "image", "when", "branch", "env", "cache", "x", "1"),
        *(":", ": ", "- ", "\n", "\n  ", "\n    ", "{", "}", "[", "]", ",", "&a ", "*a", "<<", "'", '"'),
        *("|", "~", "\t", "#", "!!str "),
    ]
)

filters = st.one_of(
    WORDS, st.lists(WORDS, max_size=2), st.fixed_dictionaries({}, optional={"include": WORDS, "exclude": WORDS})
)
events = st.one_of(st.sampled_from(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=2))
whens = st.fixed_dictionaries({}, optional={"branch": filters, "tag": filters, "event": events, "paths": filters})
caches = st.one_of(
    st.booleans(), st.fixed_dictionaries({}, optional={"enabled": st.booleans(), "paths": st.lists(NAMES, max_size=2)})
)
kinds: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {"runScriptConfig": st.fixed_dictionaries({"image": st.just("a/b:${CICD_EVENT}"), "shellScript": WORDS})}
    ),
    st.fixed_dictionaries({"publishImageConfig": st.fixed_dictionaries({}, optional={"pushRemote": st.booleans()})}),
    st.fixed_dictionaries({"applyYamlConfig": st.fixed_dictionaries({"content": WORDS})}),
    st.fixed_dictionaries({"approvalConfig": st.fixed_dictionaries({}, optional={"message": WORDS})}),
    st.just({"sourceCodeConfig": {}}),
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "env": st.dictionaries(NAMES, st.one_of(WORDS, st.integers(), st.booleans()), max_size=2),
        "envFrom": st.lists(st.fixed_dictionaries({"sourceName": NAMES, "sourceKey": NAMES}), max_size=2),
        "when": whens,
        "cache": caches,
        "privileged": st.booleans(),
        "timeout": st.integers(0, 100),
    },
)
steps = st.builds(lambda kind, extra: {**kind, **extra}, kinds, extras)
stages = st.fixed_dictionaries(
    {"name": NAMES, "steps": st.lists(steps, min_size=1, max_size=3)}, optional={"when": whens, "cache": caches}
)
documents = st.fixed_dictionaries(
    {"stages": st.lists(stages, min_size=1, max_size=3)},
    optional={
        "branch": filters,
        "cache": caches,
        "timeout": st.integers(0, 100),
        "concurrency": st.just({"group": "deploy-${CICD_GIT_MESSAGE}"}),
    },
)
triggers = st.builds(
    Trigger,
    event=st.sampled_from(Event),
    branch=WORDS,
    tag=st.one_of(st.just(""), WORDS),
    message=st.text(max_size=20),
    changed_paths=st.one_of(st.none(), st.lists(WORDS, max_size=3).map(tuple)),
    fork=st.booleans(),
    repository_url=st.text(max_size=20),
)
# A busy machine is no finding; that time is bounded is asserted by budgets, not by clocks.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SETTINGS = PlanSettings(image_prefixes={"a/": "reg.example.com"}, registry="127.0.0.1:34001")


def check_verdict(content: str | bytes, dialect: Dialect) -> None:
    """Read ``content``; whatever is wrong with it is somewhere in it."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    lines = re.split("\r\n|\n|\r", text)
    try:
        problems = parse(content, dialect=dialect).problems
        assert all(each.severity is Severity.WARNING for each in problems)
    except DefinitionError as error:
        problems = error.problems
        assert any(each.severity is Severity.ERROR for each in problems)
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.code in RULES
        assert problem.text


@CALM
@given(st.binary(max_size=200), DIALECTS)
def test_any_bytes_are_read_or_refused_at_a_place(content: bytes, dialect: Dialect) -> None:
    check_verdict(content, dialect)


@CALM
@given(st.text(max_size=200), DIALECTS)
def test_any_text_is_read_or_refused_at_a_place(content: str, dialect: Dialect) -> None:
    check_verdict(content, dialect)


@settings(CALM, max_examples=200)
@given(st.lists(PIECES, max_size=60).map("".join), DIALECTS)
def test_any_mix_of_the_languages_pieces_is_read_or_refused_at_a_place(content: str, dialect: Dialect) -> None:
    check_verdict(content, dialect)


@CALM
@given(
    documents,
    st.recursive(st.one_of(st.none(), st.booleans(), WORDS), lambda inner: st.lists(inner, max_size=2), max_leaves=3),
    st.data(),
)
def test_any_value_anywhere_is_read_or_refused_at_a_place(document: dict[str, Any], value: Any, data: Any) -> None:
    stage = document["stages"][0]
    places: list[dict[str, Any]] = [document, stage, stage["steps"][0]]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from([*place, "when", "cache", "env", "timeout"]))] = value
    check_verdict(yaml.safe_dump(document, allow_unicode=True), Dialect.OURS)


@CALM
@given(documents)
def test_text_and_json_mean_the_same(document: dict[str, Any]) -> None:
    parsed = parse(yaml.safe_dump(document, allow_unicode=True), dialect=Dialect.ANCESTOR)
    assert parsed.definition == Definition.model_validate(document)


@CALM
@given(documents, triggers)
def test_every_definition_has_one_plan_and_it_survives_json(document: dict[str, Any], trigger: Trigger) -> None:
    definition = Definition.model_validate(document)
    plan = make_plan(definition, trigger, SETTINGS)
    assert make_plan(definition, trigger, SETTINGS) == plan
    assert RunPlan.model_validate_json(plan.model_dump_json()) == plan


@CALM
@given(documents, triggers)
def test_plans_keep_their_promises(document: dict[str, Any], trigger: Trigger) -> None:
    plan = make_plan(Definition.model_validate(document), trigger, SETTINGS)
    assert any(step.kind is StepKind.SOURCE_CODE for _, step in plan.steps())
    for stage in plan.stages:
        assert len({step.name for step in stage.steps}) == len(stage.steps)
        assert (stage.skip is not None) == all(step.skip is not None for step in stage.steps)
    for _, step in plan.steps():
        if trigger.fork:
            assert not step.secrets
            assert not step.privileged


@CALM
@given(documents, st.text(max_size=30))
def test_a_commit_message_changes_nothing_but_texts(document: dict[str, Any], message: str) -> None:
    """Nothing that a committer words reaches the structure of a plan, its scripts, images or conditions."""
    definition = Definition.model_validate(document)
    plain = make_plan(definition, Trigger(event=Event.PUSH, branch="main"), SETTINGS)
    worded = make_plan(definition, Trigger(event=Event.PUSH, branch="main", message=message), SETTINGS)
    assert plain.concurrency_group == worded.concurrency_group
    for (_, old), (_, new) in zip(plain.steps(), worded.steps(), strict=True):
        same: dict[str, Any] = {"env": {}, "config": {}}
        assert old.model_copy(update=same) == new.model_copy(update=same)
