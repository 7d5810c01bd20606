from pathlib import Path

import pytest

from devops_platform.errors import Denied, Missing, PlatformError, Throttled, Unavailable, Unsupported
from repositories.forges.git.remotes import LocalRule, failure, remote, without_userinfo

NOWHERE = LocalRule()


@pytest.mark.parametrize(
    ("url", "protocols"),
    [
        pytest.param("https://git.example.org/a/b.git", "https:http", id="https"),
        pytest.param("http://127.0.0.1:3000/a/b", "https:http", id="http with a port"),
        pytest.param("https://[::1]:8443/a", "https:http", id="an IPv6 address"),
        pytest.param("ssh://git@example.org:2222/a/b", "ssh", id="ssh"),
        pytest.param("git@example.org:a/b.git", "ssh", id="the short form of ssh"),
        pytest.param("example.org:~user/b.git", "ssh", id="the short form without a user"),
    ],
)
def test_an_address_is_accepted_with_the_protocols_it_needs(url: str, protocols: str) -> None:
    found = remote(url, NOWHERE)
    assert (found.url, found.protocols, found.local) == (url, protocols, False)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="nothing"),
        pytest.param("ext::sh -c touch% /tmp/x", id="a command as transport"),
        pytest.param("ext::sh", id="a command without spaces"),
        pytest.param("fd::17", id="a descriptor as transport"),
        pytest.param("--upload-pack=touch /tmp/x", id="an option"),
        pytest.param("-x", id="a short option"),
        pytest.param("ssh://-oProxyCommand=id/x", id="an option as host"),
        pytest.param("ssh://-l@host/x", id="an option as user"),
        pytest.param("-oProxyCommand=id:x", id="an option as short host"),
        pytest.param("host:-x", id="an option as short path"),
        pytest.param("git://example.org/a", id="a protocol without protection"),
        pytest.param("ftp://example.org/a", id="an old protocol"),
        pytest.param("https:///a", id="no host"),
        pytest.param("https://example.org:port/a", id="a port that is no number"),
        pytest.param("https://example.org/a\nb", id="two lines"),
        pytest.param("https://example.org/a b", id="a space"),
        pytest.param("https://example.org/\0", id="a zero byte"),
        pytest.param("https://[::1", id="half an address"),
        pytest.param("file://host/a", id="a file of another machine"),
        pytest.param("relative/path", id="a relative path"),
        pytest.param("https://example.org/" + "a" * 3000, id="too long"),
    ],
)
def test_what_is_no_address_is_unsupported(url: str) -> None:
    with pytest.raises(Unsupported):
        remote(url, NOWHERE)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Denied) as caught:
        remote("https://user:hunter2@example.org/a", NOWHERE)
    assert "hunter2" not in str(caught.value)


def test_local_repositories_are_open_below_the_roots_alone(tmp_path: Path) -> None:
    for name in ("open/repo", "open/private/repo", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "open" / "way-out").symlink_to(tmp_path / "other")
    rule = LocalRule(roots=(tmp_path / "open",), private=(tmp_path / "open" / "private",))
    assert remote(f"file://{tmp_path}/open/repo", rule).url == f"{tmp_path}/open/repo"
    for closed in ("other", "open/../other", "open/way-out", "open/private/repo", "opener"):
        with pytest.raises(Denied):
            remote(f"{tmp_path}/{closed}", rule)


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        ("fatal: repository 'https://x/a/' not found", Missing),
        ("fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.", Missing),
        ("fatal: couldn't find remote ref refs/heads/x", Missing),
        ("fatal: remote error: upload-pack: not our ref 00", Missing),
        ("fatal: Not a valid object name 00^{commit}", Missing),
        ("fatal: Authentication failed for 'https://x/a/'", Denied),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", Denied),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", Denied),
        ("git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.", Denied),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", Denied),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 429", Throttled),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 502", Unavailable),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", Unavailable),
        ("ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote", Unavailable),
        ("", Unavailable),
    ],
)
def test_git_complaints_mean_one_of_the_errors_of_the_port(stderr: str, kind: type[PlatformError]) -> None:
    assert type(failure("https://x/a", stderr)) is kind


def test_no_message_holds_a_credential() -> None:
    error = failure("https://x/a", "fatal: unable to access 'https://bob:hunter2@x/a/': Could not resolve host: x")
    assert "Could not resolve host" in str(error)
    assert "hunter2" not in str(error)
    assert "bob" not in str(error)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("see https://u:p@h/a and ssh://git@h/b", "see https://h/a and ssh://h/b"),
        ("https://h/a@b", "https://h/a@b"),
        ("mail me@example.org", "mail me@example.org"),
    ],
)
def test_user_information_leaves_every_address(text: str, clean: str) -> None:
    assert without_userinfo(text) == clean
