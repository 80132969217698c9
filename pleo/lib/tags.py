"""Template tags of every page: icons, amounts, dates, pills, fields, bars. Listed for app authors in docs/interface.md."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pleo.lib import format, mcc
from pleo.lib.money import Money

register = template.Library()

# code -> (icon, tone, look, word). The word is the next step, as a person says it.
PILLS: dict[str, tuple[str, str, str, Promise | str]] = {
    "reserved": ("hourglass", "", "dashed", _("Reserved")),
    "receipt_missing": ("receipt-text", "attention", "dashed", _("Receipt missing")),
    "receipt_late": ("clock-alert", "attention", "", _("Receipt late")),
    "check_reading": ("scan-text", "attention", "dashed", _("Check what we read")),
    "category_missing": ("tag", "attention", "", _("Category missing")),
    "attendees_missing": ("users", "attention", "", _("Attendees missing")),
    "note_missing": ("pencil", "attention", "", _("Note missing")),
    "reason_missing": ("flag", "attention", "", _("Reason missing")),
    "blocked": ("ban", "negative", "", _("Against the rules")),
    "to_review": ("eye", "info", "", _("To review")),
    "needs_details": ("message-circle", "attention", "", _("Needs details")),
    "not_okay": ("circle-x", "negative", "", _("Not okay")),
    "ready": ("check", "positive", "", _("Ready")),
    "queued": ("lock", "", "", _("In queue")),
    "exported": ("check-check", "", "plain", _("Exported")),
    "reversed": ("undo-2", "", "plain", _("Released")),
    "done": ("check", "positive", "plain", _("Done")),
}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw an icon of the sprite, hidden from screen readers: words beside it say what it means. `size`: sm or lg."""
    return _icon(name, size)


@lru_cache(maxsize=1024)
def _icon(name: str, size: str) -> SafeString:
    """Keep what was drawn: a list draws the same few icons hundreds of times, and the sprite's address never changes."""
    look = f"icon icon--{size}" if size else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', look, static("icons/sprite.svg"), name
    )


@register.simple_tag
def money(value: Money | None, unit: bool = True, sign: str = "", **options: str) -> SafeString:
    """Set an amount: tabular, minor units lighter. `class` adds to the look; None is a dash."""
    if value is None:
        return format_html('<span class="money">{}</span>', "–")
    parts = format.amount_parts(value, unit=unit, sign=sign)
    look = f"money {options['class']}" if options.get("class") else "money"
    minor = format_html('<span class="money__minor">{}</span>', parts.minor) if parts.minor else ""
    return format_html(
        '<span class="{}">{}{}{}{}{}</span>',
        look, parts.sign, _unit(parts.before), parts.major, minor, _unit(parts.after),
    )  # fmt: skip


def _unit(text: str) -> SafeString | str:
    """Wrap the sign or code, with its space outside, so that it can be set smaller."""
    if not text:
        return ""
    bare = text.strip(format.NBSP)
    left, right = text.split(bare)
    return format_html('{}<span class="money__unit">{}</span>{}', left, bare, right)


@register.filter
def amount(value: Money | None) -> str:
    """Write an amount as plain text, for sentences and attributes."""
    return format.amount(value) if value is not None else "–"


@register.filter
def plain(value: Any) -> str:
    """Write a number with the decimals it needs, as people of the region do."""
    return format.plain(value)


@register.filter
def amount_bare(value: Money | None) -> str:
    """Write an amount as plain text without its currency, where the head of the column names it."""
    return format.amount(value, unit=False) if value is not None else "–"


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a date: `20 Nov`, with the year when it is not this one."""
    return format.day(value) if value else ""


@register.filter
def weekday(value: date | datetime | None) -> str:
    """Write a date with its weekday: `Fri 27 Nov`."""
    return format.day(value, weekday=True) if value else ""


@register.filter
def daytime(value: datetime | None) -> str:
    """Write when something happened: `today, 09:06`, `18 Nov, 09:06`."""
    return format.moment(value) if value else ""


@register.filter
def recently(value: datetime | None) -> str:
    """Write when a purchase was: to the minute while it is fresh, then `Wed 18 Nov`."""
    if not value:
        return ""
    days = (timezone.localdate() - timezone.localtime(value).date()).days
    return format.moment(value) if 0 <= days <= 1 else format.day(value, weekday=True)


@register.filter
def near_day(value: date | datetime | None) -> str:
    """Write a day as a heading of a list: `Today`, `Yesterday`, `Wednesday 18 November`."""
    return format.near_day(value) if value else ""


@register.filter
def long_day(value: date | datetime | None) -> str:
    """Write a day in full: `Friday 20 November`."""
    return format.long_day(value) if value else ""


@register.filter
def month(value: date | datetime | None) -> str:
    """Write a month with its year."""
    return format.month(value) if value else ""


@register.filter
def short_month(value: date) -> str:
    """Write a month as a mark of a chart: `Nov`."""
    return format.short_month(value)


@register.filter
def axis_units(value: Money) -> str:
    """Write an amount for the axis of a chart, shortened: `120k`, `1.5M`."""
    return format.shortened(value)


@register.filter
def names_of(people: dict[str, list[str]], key: str) -> str:
    """Write the names kept under a key: `{{ twice|names_of:merchant }}`."""
    return ", ".join(people.get(key, []))


@register.filter
def clock(value: datetime | None) -> str:
    """Write the time of day."""
    return format.clock(value) if value else ""


@register.filter
def number(value: int | None) -> str:
    """Write a whole number with the region's thousands."""
    return format.count(value) if value is not None else ""


