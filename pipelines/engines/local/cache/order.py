"""What a step's cache is to do, and what it did: the two files between the engine and the program that does it.

No pydantic: it takes longer to load than most caches take to restore.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Order:
    """``scopes`` are read in this order, ``writes`` is the one written to; empty: none. ``quota`` is in bytes.

    Without a ``key`` there is one entry for each ``usual`` name, replaced whenever its content has changed.
    """

    home: str  # of the pipeline's entries
    workspace: str
    tar: str
    usual: str
    key: str
    restore_keys: tuple[str, ...]
    paths: tuple[str, ...]
    scopes: tuple[str, ...]
    writes: str
    quota: int

    def write(self, place: Path) -> None:
        place.write_text(json.dumps(asdict(self)), encoding="utf-8", errors="surrogateescape")

    @classmethod
    def read(cls, place: Path) -> "Order":
        told: dict[str, Any] = json.loads(place.read_text(encoding="utf-8", errors="surrogateescape"))
        values: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in told.items()}
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an order. ``hit`` is exact, partial or miss; ``note`` is the code of a reason, if any."""

    FILE: ClassVar[str] = "cached"

    key: str
    hit: str
    restored_bytes: int = 0
    restore_seconds: float = 0.0
    published_bytes: int = 0
    publish_seconds: float = 0.0
    note: str = ""

    def write(self, directory: Path) -> None:
        """Replace what ``directory`` says in one step."""
        draft = directory / f".{self.FILE}"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8", errors="surrogateescape")
        draft.rename(directory / self.FILE)

    @classmethod
    def read(cls, directory: Path) -> "Done | None":
        """None when the cache has not got so far, or its files cannot be read."""
        try:
            told: dict[str, Any] = json.loads((directory / cls.FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return cls(**{field.name: told[field.name] for field in fields(cls) if field.name in told})
