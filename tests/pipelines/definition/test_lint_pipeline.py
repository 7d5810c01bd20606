import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

GOOD = "stages: [{name: a, steps: [{sourceCodeConfig: {}}]}]\n"
ODD = GOOD + "mine: 1\n"


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def lint(*arguments: str, out: io.StringIO) -> int:
    """The exit status."""
    with pytest.raises(SystemExit) as stopped:
        sys.exit(call_command("lint_pipeline", *arguments, stdout=out, stderr=out))
    return int(stopped.value.code or 0)


def written(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content)
    return str(path)


def test_a_good_file_passes_in_silence(tmp_path: Path, out: io.StringIO) -> None:
    assert lint(written(tmp_path, ".cubepaas-devops.yml", GOOD), out=out) == 0
    assert out.getvalue() == ""


def test_an_error_is_shown_at_its_place(tmp_path: Path, out: io.StringIO) -> None:
    path = written(tmp_path, ".cubepaas-devops.yml", ODD)
    assert lint(path, out=out) == 1
    assert out.getvalue() == f"{path}:2:1: error: Unknown key mine (mine)\n"


def test_the_name_decides_the_dialect(tmp_path: Path, out: io.StringIO) -> None:
    path = written(tmp_path, ".rancher-pipeline.yml", ODD)
    assert lint(path, out=out) == 0
    assert out.getvalue() == f"{path}:2:1: warning: Unknown key mine (mine)\n"


def test_the_dialect_can_be_chosen(tmp_path: Path, out: io.StringIO) -> None:
    assert lint(written(tmp_path, "other.yml", ODD), "--dialect", "rancher", out=out) == 0


def test_one_bad_file_among_good_ones_is_enough(tmp_path: Path, out: io.StringIO) -> None:
    assert lint(written(tmp_path, "a.yml", GOOD), written(tmp_path, "b.yml", "x"), out=out) == 1


def test_machines_get_json(tmp_path: Path, out: io.StringIO) -> None:
    lint(written(tmp_path, "a.yml", ODD), "--format", "json", out=out)
    (report,) = json.loads(out.getvalue())
    assert (report["refused"], report["problems"][0]["code"], report["problems"][0]["line"]) == (True, "UnknownKey", 2)


def test_a_missing_file_is_another_failure(tmp_path: Path, out: io.StringIO) -> None:
    assert lint(str(tmp_path / "none.yml"), out=out) == 2


def test_a_dash_is_standard_input(out: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(ODD.encode())))
    assert lint("-", out=out) == 1
    assert out.getvalue().startswith("-:2:1: error:")
