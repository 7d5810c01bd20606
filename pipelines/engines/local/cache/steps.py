"""The cache of one step as the engine sees it: what is ordered, how it is carried out, what came of it."""

import shutil
import sys
from pathlib import Path

from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepId
from pipelines.engines.base import Build, CacheFacts, CacheHit
from pipelines.engines.local.cache import keys, work
from pipelines.engines.local.cache.order import Done, Order

AROUND = Path(__file__).with_name("around.sh")


def order(build: Build, where: StepId, *, root: Path, workspace: Path, tar: str) -> Order | None:
    """What the plan of the step asks for; None when it has no cache."""
    plan, access = build.plan.step(where).cache, build.cache
    if not plan.enabled or access is None:
        return None
    return Order(
        home=str(root / access.home),
        workspace=str(workspace),
        tar=tar,
        usual=keys.usual(build.plan.stages[where.stage].name, build.plan.step(where).name),
        key=plan.key,
        restore_keys=plan.restore_keys,
        paths=plan.paths,
        scopes=access.reads,
        writes=access.writes,
        quota=access.quota,
    )


def around(argv: tuple[str, ...], wanted: Order, directory: Path) -> tuple[str, ...]:
    """``argv`` with restoring before and publishing after it; writes the order down."""
    if not wanted.tar:
        Done(wanted.key or wanted.usual, work.MISS, note="CacheNeedsTar").write(directory)
        return argv
    wanted.write(directory / work.ORDER)
    return ("/bin/sh", str(AROUND), sys.executable, work.__file__, str(directory), *argv)


def find_tar(path: str) -> str:
    """GNU tar; empty when it is not on ``path``."""
    return shutil.which("tar", path=path) or ""


def facts(directory: Path) -> CacheFacts | None:
    """What is known of the cache of the step with this directory so far."""
    done = Done.read(directory)
    if done is None:
        return None
    return CacheFacts(
        key=done.key,
        hit=CacheHit(done.hit),
        restored_bytes=done.restored_bytes,
        restore_seconds=done.restore_seconds,
        published_bytes=done.published_bytes,
        publish_seconds=done.publish_seconds,
        note=reason(done.note) if done.note else None,
    )
