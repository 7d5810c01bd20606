import pytest

from pipelines.definition.catalogs import Chart, reference
from pipelines.definition.images import is_reference, resolved, target

PREFIXES = {
    "link-cloud/": "registry.example.com/base/",
    "link-cloud/php": "php.example.com/php",
    "docker.io/": "mirror:5000",
}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param("link-cloud/golang:latest", "registry.example.com/base/golang:latest", id="a prefix is replaced"),
        pytest.param("link-cloud/php:7.2", "php.example.com/php:7.2", id="the longest prefix wins"),
        pytest.param("link-cloud/phpunit", "registry.example.com/base/phpunit", id="a prefix ends where a name does"),
        pytest.param("golang:1.13", "mirror:5000/library/golang:1.13", id="a short name is one of Docker Hub's"),
        pytest.param("team/app", "mirror:5000/team/app", id="so is one with a user"),
        pytest.param("quay.io/team/app:1", "quay.io/team/app:1", id="other hosts stay"),
        pytest.param("localhost/app", "localhost/app", id="localhost is a host"),
    ],
)
def test_image_prefixes(image: str, expected: str) -> None:
    assert resolved(image, PREFIXES) == expected


def test_without_prefixes_an_image_stays() -> None:
    assert resolved("link-cloud/golang", {}) == "link-cloud/golang"


@pytest.mark.parametrize(
    ("tag", "registry", "expected"),
    [
        pytest.param("app", "", "app:latest", id="no tag is latest"),
        pytest.param("team/app:1", "reg.example.com", "reg.example.com/team/app:1", id="the registry goes in front"),
        pytest.param("reg.example.com/app:1", "", "reg.example.com/app:1", id="the tag may name the host"),
        pytest.param("reg.example.com/app:1", "reg.example.com", "reg.example.com/app:1", id="the host is not doubled"),
        pytest.param("10.0.0.1:7003/qa/app:1", "10.0.0.1:7003", "10.0.0.1:7003/qa/app:1", id="a port is no tag"),
        pytest.param("app:1", "mirror.example.com/team", "mirror.example.com/team/app:1", id="a registry with a path"),
        pytest.param("me/app:1", "index.docker.io", "docker.io/me/app:1", id="Docker Hub has several names"),
        pytest.param("app:1", "https://reg.example.com/", "reg.example.com/app:1", id="a scheme is dropped"),
    ],
)
def test_where_an_image_is_pushed(tag: str, registry: str, expected: str) -> None:
    assert target(tag, registry=registry).reference == expected


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("golang", True),
        ("link-cloud/golang:1.13-alpine", True),
        ("host.example.com:5000/a/b/c:v1", True),
        ("a@sha256:" + "0" * 64, True),
        ("${CICD_REGISTRY}/app:${CICD_GIT_COMMIT}", True),
        ("app:${CICD_GIT_BRANCH}-x", True),
        ("", False),
        ("Golang", False),
        ("a b", False),
        ("a:b:c", False),
        ("-a", False),
        ("a; rm -rf /", False),
        ("a\nb", False),
        ("a:" + "x" * 200, False),
    ],
)
def test_names_of_images(text: str, right: bool) -> None:
    assert is_reference(text) is right


@pytest.mark.parametrize(
    ("text", "known", "chart"),
    [
        pytest.param("cube-global-data:library-mysql", [], Chart("library", "mysql"), id="the first dash"),
        pytest.param("x:my-charts-web", ["my-charts", "my"], Chart("my-charts", "web"), id="the longest known catalog"),
        pytest.param("library/mysql", [], Chart("library", "mysql"), id="the short form"),
        pytest.param("ns:${NAME}", [], Chart("${NAME}", ""), id="a variable may hold both"),
        pytest.param("SD", [], None, id="a single word"),
        pytest.param("a:b", [], None, id="no chart"),
        pytest.param("a/b/c", [], None, id="a path"),
    ],
)
def test_names_of_charts(text: str, known: list[str], chart: Chart | None) -> None:
    assert reference(text, known) == chart