@register.filter
def percent(value: int | None) -> str:
    """Write a percentage."""
    return format.percent(value) if value is not None else ""


@register.filter
def whole_units(value: Money) -> str:
    """Write an amount without its minor units, for the axis of a chart and nothing else."""
    return format.amount_parts(value, unit=False).major


@register.filter
def iso(value: date | datetime | None) -> str:
    """Write a date or moment for the `datetime` attribute."""
    return value.isoformat() if value else ""


@register.filter
def mcc_icon(code: str) -> str:
    """Name the icon of a merchant category code: `{% icon row.merchant_category_code|mcc_icon %}`."""
    return mcc.icon(code)


@register.filter
def can(membership: Any, capability: str) -> bool:
    """Say whether a person may do something: `{% if membership|can:"cards.issue" %}`, the question that views ask."""
    return membership is not None and membership.can(capability)


@register.simple_tag
def pill(code: str, note: Any = "") -> SafeString:
    """Show the next step of an expense. Raises KeyError for a code that PILLS does not know."""
    symbol, tone, look, word = PILLS[code]
    return chip(symbol, word, tone=tone, look=look, note=note)


@register.simple_tag
def chip(symbol: str, word: Any, tone: str = "", look: str = "", note: Any = "") -> SafeString:
    """Show any state as a pill: icon and word, never colour alone. `look`: dashed (not yet) or plain (over)."""
    # A lazy word becomes the reader's own here, so that the drawn chip is kept by language.
    return _chip(symbol, conditional_escape(word), tone, look, conditional_escape(note))


FLAGS: dict[str, tuple[str, Promise | str]] = {
    "warn": ("", _("Warning")),
    "note": ("attention", _("Reason asked for")),
    "review": ("attention", _("Must be reviewed")),
    "block": ("negative", _("Not allowed")),
}


