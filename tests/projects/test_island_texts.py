import re
from pathlib import Path

from django.conf import settings
from django.utils.translation import override

from devops_platform.projects.island_texts import ISLAND_TEXTS


def source() -> dict[str, str]:
    text = (Path(settings.BASE_DIR) / "static" / "src" / "texts.ts").read_text()
    table = text[text.index("TEXTS = {") : text.index("} as const")]
    return dict(re.findall(r'"([\w.]+)": "([^"]*)"', table))


def test_the_islands_and_the_catalogue_have_the_same_texts() -> None:
    with override("en"):
        assert {key: str(text) for key, text in ISLAND_TEXTS.items()} == source()
