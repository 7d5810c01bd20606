import threading
from pathlib import Path
from typing import Any

import pytest

from devops_platform import env
from devops_platform.errors import Misconfigured


@pytest.mark.parametrize(("raw", "expected"), [("true", True), ("1", True), ("ON", True), ("no", False), ("", False)])
def test_a_flag_has_few_words(monkeypatch: pytest.MonkeyPatch, raw: str, expected: bool) -> None:
    monkeypatch.setenv("X", raw)
    assert env.flag("X") is expected


@pytest.mark.parametrize(
    "read", [lambda: env.flag("X"), lambda: env.number("X", 1), lambda: env.database(env.text("X"), Path("x"))]
)
def test_nonsense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, read: Any) -> None:
    monkeypatch.setenv("X", "mysql://nonsense")
    with pytest.raises(Misconfigured):
        read()


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X", raising=False)
    assert (env.text("X", "a"), env.number("X", 7), env.words("X", ("b",)), env.flag("X", default=True)) == (
        "a", 7, ("b",), True,
    )  # fmt: skip


def test_words_are_trimmed_and_empty_ones_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", " a, ,b,")
    assert env.words("X") == ("a", "b")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("X", "from the variable")
    assert env.required_secret("X") == "from the variable"
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.required_secret("X") == "from the file"


def test_a_secret_that_is_missing_or_unreadable_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("X", raising=False)
    with pytest.raises(Misconfigured):
        env.required_secret("X")
    monkeypatch.setenv("X_FILE", str(tmp_path / "absent"))
    with pytest.raises(Misconfigured):
        env.secret("X")


def test_processes_that_start_at_once_keep_one_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("X", raising=False)
    start = threading.Barrier(8)
    found: set[str] = set()

    def first_start(number: int) -> None:
        start.wait()
        found.add(env.kept_secret("X", tmp_path / "keys" / "x", lambda: f"made by {number}"))

    starts = [threading.Thread(target=first_start, args=(number,)) for number in range(8)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["x"]
    assert (tmp_path / "keys" / "x").stat().st_mode & 0o077 == 0


def test_a_database_address_becomes_django_s_settings(tmp_path: Path) -> None:
    found = env.database("postgres://us%40er:p%2Fw@db:5433/name?sslmode=require", tmp_path / "x")
    assert {key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "name", "USER": "us@er", "PASSWORD": "p/w", "HOST": "db", "PORT": "5433",
    }  # fmt: skip
    assert found["OPTIONS"]["sslmode"] == "require"  # type: ignore[index]  # raw settings
    assert env.database("", tmp_path / "deep" / "db")["NAME"] == tmp_path / "deep" / "db"