@register.simple_tag
def flag_chip(level: str, small: bool = False) -> SafeString:
    """Show how strongly an expense is flagged, nothing where it is not; `small` leaves the word to screen readers."""
    if not level:
        return SafeString("")
    tone, word = FLAGS[level]
    if not small:
        return chip("flag", word, tone=tone)
    return format_html(
        '<span class="flag-mark" data-tone="{}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        tone, word, icon("flag", "sm"), word,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _chip(symbol: str, word: SafeString, tone: str, look: str, note: SafeString) -> SafeString:
    return format_html(
        '<span class="pill{}"{}>{}{}{}</span>',
        f" pill--{look}" if look else "",
        format_html(' data-tone="{}"', tone) if tone else "",
        icon(symbol),
        word,
        format_html(", {}", note) if note else "",
    )


@register.simple_tag
def avatar(name: str, tone: str = "neutral", look: str = "") -> SafeString:
    """Show the initials of a person or company. `look`: square, sm."""
    words = [word for word in name.replace("&", " ").split() if word[0].isalnum()] or ["?"]
    initials = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    shape = "".join(f" avatar--{part}" for part in look.split())
    return format_html(
        '<span class="avatar{}" data-tone="{}" aria-hidden="true">{}</span>', shape, tone, initials.upper()
    )


def _whole(value: Money | int | None) -> int:
    return value.amount if isinstance(value, Money) else value or 0


def tenth_percent(part: int, whole: int) -> int:
    """Return a share in tenths of a percent, kept between 0 and 1000."""
    return max(0, min(1000, part * 1000 // whole)) if whole > 0 else 0


@register.simple_tag
def bar(
    used: Money | int, cap: Money | int, reserved: Money | int | None = None, label: Any = "", look: str = ""
) -> SafeString:
    """Draw how much of `cap` is used. `used` includes `reserved`, which is ticked. Amber from 85 %, red at 100 %.

    `look`: lg, wallet. The width is an SVG attribute, since the content security policy allows no inline style.
    """
    total = tenth_percent(_whole(used), _whole(cap))
    solid = tenth_percent(_whole(used) - _whole(reserved), _whole(cap))
    state = "" if "wallet" in look else " bar--full" if total >= 1000 else " bar--near" if total >= 850 else ""
    shape = "".join(f" bar--{part}" for part in look.split()) + state
    ticks = format_html(
        '<line class="bar__reserved" x1="{}%" x2="{}%" y1="50%" y2="50%"/>', _tenths(solid), _tenths(total)
    )
    naming = format_html(' role="img" aria-label="{}"', label) if label else SafeString(' aria-hidden="true"')
    return format_html(
        '<svg class="bar{}"{}><rect class="bar__fill" width="{}%" height="100%"/>{}</svg>',
        shape, naming, _tenths(solid), ticks if total > solid else "",
    )  # fmt: skip


def _tenths(share: int) -> str:
    return f"{share // 10}.{share % 10}"


@register.simple_tag
def field(bound: BoundField, label: Any = "", hint: Any = "", **options: Any) -> SafeString:
    """Show a form field whole: label, control, hint or error, "optional". `class` adds to the field's own classes."""
    widget = bound.field.widget
    described = f"{bound.auto_id}_error" if bound.errors else f"{bound.auto_id}_hint" if hint or bound.help_text else ""
    attrs: dict[str, Any] = {"class": _control_class(widget)}
    if described:
        attrs["aria-describedby"] = described
    kind = (
        "tick" if isinstance(widget, forms.CheckboxInput)
        else "group" if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
        else "one"
    )  # fmt: skip
    if kind == "group":
        widget.attrs.setdefault("class", "check")
    context = {
        "bound": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "look": options.get("class", ""),
    }
    return SafeString(render_to_string("components/field.html", context))


def _control_class(widget: forms.Widget) -> str:
    own = widget.attrs.get("class", "")
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return own or "check"
    return f"input input--amount {own}".strip() if "data-amount" in widget.attrs else f"input {own}".strip()


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return the current query string with some parameters changed; an empty value drops one. Leaves the page's cursor behind."""
    params = context["request"].GET.copy()
    params.pop("cursor", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value not in ("", None):
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag(takes_context=True)
def sort_head(context: template.Context, key: str, label: Any, **options: str) -> SafeString:
    """Make a table head that sorts by `key`: a link, since the URL is the state. `class` adds to the cell."""
    current = context["request"].GET.get("sort", options.get("default", ""))
    state = "ascending" if current == key else "descending" if current == f"-{key}" else ""
    target = f"-{key}" if state == "ascending" else key
    arrow = icon("arrow-up" if state == "ascending" else "arrow-down", "sm") if state else ""
    return format_html(
        '<th{}{}><a class="sort" href="{}">{} {}</a></th>',
        format_html(' class="{}"', options["class"]) if options.get("class") else "",
        format_html(' aria-sort="{}"', state) if state else "",
        query(context, sort=target),
        label,
        arrow,
    )


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, count: int | None = None, exact: bool = True) -> dict[str, Any]:
    """Show the foot of a list: how many, previous, next. `page` is a pleo.lib.pagination.Page."""
    base = query(context)
    joiner = "" if base == "?" else "&"
    links = {
        name: base + joiner + urlencode({"cursor": cursor}) if cursor else ""
        for name, cursor in (("previous", page.previous), ("next", page.next))
    }
    return {"links": links, "shown": len(page.rows), "count": count, "exact": exact}


@register.inclusion_tag("components/paycard.html")
def paycard(card: Any, note: Any = "", kind: Any = "") -> dict[str, Any]:
    """Draw a card: label, last four digits, holder. `note` replaces the holder ("Frozen by you"). Never a full number."""
    return {"card": card, "note": note, "kind": kind}


@register.simple_tag
def attributes(**pairs: Any) -> SafeString:
    """Write attributes whose value is not empty: `{% attributes aria_current=current %}`."""
    return format_html_join(
        "", ' {}="{}"', ((name.replace("_", "-"), conditional_escape(value)) for name, value in pairs.items() if value)
    )
