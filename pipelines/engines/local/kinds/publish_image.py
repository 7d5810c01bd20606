"""publishImage: build an image with buildah and push it, without a daemon and without root where the machine allows."""

import json
from base64 import b64encode
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.definition import images
from pipelines.definition.messages import Reason, reason
from pipelines.definition.runplan import StepPlan
from pipelines.engines.local.containers import container_name
from pipelines.engines.local.files import StepFiles
from pipelines.engines.local.kinds.tools import Made, needs, shell, write_private
from pipelines.engines.local.refusal import Refused

DIGEST = "digest"  # the file of a try that holds the digest of what it pushed
# What steps call the two parts of a log-in; the latter are those that the ancestor's build plugin read.
LOGINS = (("USERNAME", "PASSWORD"), ("DOCKER_USERNAME", "DOCKER_PASSWORD"), ("PLUGIN_USERNAME", "PLUGIN_PASSWORD"))


def program(plan: StepPlan, step: StepFiles, *, secrets: Mapping[str, str], storage: Path, path: str) -> Made:
    """The program, whose log-in is written down beside it. ``storage`` keeps layers from one build to the next.

    A log-in is all that it is told of the secrets. Raises Refused, OSError.
    """
    image = full_reference(str(plan.config["image"]), remote=bool(plan.config["pushRemote"]))
    needs("buildah", path=path)
    host = image.partition("/")[0]
    env = {
        **plan.env,
        "PUBLISH_DOCKERFILE": str(plan.config["dockerfilePath"]),
        "PUBLISH_CONTEXT": str(plan.config["buildContext"]),
        "PUBLISH_IMAGE": image,
        "PUBLISH_BUILT": f"localhost/{container_name(step.name)}",  # of its own: builds of one image may run at once
        "PUBLISH_STORAGE": str(storage),
        "PUBLISH_TLS_VERIFY": "false" if is_loopback(host) else "true",
        "PUBLISH_DIGEST_FILE": str(step.directory / DIGEST),
        "PUBLISH_REGISTRIES": str(Path(__file__).with_name("registries.conf")),
    }
    given = {**plan.env, **secrets}
    login = next(((given[name], given[word]) for name, word in LOGINS if given.get(name) and given.get(word)), None)
    if login:
        file = step.directory / "auth.json"
        write_private(file, login_file(host, *login))
        env |= {"REGISTRY_AUTH_FILE": str(file), "PUBLISH_LOGIN_FILE": str(file)}
    hidden = {word for _, word in LOGINS}
    return Made(shell("publish_image.sh"), {name: value for name, value in env.items() if name not in hidden})


def full_reference(image: str, *, remote: bool) -> str:
    """``image`` with its registry. Raises Refused when the project has none."""
    if images.target(image, registry="").registry:
        return image
    if not remote:
        raise Refused(reason("RegistryMissing"))
    return f"{images.HUB}/{image}"


def is_loopback(host: str) -> bool:
    """Whether ``host`` (with or without a port) is this machine, to which plain http is fine."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def login_file(host: str, user: str, password: str) -> str:
    """One log-in, as buildah and its kin read it.

    Source: https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
    """
    return json.dumps({"auths": {host: {"auth": b64encode(f"{user}:{password}".encode()).decode()}}})


def note(plan: StepPlan, step: StepFiles) -> Reason | None:
    """What was pushed, once it was."""
    try:
        digest = (step.directory / DIGEST).read_text().strip()
    except FileNotFoundError:
        return None
    return reason("ImagePushed", image=str(plan.config["image"]), digest=digest) if digest else None
