"""Nothing committed depends on one machine or one mirror."""

import re

from tests.architecture import tracked

# Written in pieces, so that this file does not find itself.
REGISTRIES = (
    "pypi" + r"\.org",
    "files" + r"\.pythonhosted\.org",
    "registry" + r"\.npmjs\.org",
    "registry" + r"\.yarnpkg",
)
FOLDERS = (r"(?<![\w.])/" + "work/", r"(?<![\w.-])/" + r"root/(?!\.docker)", r"/" + "opt/wheels")
FOUND = re.compile("|".join((*REGISTRIES, *FOLDERS)))


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    named = [
        f"{path}:{number}"
        for path in tracked.files()
        for number, line in enumerate(tracked.text(path).splitlines(), 1)
        if FOUND.search(line)
    ]
    assert named == []
