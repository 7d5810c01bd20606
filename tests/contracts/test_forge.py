import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from devops_platform.errors import PlatformError, Unsupported
from repositories.forges.base import Forge
from repositories.forges.git.forge import LARGEST_FILE, GitForge
from repositories.forges.git.remotes import LocalRule
from tests.contracts.forge import SECRET, ForgeContract, Place, checked_out

AUTHOR = {
    "GIT_AUTHOR_NAME": "Zoë Žižek",
    "GIT_AUTHOR_EMAIL": "zoe@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+08:00",
    "GIT_COMMITTER_NAME": "c",
    "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+08:00",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def git(where: Path, *arguments: str) -> str:
    env = {"PATH": os.environ["PATH"], **AUTHOR}
    done = subprocess.run(["git", *arguments], cwd=where, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(where: Path, message: str, **files: str) -> str:
    for name, text in files.items():
        (where / name).write_text(text)
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(where, "rev-parse", "HEAD")


def repository(where: Path) -> Path:
    where.mkdir(parents=True)
    git(where, "init", "--quiet", "--initial-branch=main")
    return where


class TestGit(ForgeContract):
    @pytest.fixture
    @override
    def forge(self, tmp_path: Path) -> Forge:
        return GitForge(tmp_path / "mirrors", local=LocalRule(roots=(tmp_path,)))

    @pytest.fixture
    def origin(self, tmp_path: Path) -> Path:
        return repository(tmp_path / "origin")

    @pytest.fixture(params=["path", "file address"])
    @override
    def place(self, request: pytest.FixtureRequest, tmp_path: Path, origin: Path) -> Iterator[Place]:
        (origin / "dir").mkdir()
        (origin / "dir" / "b.txt").write_text("b\n")
        (origin / "run.sh").write_text("#!/bin/sh\n")
        (origin / "run.sh").chmod(0o755)
        (origin / "link.yml").symlink_to("a.txt")
        first = commit(origin, "First\n\nwith a body", **{"a.txt": "one\n"})
        git(origin, "tag", "--annotate", "v1", "--message", "one")
        git(origin, "tag", "main")
        second = commit(origin, "Second", **{"a.txt": "two\n", "Füße.txt": "x"})
        git(origin, "switch", "--quiet", "--create", "feature/x")
        feature = commit(origin, "Feature", **{"feature.txt": "x"})
        git(origin, "switch", "--quiet", "main")
        prefix = "" if request.param == "path" else "file://"
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers, and nobody else takes the port
            yield Place(
                url=f"{prefix}{origin}",
                first=first,
                second=second,
                feature=feature,
                missing=f"{prefix}{tmp_path}/nothing",
                down=f"http://127.0.0.1:{nobody.getsockname()[1]}/a.git",
                grow=lambda: commit(origin, "Grown", **{"grown.txt": "x"}),
            )

    def test_a_commit_that_no_branch_holds_any_more_is_still_found(
        self, forge: Forge, place: Place, origin: Path, tmp_path: Path
    ) -> None:
        lost = place.grow()
        git(origin, "reset", "--quiet", "--hard", place.second)
        git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        assert f"HEAD is now at {lost} " in checked_out(forge, place, lost, tmp_path / "work")
        assert forge.resolve(place.url, lost)[0].sha == lost

    def test_a_forced_push_moves_the_branch(self, forge: Forge, place: Place, origin: Path) -> None:
        forge.resolve(place.url, "main")
        git(origin, "reset", "--quiet", "--hard", place.first)
        assert forge.resolve(place.url, "main")[0].sha == place.first

    def test_a_branch_may_become_a_folder_of_branches(self, forge: Forge, place: Place, origin: Path) -> None:
        git(origin, "branch", "topic", place.second)
        forge.resolve(place.url, place.first[:8])
        git(origin, "branch", "--delete", "topic")
        git(origin, "branch", "topic/one", place.first)
        assert forge.resolve(place.url, "topic/one")[0].sha == place.first
        assert forge.resolve(place.url, place.first[:8])[0].sha == place.first

    def test_a_ref_of_a_pull_request_resolves_by_its_full_name(self, forge: Forge, place: Place, origin: Path) -> None:
        git(origin, "update-ref", "refs/pull/7/head", place.first)
        commit_found, name = forge.resolve(place.url, "refs/pull/7/head")
        assert (commit_found.sha, name) == (place.first, "refs/pull/7/head")

    def test_an_empty_repository_has_no_branches(self, forge: Forge, tmp_path: Path) -> None:
        assert forge.branches(str(repository(tmp_path / "empty"))) == ()

    def test_a_file_that_is_too_large_is_not_read(self, forge: Forge, place: Place, origin: Path) -> None:
        sha = commit(origin, "Large", large="x" * (LARGEST_FILE + 1))
        with pytest.raises(Unsupported):
            forge.file(place.url, sha, ["large"])

    def test_submodules_come_along_at_their_commits(
        self, forge: Forge, place: Place, origin: Path, tmp_path: Path
    ) -> None:
        inner, outer = repository(tmp_path / "inner"), repository(tmp_path / "library")
        pinned = commit(inner, "Inner", **{"inner.txt": "1"})
        for where, url in ((outer, "../inner"), (origin, "../library")):
            git(where, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "sub")
            sha = commit(where, "With a submodule")
        commit(inner, "Later", **{"inner.txt": "2"})
        checked_out(forge, place, sha, tmp_path / "work")
        assert (tmp_path / "work" / "sub" / "sub" / "inner.txt").read_text() == "1"
        assert git(tmp_path / "work" / "sub" / "sub", "rev-parse", "HEAD") == pinned

    def test_a_checkout_stands_without_the_mirror(self, forge: Forge, place: Place, tmp_path: Path) -> None:
        checked_out(forge, place, place.second, tmp_path / "work")
        assert not (tmp_path / "work" / ".git" / "objects" / "info" / "alternates").exists()
        assert git(tmp_path / "work", "remote", "get-url", "origin") == place.url.removeprefix("file://")

    def test_a_checkout_makes_the_mirror_it_needs(self, forge: Forge, place: Place, tmp_path: Path) -> None:
        assert not (tmp_path / "mirrors").exists()
        assert "HEAD is now at" in checked_out(forge, place, place.first, tmp_path / "work")

    @pytest.mark.parametrize("url", [f"https://u:{SECRET}@127.0.0.1:1/a", f"http://{SECRET}@127.0.0.1:1/a"])
    def test_no_message_holds_a_secret(self, forge: Forge, url: str) -> None:
        with pytest.raises(PlatformError) as caught:
            forge.branches(url)
        assert SECRET not in str(caught.value)
