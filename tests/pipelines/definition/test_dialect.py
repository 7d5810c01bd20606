import pytest

from pipelines.definition.dialect import Dialect, dialect_of, first_of


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        (".cubepaas-devops.yml", Dialect.OURS),
        ("services/api/.cubepaas.devops.ymal", Dialect.OURS),
        (".rancher-pipeline.yaml", Dialect.ANCESTOR),
        ("ci/build.yml", Dialect.OURS),
    ],
)
def test_the_name_of_a_file_means_a_dialect(path: str, dialect: Dialect) -> None:
    assert dialect_of(path) is dialect


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([".rancher-pipeline.yml", ".cubepaas.devops.yaml", "README.md"], ".cubepaas.devops.yaml"),
        ([".rancher-pipeline.yaml", ".rancher-pipeline.yml"], ".rancher-pipeline.yml"),
        (["README.md"], None),
    ],
)
def test_the_first_name_in_order_is_read(names: list[str], found: str | None) -> None:
    assert first_of(names) == found
