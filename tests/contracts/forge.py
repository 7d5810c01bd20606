"""What every forge promises. An adapter's test module subclasses this and provides a place that it serves."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from devops_platform.errors import Missing, Unavailable
from repositories.forges.base import Branch, Forge

SECRET = "hunter2secret"
NOBODY = "0" * 40


@dataclass(frozen=True)
class Place:
    """A repository with three commits in a row: ``first``, ``second`` (``main``), ``feature`` (``feature/x``).

    The first has ``a.txt`` ("one"), the executable ``run.sh``, the link ``link.yml`` → ``a.txt`` and ``dir/b.txt``; the
    second changes ``a.txt`` ("two") and adds ``Füße.txt``; the last adds ``feature.txt``. The tags ``v1`` (annotated)
    and ``main`` are on the first.
    """

    url: str
    first: str
    second: str
    feature: str
    missing: str  # the address of no repository
    down: str  # an address where nobody answers
    grow: Callable[[], str]  # add a commit to main, tell its id


class ForgeContract:
    @pytest.fixture
    def place(self) -> Place:
        raise NotImplementedError

    @pytest.fixture
    def forge(self) -> Forge:
        raise NotImplementedError

    def test_branches_are_all_there_with_their_commits(self, forge: Forge, place: Place) -> None:
        expected = [Branch("feature/x", place.feature), Branch("main", place.second)]
        assert sorted(forge.branches(place.url), key=lambda branch: branch.name) == expected

    def test_the_default_branch_is_what_the_host_says(self, forge: Forge, place: Place) -> None:
        assert forge.default_branch(place.url) == "main"

    @pytest.mark.parametrize(
        ("ref", "commit", "full"),
        [
            pytest.param("feature/x", "feature", "refs/heads/feature/x", id="a branch"),
            pytest.param("v1", "first", "refs/tags/v1", id="a tag stands for its commit"),
            pytest.param("main", "second", "refs/heads/main", id="a branch wins over a tag of the same name"),
            pytest.param("refs/tags/main", "first", "refs/tags/main", id="a full ref is taken at its word"),
            pytest.param("refs/heads/main", "second", "refs/heads/main", id="a full ref of a branch"),
        ],
    )
    def test_a_ref_resolves(self, forge: Forge, place: Place, ref: str, commit: str, full: str) -> None:
        found, name = forge.resolve(place.url, ref)
        assert (found.sha, name) == (getattr(place, commit), full)

    @pytest.mark.parametrize("digits", [7, 12, 40])
    def test_a_commit_resolves_by_its_first_digits(self, forge: Forge, place: Place, digits: int) -> None:
        found, name = forge.resolve(place.url, place.feature[:digits])
        assert (found.sha, name) == (place.feature, "refs/heads/feature/x")

    def test_a_commit_tells_its_author_message_and_time(self, forge: Forge, place: Place) -> None:
        found, _ = forge.resolve(place.url, "v1")
        assert (found.author, found.email) == ("Zoë Žižek", "zoe@example.org")
        assert found.message == "First\n\nwith a body"
        assert found.at.isoformat() == "2026-01-02T03:04:05+08:00"

    @pytest.mark.parametrize(
        "ref", ["nope", "--help", "-x", "", "0000000", NOBODY, "refs/heads/nope", "a..b", "v1^{tree}", "ma*"]
    )
    def test_what_is_no_ref_is_missing(self, forge: Forge, place: Place, ref: str) -> None:
        with pytest.raises(Missing):
            forge.resolve(place.url, ref)

    def test_a_new_commit_is_seen_at_once(self, forge: Forge, place: Place) -> None:
        forge.resolve(place.url, "main")
        new = place.grow()
        assert forge.resolve(place.url, "main")[0].sha == new
        assert Branch("main", new) in forge.branches(place.url)

    @pytest.mark.parametrize(
        ("paths", "found"),
        [
            pytest.param(["none.yml", "run.sh", "a.txt"], "run.sh", id="the first that exists, in the order asked"),
            pytest.param(["dir/b.txt"], "dir/b.txt", id="in a folder"),
            pytest.param(["link.yml", "dir", "a.txt"], "a.txt", id="links and folders are no files"),
            pytest.param(
                ["../a.txt", "/a.txt", "./a.txt", "*.txt", ":(glob)*", "a.txt"], "a.txt", id="paths are literal"
            ),
        ],
    )
    def test_a_file_is_read_as_it_is_at_the_commit(
        self, forge: Forge, place: Place, paths: list[str], found: str
    ) -> None:
        assert forge.file(place.url, place.first, paths).path == found

    def test_content_is_that_of_the_commit(self, forge: Forge, place: Place) -> None:
        assert forge.file(place.url, place.first, ["a.txt"]).content == b"one\n"
        assert forge.file(place.url, place.second, ["a.txt"]).content == b"two\n"

    @pytest.mark.parametrize("paths", [["none"], ["dir"], ["link.yml"], []])
    def test_a_file_that_is_not_there_is_missing(self, forge: Forge, place: Place, paths: list[str]) -> None:
        with pytest.raises(Missing):
            forge.file(place.url, place.first, paths)

    @pytest.mark.parametrize("commit", [NOBODY, "HEAD", "main", "--help"])
    def test_a_commit_that_is_not_there_is_missing(self, forge: Forge, place: Place, commit: str) -> None:
        with pytest.raises(Missing):
            forge.file(place.url, commit, ["a.txt"])

    def test_changed_paths_are_those_that_differ(self, forge: Forge, place: Place) -> None:
        assert sorted(forge.changed_paths(place.url, place.first, place.second)) == ["Füße.txt", "a.txt"]

    def test_a_repository_that_is_not_there_is_missing(self, forge: Forge, place: Place) -> None:
        with pytest.raises(Missing):
            forge.branches(place.missing)

    def test_a_host_that_does_not_answer_is_unavailable(self, forge: Forge, place: Place) -> None:
        with pytest.raises(Unavailable):
            forge.default_branch(place.down)

    @pytest.mark.parametrize("commit", ["first", "second", "feature"])
    def test_a_checkout_leaves_exactly_the_commit(
        self, forge: Forge, place: Place, tmp_path: Path, commit: str
    ) -> None:
        sha = getattr(place, commit)
        text = checked_out(forge, place, sha, tmp_path / "work")
        assert (tmp_path / "work" / "a.txt").read_text() == ("one\n" if commit == "first" else "two\n")
        assert (tmp_path / "work" / "feature.txt").exists() == (commit == "feature")
        assert text.splitlines()[-1].startswith(f"HEAD is now at {sha} ")

    def test_a_checkout_finds_a_commit_that_came_later(self, forge: Forge, place: Place, tmp_path: Path) -> None:
        forge.resolve(place.url, "main")
        new = place.grow()
        assert f"HEAD is now at {new} " in checked_out(forge, place, new, tmp_path / "work")

    def test_a_checkout_into_the_workspace_of_an_earlier_attempt_keeps_what_was_built(
        self, forge: Forge, place: Place, tmp_path: Path
    ) -> None:
        work = tmp_path / "work"
        checked_out(forge, place, place.first, work)
        (work / "dist").write_text("built")
        assert place.first in checked_out(forge, place, place.first, work)
        assert (work / "dist").read_text() == "built"

    def test_a_checkout_replaces_what_one_that_was_cut_off_left(
        self, forge: Forge, place: Place, tmp_path: Path
    ) -> None:
        work = tmp_path / "work"
        (work / ".git").mkdir(parents=True)
        (work / ".git" / "HEAD.lock").touch()
        (work / "half").touch()
        assert place.first in checked_out(forge, place, place.first, work)
        assert not (work / "half").exists()

    def test_a_checkout_of_what_is_not_there_fails_and_says_so(
        self, forge: Forge, place: Place, tmp_path: Path
    ) -> None:
        checkout = forge.checkout(place.url, NOBODY, "refs/heads/main")
        (tmp_path / "work").mkdir()
        done = subprocess.run(
            checkout.argv, env=checkout.env, cwd=tmp_path / "work", capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert NOBODY in done.stderr


def checked_out(forge: Forge, place: Place, sha: str, into: Path) -> str:
    """Run the checkout in the folder ``into``; what it printed."""
    into.mkdir(exist_ok=True)
    checkout = forge.checkout(place.url, sha, "refs/heads/main")
    env = {"PATH": os.environ["PATH"], "HOME": str(into.parent), **checkout.env}
    done = subprocess.run(checkout.argv, env=env, cwd=into, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
