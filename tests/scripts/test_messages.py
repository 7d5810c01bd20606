"""Every text that is marked for translation has a Chinese one, and the translation keeps what is filled in."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

from scripts.messages import Message, all_messages, of_entry, of_python, of_template

CATALOG = polib.pofile(str(Path(settings.BASE_DIR) / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))
HOLE = re.compile(r"%\(\w+\)[#0\- +]*\d*\w|\{\w*\}|</?\w+>")


def test_the_catalog_holds_what_the_platform_says_and_nothing_else() -> None:
    known = {of_entry(entry) for entry in CATALOG}
    wanted = all_messages()
    assert sorted(wanted - known) == []  # python -m scripts.messages
    assert sorted(known - wanted) == []


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.msgid[:40])
def test_every_text_is_translated_with_its_holes(entry: polib.POEntry) -> None:
    translations = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    assert entry.translated()
    assert not entry.fuzzy
    for translation in translations:
        assert sorted(HOLE.findall(translation)) == sorted(HOLE.findall(entry.msgid))


MARKED = [
    pytest.param('_("a" "b")', Message("", "ab"), id="a message in parts"),
    pytest.param('ngettext("one", "many", n)', Message("", "one", "many"), id="a plural"),
    pytest.param('pgettext_lazy("expiry", "never")', Message("expiry", "never"), id="a context"),
]


@pytest.mark.parametrize(("source", "message"), MARKED)
def test_marked_texts_of_python(source: str, message: Message) -> None:
    assert list(of_python(source)) == [message]


TAGS = [
    pytest.param('{% translate "It\'s (here)" %}', Message("", "It's (here)"), id="a text"),
    pytest.param("<a title=\"{% translate 'a' %}\">", Message("", "a"), id="a text in an attribute"),
    pytest.param("{% blocktranslate with a=b %}{{ a }} q{% endblocktranslate %}", Message("", "%(a)s q"), id="a block"),
    pytest.param(
        "{% blocktranslate count n=m %}{{ n }} x{% plural %}{{ n }} xs{% endblocktranslate %}",
        Message("", "%(n)s x", "%(n)s xs"),
        id="a block with a plural",
    ),
]


@pytest.mark.parametrize(("source", "message"), TAGS)
def test_marked_texts_of_templates(source: str, message: Message) -> None:
    assert list(of_template("{% load i18n %}" + source)) == [message]
