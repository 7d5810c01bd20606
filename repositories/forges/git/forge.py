"""Any git repository, through the git program alone. Writes nothing there and knows no webhooks."""

from collections.abc import Sequence
from pathlib import Path

from devops_platform.errors import Missing, Unsupported
from repositories.forges.base import Branch, Checkout, Commit, PipelineFile
from repositories.forges.git import output
from repositories.forges.git.mirror import Mirror, environment
from repositories.forges.git.remotes import LocalRule, remote

CHECKOUT = Path(__file__).with_name("checkout.sh")
LARGEST_FILE = 1024 * 1024  # bytes


class GitForge:
    """Keeps its mirrors below ``mirrors``; ``local`` says which repositories of this machine are open."""

    def __init__(self, mirrors: Path, *, local: LocalRule) -> None:
        self._mirrors = mirrors
        self._local = local

    def branches(self, url: str) -> Sequence[Branch]:
        return _refs(self._mirror(url)).branches

    def default_branch(self, url: str) -> str:
        mirror = self._mirror(url)
        found = _refs(mirror)
        if found.head in found.commits:
            return found.head.removeprefix(output.HEADS)
        # An old server, or a HEAD that points to a branch nobody made.
        if not found.branches:
            raise Missing(f"{mirror.remote.shown} has no branch yet")
        names = [branch.name for branch in found.branches]
        return next((name for name in ("main", "master") if name in names), names[0])

    def resolve(self, url: str, ref: str) -> tuple[Commit, str]:
        mirror = self._mirror(url)
        found = _refs(mirror, ref)
        name = found.find(ref)
        if name is None:
            return self._resolve_commit(mirror, ref)
        if not name.startswith((output.HEADS, output.TAGS)):
            mirror.fetch(name)
        sha = found.commits[name]
        return _commit(mirror, sha), name

    def file(self, url: str, commit: str, paths: Sequence[str]) -> PipelineFile:
        mirror = self._mirror(url)
        _check(commit)
        inside = [path for path in paths if output.INSIDE.fullmatch(path)]
        listed = mirror.read(
            commit, "--literal-pathspecs", "ls-tree", "-z", "--long", "--full-tree", commit, "--", *inside
        )
        entry = output.first_file(output.tree(listed.decode("utf-8", "surrogateescape")), paths)
        if entry.size > LARGEST_FILE:
            raise Unsupported(f"{entry.path} has {entry.size} bytes; at most {LARGEST_FILE} are read")
        return PipelineFile(entry.path, mirror.git("cat-file", "blob", entry.sha))

    def changed_paths(self, url: str, before: str, after: str) -> Sequence[str]:
        mirror = self._mirror(url)
        _check(before)
        _check(after)
        mirror.ensure(before)
        listed = mirror.read(after, "diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after)
        return [path for path in listed.decode("utf-8", "surrogateescape").split("\0") if path]

    def checkout(self, url: str, commit: str, ref: str) -> Checkout:
        mirror = self._mirror(url)
        _check(commit)
        data = {
            "CHECKOUT_URL": mirror.remote.url,
            "CHECKOUT_SHOWN_URL": mirror.remote.shown,
            "CHECKOUT_COMMIT": commit,
            "CHECKOUT_MIRROR": str(mirror.path),
        }
        return Checkout(("/bin/sh", str(CHECKOUT)), {**environment(mirror.remote.protocols), **data})

    def _mirror(self, url: str) -> Mirror:
        return Mirror(self._mirrors, remote(url, self._local))

    def _resolve_commit(self, mirror: Mirror, digits: str) -> tuple[Commit, str]:
        if not output.PREFIX.fullmatch(digits):
            raise Missing(f"{mirror.remote.shown} has no branch or tag {digits[:200]!r}")
        if not output.SHA.fullmatch(digits):
            mirror.fetch()
        found = _commit(mirror, digits)
        return found, _holder(mirror, found.sha)


def _refs(mirror: Mirror, ref: str = "") -> output.Refs:
    patterns = ["refs/heads/*", "refs/tags/*"]
    if ref.startswith("refs/") and not ref.startswith((output.HEADS, output.TAGS)):
        patterns.append(ref)
    return output.refs(mirror.remote_refs(*patterns).decode("utf-8", "surrogateescape"))


def _commit(mirror: Mirror, sha: str) -> Commit:
    """The commit ``sha``, which may be the beginning of one that the mirror has. Raises Missing."""
    shown = mirror.read(sha, "log", "-1", "--no-show-signature", f"--format={output.COMMIT_FORMAT}", sha, "--")
    return output.commit(shown.decode("utf-8", "replace"))


def _holder(mirror: Mirror, sha: str) -> str:
    """A branch, else a tag, that contains ``sha``; the commit itself when nothing does any more."""
    for place in ("refs/heads", "refs/tags"):
        names = mirror.git("for-each-ref", f"--contains={sha}", "--format=%(refname)", "--count=1", place)
        name = names.decode("utf-8", "surrogateescape").strip()
        if name and name.isprintable():
            return name
    return sha


def _check(commit: str) -> None:
    if not output.SHA.fullmatch(commit):
        raise Missing(f"{commit[:80]!r} is not a full commit id")
