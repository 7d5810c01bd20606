"""What a run is made from: the commit that a ref names now, and the pipeline file at that commit."""

from dataclasses import dataclass

from devops_platform.errors import Missing
from pipelines.definition.dialect import FILE_NAMES, dialect_of
from pipelines.definition.parse import Parsed, parse
from pipelines.definition.problems import DefinitionError, Problem
from pipelines.models import Pipeline
from repositories.forges.base import Commit, Forge
from repositories.forges.registry import forge_for

LONGEST_REF = 1024  # characters


@dataclass(frozen=True, slots=True)
class Sources:
    """A commit with its pipeline file, parsed. ``content`` is the file as it was read, or the draft's text."""

    commit: Commit
    ref: str
    path: str
    content: str
    parsed: Parsed
    draft: bool


def forge_of(pipeline: Pipeline) -> Forge:
    return forge_for(pipeline.repository_url)


def read(pipeline: Pipeline, ref: str, *, draft: str | None = None) -> Sources:
    """Resolve ``ref`` (empty: the pipeline's branch, else the default one) and read the pipeline file there.

    Raises Missing when there is no such ref or file, DefinitionError when the file is no pipeline, and what
    the code host raises.
    """
    commit, full_ref = resolve(pipeline, ref)
    if draft is not None:
        path = str(pipeline.spec.get("pipelineFile") or FILE_NAMES[0])
        return Sources(commit, full_ref, path, draft, parse(draft, dialect=dialect_of(path)), draft=True)
    path, content = pipeline_file(pipeline, commit.sha)
    return Sources(
        commit,
        full_ref,
        path,
        content.decode("utf-8", "replace"),
        parse(content, dialect=dialect_of(path)),
        draft=False,
    )


def resolve(pipeline: Pipeline, ref: str) -> tuple[Commit, str]:
    """The commit that ``ref`` names now, and its full ref. Raises Missing and what the code host raises."""
    if len(ref) > LONGEST_REF or not ref.isprintable():
        raise Missing("That is no name of a branch, tag or commit")
    forge, url = forge_of(pipeline), pipeline.repository_url
    return forge.resolve(url, ref or pipeline.branch or forge.default_branch(url))


@dataclass(frozen=True, slots=True)
class FileAt:
    """A pipeline file as it is at a commit, right or wrong."""

    commit: Commit
    ref: str
    path: str
    content: str
    problems: tuple[Problem, ...]


def look(pipeline: Pipeline, ref: str) -> FileAt:
    """The pipeline file at ``ref`` for reading and editing; without one, an empty text under the usual name."""
    commit, full_ref = resolve(pipeline, ref)
    try:
        path, content = pipeline_file(pipeline, commit.sha)
    except Missing:
        path = str(pipeline.spec.get("pipelineFile") or FILE_NAMES[0])
        return FileAt(commit, full_ref, path, "", ())
    try:
        problems = parse(content, dialect=dialect_of(path)).problems
    except DefinitionError as error:
        problems = error.problems
    return FileAt(commit, full_ref, path, content.decode("utf-8", "replace"), problems)


def pipeline_file(pipeline: Pipeline, sha: str) -> tuple[str, bytes]:
    """Path and content of the pipeline file at a commit. Raises Missing with the names that were looked for."""
    named = str(pipeline.spec.get("pipelineFile") or "")
    wanted = (named,) if named else FILE_NAMES
    try:
        found = forge_of(pipeline).file(pipeline.repository_url, sha, wanted)
    except Missing as error:
        raise Missing(f"There is no pipeline file at {sha[:7]}; looked for {', '.join(wanted)}") from error
    return found.path, found.content
