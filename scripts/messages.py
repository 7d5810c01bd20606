"""Finds every text that is marked for translation and keeps the catalogs complete, without gettext's programs.

python -m scripts.messages   adds what is new (to be translated) and drops what is gone
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("devops_platform", "pipelines", "repositories", "controllers")
# How texts are marked, and how many arguments are texts: the message, its plural, or its context and itself.
MARKS = {
    "_": "message",
    "_lazy": "message",
    "gettext": "message",
    "gettext_lazy": "message",
    "gettext_noop": "message",
    "ngettext": "plural",
    "ngettext_lazy": "plural",
    "pgettext": "context",
    "pgettext_lazy": "context",
}
# What templatize() makes of a tag: a call of gettext with literals.
CALL = re.compile(
    r"\b(?:_|n?gettext|pgettext)\((?:[^()'\"]|u?'''.*?'''|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")*\)", re.DOTALL
)


@dataclass(frozen=True, slots=True, order=True)
class Message:
    context: str
    text: str
    plural: str = ""


def of_python(source: str) -> Iterator[Message]:
    """The marked texts of a module; what is not a literal is marked elsewhere."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        words = [text for text in texts if isinstance(text, str)]
        match MARKS.get(name), words:
            case "message", [text, *_]:
                yield Message("", text)
            case "plural", [text, plural, *_]:
                yield Message("", text, plural)
            case "context", [context, text, *_]:
                yield Message(context, text)


def of_template(source: str) -> Iterator[Message]:
    for call in CALL.findall(templatize(source)):
        yield from of_python(call.strip())


def all_messages(root: Path = ROOT) -> set[Message]:
    found: set[Message] = set()
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            found.update(of_python(path.read_text()))
    for path in (root / "templates").rglob("*.html"):
        found.update(of_template(path.read_text()))
    return {message for message in found if message.text}


def of_entry(entry: polib.POEntry) -> Message:
    return Message(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def complete(catalog: polib.POFile, wanted: set[Message]) -> None:
    """Drop entries nobody asks for and add an empty one for each new message, in alphabetical order."""
    for entry in [*catalog]:
        if of_entry(entry) not in wanted:
            catalog.remove(entry)
    for message in wanted - {of_entry(entry) for entry in catalog}:
        plural = {"msgid_plural": message.plural, "msgstr_plural": {0: ""}} if message.plural else {}
        catalog.append(polib.POEntry(msgid=message.text, msgctxt=message.context or None, **plural))
    catalog.sort(key=lambda entry: (entry.msgctxt or "", entry.msgid))


def main() -> None:
    wanted = all_messages()
    for path in sorted((ROOT / "locale").rglob("*.po")):
        catalog = polib.pofile(str(path), wrapwidth=110)
        complete(catalog, wanted)
        catalog.save()
        print(f"{path.parent.parent.name}: {len(catalog.untranslated_entries())} to translate")


if __name__ == "__main__":
    main()
