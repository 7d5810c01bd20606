"""The contracts in pyproject.toml cover the whole tree, however it grows."""

import tomllib

from tests.architecture import tracked


def test_every_package_with_code_is_under_the_import_contracts() -> None:
    config = tomllib.loads(tracked.text(tracked.ROOT / "pyproject.toml"))
    tops = {path.parts[0] for path in tracked.files(".py") if len(path.parts) > 1}
    assert tops - {"tests", "scripts", "bench", "k8s", "docs"} == set(config["tool"]["importlinter"]["root_packages"])


def test_kubernetes_is_known_to_the_clusters_and_their_users_only() -> None:
    importers = [
        str(path)
        for path in tracked.files(".py")
        if any(line.startswith(("import kubernetes", "from kubernetes")) for line in tracked.text(path).splitlines())
    ]
    assert [name for name in importers if not name.startswith(("devops_platform/clusters/", "tests/"))] == []
