import gettext
from pathlib import Path

from scripts.translations import compile_catalogs

CATALOG = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

msgid "Run"
msgstr "运行"

msgctxt "verb"
msgid "Run"
msgstr "跑"

msgid "{n} step"
msgid_plural "{n} steps"
msgstr[0] "{n} 个步骤"

#, fuzzy
msgid "Stop"
msgstr "guessed"
"""


def test_catalogs_are_readable_without_gettexts_programs(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(CATALOG)
    compile_catalogs(tmp_path)
    chinese = gettext.translation("django", tmp_path, ["zh_Hans"])
    assert chinese.gettext("Run") == "运行"
    assert chinese.pgettext("verb", "Run") == "跑"
    assert chinese.ngettext("{n} step", "{n} steps", 2) == "{n} 个步骤"
    assert chinese.gettext("Stop") == "Stop"
