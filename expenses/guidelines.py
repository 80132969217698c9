"""Turn the company's spending guidelines into safe HTML, and name their sections.

A small part of Markdown: headings, paragraphs, lists, bold, italic, links and rules. All text is escaped before anything is
made of it, so no HTML of the writer's own and no address but http, https and mailto comes through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from accounts.models import Company
from expenses.models import Guideline

LENGTH = 40_000
ALLOWED = ("http", "https", "mailto")
_HEADING = re.compile(r"^(#{1,4})\s+(.+?)\s*#*$")
_BULLET = re.compile(r"^\s{0,3}[-*+]\s+(.*)$")
_NUMBER = re.compile(r"^\s{0,3}\d{1,3}[.)]\s+(.*)$")
_RULE = re.compile(r"^\s{0,3}([-*_])(?:\s*\1){2,}\s*$")
# Bounded, so that no hostile text takes long.
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,500})\)")
_BOLD = re.compile(r"\*\*([^*\n]{1,500})\*\*")
_ITALIC = re.compile(r"(?<![\w*])[*_]([^*_\n]{1,500})[*_](?![\w*])")


@dataclass(frozen=True)
class Section:
    """A heading that can be linked to."""

    slug: str
    title: str
    level: int


def published(company: Company) -> Guideline | None:
    """Return the guidelines that people see."""
    rows = Guideline.objects.for_company(company).filter(published_at__isnull=False)
    found: Guideline | None = rows.order_by("-number").first()
    return found


def sections_of(company: Company) -> list[Section]:
    """Return the sections of the published guidelines."""
    row = published(company)
    return sections_in(row.text) if row else []


def sections_in(text: str) -> list[Section]:
    """Return the headings of a text in order; the same heading twice gets a number."""
    return [section for section in _headings(text.splitlines()) if section is not None]


def _headings(lines: list[str]) -> list[Section | None]:
    """Return the section that each line begins, None for any other line."""
    used: dict[str, int] = {}
    found: list[Section | None] = []
    for line in lines:
        match = _HEADING.match(line)
        if match is None:
            found.append(None)
            continue
        slug = slugify(_bare(match[2]), allow_unicode=True)[:60] or "section"
        used[slug] = used.get(slug, 0) + 1
        if used[slug] > 1:
            slug = f"{slug}-{used[slug]}"
        found.append(Section(slug, _bare(match[2]), len(match[1])))
    return found


def _bare(title: str) -> str:
    return re.sub(r"[*_]{1,2}", "", _LINK.sub(r"\1", title)).strip()


def rendered(text: str) -> SafeString:
    """Return the HTML of a text. Headings start at the second level: the page has the first."""
    lines = text.replace("\x00", "").splitlines()
    html: list[str] = []
    block: list[str] = []
    kind = ""

    def close() -> None:
        nonlocal block, kind
        if block:
            html.append(_block(kind, block))
        block, kind = [], ""

    found = _headings(lines)
    shift, last = min((one.level for one in found if one), default=1) - 2, 1
    for line, section in zip(lines, found, strict=True):
        is_rule = section is None and _RULE.match(line) is not None
        if section is not None or is_rule or not line.strip():
            close()
            if section is not None:
                # However deep the writer began: no level is skipped on the way down, for those who move by headings.
                level = last = min(section.level - shift, last + 1, 4)
                html.append(f'<h{level} id="{escape(section.slug)}">{inline(_title(line))}</h{level}>')
            elif is_rule:
                html.append("<hr>")
            continue
        bullet, number = _BULLET.match(line), _NUMBER.match(line)
        now = "ul" if bullet else "ol" if number else kind if kind in ("ul", "ol") and line.startswith("  ") else "p"
        if now != kind:
            close()
            kind = now
        item = bullet or number
        if kind in ("ul", "ol") and not item:
            block[-1] += f" {line.strip()}"
        else:
            block.append(item[1] if item else line.strip())
    close()
    # Everything that came from the writer went through `escape` in `inline` and above.
    return mark_safe("\n".join(html))


def _title(line: str) -> str:
    match = _HEADING.match(line)
    assert match is not None, "the line begins a section"
    return match[2]


def _block(kind: str, parts: list[str]) -> str:
    if kind == "p":
        return f"<p>{'<br>'.join(inline(part) for part in parts)}</p>"
    return f"<{kind}>{''.join(f'<li>{inline(part)}</li>' for part in parts)}</{kind}>"


def inline(text: str) -> str:
    """Return one line with its links, bold and italic words; everything else is escaped."""
    done: list[str] = []
    last = 0
    for match in _LINK.finditer(text):
        done += [_marked(text[last : match.start()]), _link(match[1], match[2])]
        last = match.end()
    return "".join([*done, _marked(text[last:])])


def _marked(text: str) -> str:
    return _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", escape(text)))


def _link(words: str, address: str) -> str:
    """An address that could run something, or that no browser should follow, stays text."""
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        scheme = ""
    if address.startswith("#") and len(address) > 1:
        return f'<a href="{escape(address)}">{_marked(words)}</a>'
    if scheme not in ALLOWED:
        return escape(f"[{words}]({address})")
    return f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{_marked(words)}</a>'
