"""Names of entries, and which of them a step gets. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, unquote

from pipelines.definition.cachekeys import HashOf, parts

LONGEST = 200  # bytes of a file name that tell the key; what is longer is told apart by a hash
LONGEST_USUAL = 120
FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the store has it: ``name`` is its file name, ``published`` in nanoseconds."""

    scope: str
    name: str
    published: int


@dataclass(frozen=True, slots=True)
class Choice:
    entry: Entry
    exact: bool


def filled(key: str, hash_of: Callable[[tuple[str, ...]], str]) -> str:
    """``key`` with the hashes of files in its holes. Raises BadCacheKey."""
    return "".join(hash_of(part.files) if isinstance(part, HashOf) else part for part in parts(key))


def usual(stage: str, step: str) -> str:
    """The key of a step whose file gives none."""
    text = f"{stage}/{step}"
    return text if len(_quoted(text)) <= LONGEST_USUAL else sha256(text.encode()).hexdigest()


def version(key: str, content: str = "") -> str:
    """The key of the version of a usual entry that holds ``content``; without it how all their keys begin."""
    return f"{key.replace('#', '%23')}#{content[:32]}"


def name_of(key: str) -> str:
    """The file name of the entry ``key``: keys that begin alike have names that begin alike, up to LONGEST."""
    quoted = _quoted(key)
    if len(quoted) <= LONGEST:
        return quoted
    return f"{quoted[:LONGEST]}~{sha256(key.encode()).hexdigest()[:32]}"


def key_of(name: str) -> str:
    """The key of the entry ``name``, or how it begins if it is long."""
    return unquote(name.partition("~")[0])


def shelf_of(paths: Iterable[str]) -> str:
    """The folder for entries with these paths: what was kept of others is no substitute."""
    told = "\0".join((FORMAT, *sorted(set(paths))))
    return sha256(told.encode()).hexdigest()[:16]


def choose(key: str, restore_keys: Sequence[str], scopes: Sequence[str], known: Iterable[Entry]) -> Choice | None:
    """The entry to begin with: the exact one, else the newest whose key begins with the first restore key that has one.

    Earlier ``scopes`` go before later ones; entries of other scopes are never chosen.
    """
    entries = [entry for entry in known if entry.scope in scopes]
    wanted = name_of(key)
    exact = [entry for entry in entries if entry.name == wanted]
    if exact:
        return Choice(min(exact, key=lambda entry: scopes.index(entry.scope)), exact=True)
    for beginning in map(_quoted, restore_keys):
        fitting = [entry for entry in entries if entry.name.startswith(beginning)]
        if fitting:
            return Choice(max(fitting, key=lambda entry: (-scopes.index(entry.scope), entry.published)), exact=False)
    return None


def _quoted(key: str) -> str:
    # A dot at the start would hide the file among drafts; "~" separates the hash of long keys.
    return quote(key, safe=" =@,+").replace("~", "%7E").replace(".", "%2E")
