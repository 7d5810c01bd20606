"""publishCatalog: put a version of a chart into the git repository of a catalog."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from pipelines.definition.messages import reason
from pipelines.definition.runplan import StepPlan
from pipelines.definition.variables import without_free_text
from pipelines.engines.local.files import StepFiles
from pipelines.engines.local.kinds.tools import Made, needs, shell, write_private
from pipelines.engines.local.refusal import Refused

FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
AUTHOR, EMAIL = "DevOps platform", "devops-platform@localhost"
# Constant texts for git's own shell; what they print or name is in the environment.
LOG_IN = '!f() { test "$1" != get || printf "username=%s\\npassword=%s\\n" "$CATALOG_USER" "$CATALOG_PASSWORD"; }; f'
SSH = "ssh -oBatchMode=yes -oConnectTimeout=10 -oStrictHostKeyChecking=yes"
SSH_KEY = f'{SSH} -oIdentitiesOnly=yes -i "$CATALOG_KEY"'


def program(
    plan: StepPlan, step: StepFiles, *, secrets: Mapping[str, str], variables: Mapping[str, str], path: str
) -> Made:
    """The program; a deploy key is written down beside it. Raises Refused, OSError.

    ``variables`` are those of the run; with the step's own they are filled into the chart's files. Secrets are not.
    """
    config = plan.config
    template, version, url = (str(config[key]) for key in ("catalogTemplate", "version", "gitUrl"))
    for text in (template, version):
        if not FOLDER.fullmatch(text):
            raise Refused(reason("CannotStart", error=f"{text[:80]!r} cannot be the name of a folder"))
    needs(*(("git", "ssh") if is_ssh(url) else ("git",)), path=path)
    known = {**without_free_text(variables), **plan.env}
    env = {
        **plan.env,
        "CATALOG_CHART": str(config["path"]),
        "CATALOG_TARGET": f"charts/{template}/{version}",
        "CATALOG_URL": url,
        "CATALOG_BRANCH": str(config.get("gitBranch") or "master"),
        "CATALOG_MESSAGE": f"Publish {template} {version}",
        "CATALOG_WORK": str(step.directory / "catalog"),
        "CATALOG_PYTHON": sys.executable,
        "CATALOG_FILL": str(Path(__file__).with_name("fill.py")),
        "CATALOG_NAMES": " ".join(sorted(known)),
        **_identity(str(config.get("gitAuthor") or AUTHOR), str(config.get("gitEmail") or EMAIL)),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
        "GIT_SSH_COMMAND": SSH,
    }
    return Made(shell("publish_catalog.sh"), {**env, **_access(step, secrets)})


def is_ssh(url: str) -> bool:
    """``ssh://…`` and ``git@host:path``."""
    return url.startswith("ssh://") or ("://" not in url and ":" in url.partition("/")[0])


def _identity(name: str, email: str) -> dict[str, str]:
    people = ("AUTHOR", "COMMITTER")
    return {f"GIT_{who}_NAME": name for who in people} | {f"GIT_{who}_EMAIL": email for who in people}


def _access(step: StepFiles, secrets: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if secrets.get("USERNAME") or secrets.get("PASSWORD"):
        found |= {
            "CATALOG_USER": secrets.get("USERNAME", ""),
            "CATALOG_PASSWORD": secrets.get("PASSWORD", ""),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "credential.helper",
            "GIT_CONFIG_VALUE_0": LOG_IN,
        }
    if secrets.get("DEPLOY_KEY"):
        file = step.directory / "deploy_key"
        # ssh refuses a key whose last line is not ended.
        write_private(file, secrets["DEPLOY_KEY"].rstrip("\n") + "\n")
        found |= {"CATALOG_KEY": str(file), "GIT_SSH_COMMAND": SSH_KEY}
    return found
