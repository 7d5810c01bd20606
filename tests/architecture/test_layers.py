"""The contracts in pyproject.toml cover the whole tree, however it grows."""

import tomllib

from tests.architecture import tracked

CONFIG = tomllib.loads(tracked.text(tracked.ROOT / "pyproject.toml"))["tool"]["importlinter"]
OUTSIDE = frozenset({"tests", "scripts", "bench", "k8s", "docs"})
# Read by Django itself, before there are layers.
UNLAYERED = frozenset({"__init__", "apps", "settings"})


def test_every_package_with_code_is_under_the_import_contracts() -> None:
    tops = {path.parts[0] for path in tracked.files(".py") if len(path.parts) > 1}
    assert tops - OUTSIDE == set(CONFIG["root_packages"])


def test_every_module_of_the_base_has_its_layer() -> None:
    layers = "".join(CONFIG["contracts"][0]["layers"])
    present = {path.parts[1].removesuffix(".py") for path in tracked.files(".py") if path.parts[0] == "devops_platform"}
    assert {name for name in present - UNLAYERED if f"devops_platform.{name}" not in layers} == set()


def test_kubernetes_is_known_to_the_clusters_and_their_users_only() -> None:
    importers = [
        str(path)
        for path in tracked.files(".py")
        if any(line.startswith(("import kubernetes", "from kubernetes")) for line in tracked.text(path).splitlines())
    ]
    assert [name for name in importers if not name.startswith(("devops_platform/clusters/", "tests/"))] == []
