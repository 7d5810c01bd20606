"""Template tags of the console: islands, icons, states, durations, times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django_vite.core.asset_loader import DjangoViteAssetLoader
from django_vite.core.exceptions import DjangoViteAssetNotFoundError

from devops_platform.projects import shown
from devops_platform.projects.island_texts import ISLAND_TEXTS

register = template.Library()

THEMES = ("light", "dark")


@register.simple_tag
def island(entry: str) -> SafeString:
    """The script and its parts for an entry such as ``src/run.ts``; nothing when the front end is not built."""
    try:
        tags = DjangoViteAssetLoader.instance().generate_vite_asset(entry)
    except DjangoViteAssetNotFoundError:
        return SafeString("")
    return SafeString(tags)  # made from our own manifest


@register.simple_tag
def island_texts() -> SafeString:
    """The words of the islands in the reader's language, as ``<script type="application/json" id="texts">``."""
    return json_script({key: str(text) for key, text in ISLAND_TEXTS.items()}, "texts")


@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """The theme the reader chose, or nothing: then it follows the system."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request is not None else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite, for the eye only: what it means has to be said in words beside it."""
    return format_html(
        '<svg class="i {}" viewBox="0 0 16 16" aria-hidden="true"><use href="#{}"></use></svg>', classes, name
    )


@register.simple_tag
def state(stored: str, reason: Any = None) -> SafeString:
    """Shape, colour and word of a state, inline."""
    return _state("state", stored, reason)


@register.simple_tag
def state_badge(stored: str, reason: Any = None) -> SafeString:
    """The same as a badge, for heads of pages."""
    return _state("badge", stored, reason)


@register.simple_tag
def state_icon(stored: str, reason: Any = None) -> SafeString:
    """The shape alone, with the word for those who cannot see it."""
    look = shown.look(stored, reason)
    return format_html('{}<span class="vh">{}</span>', icon(look.icon, f"s-{look.name}"), look.word)


def _state(kind: str, stored: str, reason: Any) -> SafeString:
    look = shown.look(stored, reason)
    return format_html('<span class="{} s-{}">{}{}</span>', kind, look.name, icon(look.icon), look.word)


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds in words; nothing for None."""
    return "" if seconds is None else shown.duration(float(seconds))


@register.simple_tag
def when(moment: datetime | str | None) -> SafeString:
    """A moment as the time since then, kept true by the page; in full as its title. Takes ISO text, too."""
    at = parse_datetime(moment) if isinstance(moment, str) else moment
    if at is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        at.isoformat(timespec="seconds"),
        date_format(timezone.localtime(at), "DATETIME_FORMAT"),
        shown.ago(at, timezone.now()),
    )


@register.filter
def short_sha(commit: str | None) -> str:
    """The first seven characters of a commit."""
    return (commit or "")[:7]


@register.filter
def repository_name(url: str) -> str:
    """The last two parts of a repository's address, as people name it: ``acme/checkout``."""
    parts = url.rstrip("/").removesuffix(".git").replace(":", "/").split("/")
    return "/".join(part for part in parts[-2:] if part)


@register.filter
def initials(name: str) -> str:
    """Two letters for an avatar; a single Han character is enough of one."""
    words = name.replace(".", " ").replace("-", " ").replace("_", " ").split()
    if not words:
        return ""
    if ord(words[0][0]) > 0x2E80:
        return words[0][0]
    return "".join(word[0] for word in words[:2]).upper()


SPARK_BAR, SPARK_GAP, SPARK_HEIGHT = 6, 3, 22
_SPARK = {"success": "ok", "failed": "bad", "running": "live", "starting": "live", "approval": "ask", "unknown": "lost"}


@register.simple_tag
def sparkline(runs: list[Mapping[str, Any]], label: str = "") -> SafeString:
    """Bars of the last runs, oldest first. A run is ``{"state": …, "seconds": …}``; failures carry a mark below."""
    longest = max((float(run.get("seconds") or 0) for run in runs), default=0) or 1
    bars = format_html_join("", "{}", ((_bar(place, run, longest),) for place, run in enumerate(runs)))
    return format_html(
        '<svg class="spark" viewBox="0 0 108 26" role="img" aria-label="{}">{}'
        '<path class="base" d="M0 22.5H108"></path></svg>',
        label,
        bars,
    )


def _bar(place: int, run: Mapping[str, Any], longest: float) -> SafeString:
    look = shown.look(str(run.get("state", "")))
    height = max(4, round(float(run.get("seconds") or 0) / longest * (SPARK_HEIGHT - 2)))
    x = place * (SPARK_BAR + SPARK_GAP)
    kind = _SPARK.get(look.name, "hollow")
    mark = format_html('<rect class="bad" x="{}" y="24" width="6" height="2"></rect>', x) if kind == "bad" else ""
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="6" height="{}" rx="1"></rect>{}',
        kind,
        x,
        SPARK_HEIGHT - height,
        height,
        mark,
    )
