"""Maven reads no variable for mirrors, only files: settings that name one, and the argument that names the settings."""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from pipelines.engines.local.files import replace_file

MIRROR = "MAVEN_MIRROR_URL"  # as the plan has it
# In the place of Maven's own global settings, whose only content is the blocker; those of the user stay in force.
SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">
  <mirrors>
    <mirror><id>mirror</id><mirrorOf>central</mirrorOf><url>{url}</url></mirror>
    <mirror>
      <id>maven-default-http-blocker</id><mirrorOf>external:http:*</mirrorOf><url>http://0.0.0.0/</url>
      <blocked>true</blocked>
    </mirror>
  </mirrors>
</settings>
"""


def environment(env: Mapping[str, str], home: Path) -> dict[str, str]:
    """Write the settings into ``home`` and tell Maven of them; nothing where ``env`` names no mirror.

    Maven 3.9 and later read ``MAVEN_ARGS`` by themselves; with an older one a script says ``mvn $MAVEN_ARGS …``.
    Source: https://maven.apache.org/configure.html#maven_args-environment-variable
    """
    if not env.get(MIRROR):
        return {}
    file = home / "maven-settings.xml"
    replace_file(file, SETTINGS.format(url=escape(env[MIRROR])))
    return {"MAVEN_ARGS": f"--global-settings {file}"}
