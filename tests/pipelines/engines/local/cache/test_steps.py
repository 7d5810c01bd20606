"""Steps with a cache, run by the engine."""

import stat
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from pipelines.definition.runplan import StepId, StepPlan
from pipelines.engines.base import CacheAccess, CacheFacts, CacheHit, StepStatus
from pipelines.engines.local.engine import LocalEngine
from pipelines.logs.files import FileLogStore
from tests.contracts.engine import Wire, build, finish, script
from tests.contracts.test_engine import no_sources

HOME = PurePosixPath("p-demo/checkout")
PROTECTED = CacheAccess(HOME, ("protected",), "protected", 10_000_000)
BRANCH = CacheAccess(HOME, ("ref-1", "protected"), "ref-1", 10_000_000)
OTHER = CacheAccess(HOME, ("ref-2", "protected"), "ref-2", 10_000_000)
FORK = CacheAccess(HOME, ("ref-3", "protected"), "", 10_000_000)
FIRST = StepId(0, 0)


class Runs:
    """Runs one step after another, each in a build of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.wire = Wire()
        self.store = FileLogStore(place / "logs")
        self.engine = LocalEngine(
            place / "engine",
            self.store,
            checkout=no_sources,
            publish=self.wire.publish,
            nudge=self.wire.nudge,
            cache=place / "cache",
        )
        self.count = 0

    def status(self, text: str, access: CacheAccess = PROTECTED, **cache: object) -> StepStatus:
        self.count += 1
        return finish(self.engine, self.wire, build((step(text, **cache),), key=f"run-{self.count}", cache=access))[
            FIRST
        ]

    def cache(self, text: str, access: CacheAccess = PROTECTED, **cache: object) -> CacheFacts:
        status = self.status(text, access, **cache)
        assert status.state.value == "Success", status
        assert status.cache is not None
        return status.cache

    @property
    def workspace(self) -> Path:
        return self.place / "engine" / f"run-{self.count}" / "workspace"

    def entries(self) -> list[Path]:
        return [found for found in (self.place / "cache").rglob("*") if found.is_file() and found.name != "lock"]


def step(text: str, **cache: object) -> StepPlan:
    return script(text, cache={"enabled": True, "paths": [".cache"], **cache})


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_what_one_run_leaves_the_next_one_finds(runs: Runs) -> None:
    first = runs.cache("mkdir .cache && echo kept > .cache/file", key="v1")
    second = runs.cache('test "$(cat .cache/file)" = kept', key="v1")
    assert (first.hit, second.hit) == (CacheHit.MISS, CacheHit.EXACT)
    assert (first.restored_bytes, second.published_bytes) == (0, 0)
    assert first.published_bytes == second.restored_bytes > 0


def test_without_a_key_the_cache_follows_the_step(runs: Runs) -> None:
    assert runs.cache("mkdir .cache && echo 1 > .cache/a").hit is CacheHit.MISS
    assert runs.cache("echo 2 > .cache/b").hit is CacheHit.EXACT
    assert runs.cache("test -e .cache/a && test -e .cache/b").published_bytes == 0
    assert len(runs.entries()) == 1


def test_a_step_that_fails_publishes_nothing(runs: Runs) -> None:
    failed = runs.status("mkdir .cache && touch .cache/half && exit 3", key="v1")
    assert failed.exit_code == 3
    assert runs.entries() == []


def test_a_new_key_begins_with_the_newest_that_begins_alike(runs: Runs) -> None:
    runs.cache("mkdir .cache && echo 1 > .cache/file", key="pip-1")
    runs.cache("mkdir -p .cache && echo 2 > .cache/file", key="pip-2")
    third = runs.cache('test "$(cat .cache/file)" = 2', key="pip-3", restore_keys=["pip-"])
    assert third.hit is CacheHit.PARTIAL
    assert runs.cache("test -e .cache/file", key="pip-3").hit is CacheHit.EXACT


def test_a_key_follows_the_files_it_names_as_the_steps_before_left_them(runs: Runs) -> None:
    plan = {"key": "pip-{{ hash 'lock' }}", "enabled": True, "paths": [".cache"]}
    found = []
    for number, content in enumerate(("one", "two", "one")):
        wanted = build(
            (script(f"echo {content} > lock"),),
            (script("mkdir -p .cache", cache=plan),),
            key=f"lock-{number}",
            cache=PROTECTED,
        )
        facts = finish(runs.engine, runs.wire, wanted)[StepId(1, 0)].cache
        assert facts is not None
        found.append(facts)
    assert [facts.hit.value for facts in found] == ["miss", "miss", "exact"]
    assert found[0].key == found[2].key != found[1].key


@pytest.mark.parametrize("writer", [BRANCH, FORK], ids=["another branch", "a fork"])
def test_what_is_not_protected_reaches_nobody_else(runs: Runs, writer: CacheAccess) -> None:
    runs.cache("mkdir .cache && touch .cache/poison", writer, key="v1")
    assert runs.cache("test ! -e .cache", PROTECTED, key="v1").hit is CacheHit.MISS
    assert runs.cache("test ! -e .cache", OTHER, key="v1").hit is CacheHit.MISS


def test_a_fork_reads_but_never_writes(runs: Runs) -> None:
    runs.cache("mkdir .cache && touch .cache/good", key="v1")
    before = runs.entries()
    assert runs.cache("test -e .cache/good", FORK, key="v1").hit is CacheHit.EXACT
    assert runs.cache("mkdir .cache && touch .cache/bad", FORK, key="v2").published_bytes == 0
    assert runs.entries() == before


def test_a_branch_reads_its_own_before_the_protected_ones(runs: Runs) -> None:
    runs.cache("mkdir .cache && echo main > .cache/file", key="a-1")
    runs.cache("mkdir .cache && echo own > .cache/file", BRANCH, key="a-2")
    text = 'test "$(cat .cache/file)" = {}'
    assert runs.cache(text.format("own"), BRANCH, key="a-3", restore_keys=["a-"]).hit is CacheHit.PARTIAL
    assert runs.cache(text.format("main"), OTHER, key="a-3", restore_keys=["a-"]).hit is CacheHit.PARTIAL


def test_modes_times_links_and_empty_folders_come_back(runs: Runs) -> None:
    runs.cache(
        "mkdir -p .cache/empty && echo x > .cache/tool && chmod 751 .cache/tool && ln -s /etc/passwd .cache/link"
        " && touch -d '2001-02-03 04:05:06.123456789Z' .cache/tool",
        key="v1",
    )
    runs.cache("true", key="v1")
    kept = runs.workspace / ".cache"
    found = (kept / "tool").stat()
    assert stat.S_IMODE(found.st_mode) == 0o751
    assert found.st_mtime_ns == 981173106_123456789
    assert str((kept / "link").readlink()) == "/etc/passwd"
    assert list((kept / "empty").iterdir()) == []


def test_what_the_workspace_has_already_stays(runs: Runs) -> None:
    runs.cache("mkdir .cache && echo old > .cache/own && echo kept > .cache/other", key="v1")
    wanted = build(
        (script("mkdir .cache && echo new > .cache/own"),),
        (step('test "$(cat .cache/own .cache/other | xargs)" = "new kept"', key="v1"),),
        key="own",
        cache=PROTECTED,
    )
    assert finish(runs.engine, runs.wire, wanted)[StepId(1, 0)].state.value == "Success"


def test_nothing_is_restored_through_a_link_that_leads_out(runs: Runs) -> None:
    outside = runs.place / "outside"
    outside.mkdir()
    runs.cache("mkdir -p out/deep && touch out/deep/file", key="v1", paths=["out/deep"])
    wanted = build(
        (script(f"ln -s {outside} out"),), (step("true", key="v1", paths=["out/deep"]),), key="link", cache=PROTECTED
    )
    status = finish(runs.engine, runs.wire, wanted)[StepId(1, 0)]
    assert status.state.value == "Success"
    assert status.cache is not None
    assert status.cache.note is not None
    assert status.cache.note.code == "CachePathOutside"
    assert list(outside.iterdir()) == []


def test_a_cache_beyond_the_quota_is_a_note_and_no_failure(runs: Runs) -> None:
    small = replace(PROTECTED, quota=10_000)
    facts = runs.cache("mkdir .cache && head -c 20000 /dev/zero > .cache/big", small, key="v1")
    assert facts.note is not None
    assert facts.note.code == "CacheTooLarge"
    assert runs.entries() == []


def test_a_step_whose_paths_are_not_there_says_so(runs: Runs) -> None:
    facts = runs.cache("true", key="v1")
    assert facts.note is not None
    assert facts.note.code == "CacheEmpty"


def test_the_log_has_nothing_of_the_cache(runs: Runs) -> None:
    runs.cache("mkdir .cache && echo hello", key="v1")
    logged = b"".join(data for frames in runs.wire.frames.values() for _, data, _ in frames)
    assert logged == b"hello\n"


def test_a_command_that_is_killed_ends_as_it_does_without_a_cache(runs: Runs) -> None:
    status = runs.status("kill -9 $$", key="v1")
    assert status.reason is not None
    assert status.reason.code == "Killed"
    assert runs.wire.frames == {} or not b"".join(d for f in runs.wire.frames.values() for _, d, _ in f)
