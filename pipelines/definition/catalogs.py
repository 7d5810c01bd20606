"""How a file names a chart: ``<namespace>:<catalog>-<chart>`` as the ancestor did, or ``<catalog>/<chart>``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.definition.images import VARIABLE

LONG = re.compile(r"(?P<namespace>[^:/\s]+):(?P<name>[^:/\s]+-[^:/\s]+)")
SHORT = re.compile(r"(?P<catalog>[^:/\s]+)/(?P<chart>[^:/\s]+)")


@dataclass(frozen=True, slots=True)
class Chart:
    catalog: str
    name: str


def reference(text: str, known: Iterable[str] = ()) -> Chart | None:
    """The chart that ``text`` names; None when it names none.

    Catalogs and charts may both have dashes in their names, so the longest catalog of ``known`` decides where one
    ends; without any the first dash does.
    """
    if short := SHORT.fullmatch(text):
        return Chart(short["catalog"], short["chart"])
    if LONG.fullmatch(VARIABLE.sub("x-x", text)) is None:
        return None
    name = text.partition(":")[2]
    catalog = max((each for each in known if name.startswith(f"{each}-")), key=len, default=None)
    if catalog is None:
        catalog = name.partition("-")[0]
    return Chart(catalog, name.removeprefix(catalog).removeprefix("-"))
