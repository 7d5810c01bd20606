import sys
from pathlib import Path

from scripts import install


def test_an_environment_that_works_is_kept() -> None:
    assert install.works(Path(sys.executable))


def test_an_environment_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    assert not install.works(tmp_path / "bin" / "python")


def test_the_packages_follow_their_lock_file() -> None:
    product, tools = install.packages(dev=False), install.packages(dev=True)
    assert {path.name for path in product.inputs} == {"requirements-setup.txt", "requirements.txt"}
    assert {path.name for path in tools.inputs} == {"requirements-setup.txt", "requirements-dev.txt"}
