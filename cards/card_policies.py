"""Card policies: make, rename and archive them, let cards follow one, and give a card rules of its own again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from cards.models import Card, CardState, CardTemplate, Control, Limit
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.search import search_text


class PolicyNameTaken(DomainError):
    """Another card policy of the company has this name."""

    code = "policy_name_taken"
    field = "name"

    def message(self) -> str:
        return gettext("There is a card policy of this name already.")


class PolicyNameMissing(DomainError):
    """A card policy needs a name."""

    code = "policy_name_missing"
    field = "name"

    def message(self) -> str:
        return gettext("Give the policy a name, for example Travelling staff.")


class PolicyInUse(DomainError):
    """Cards follow the policy."""

    code = "policy_in_use"
    status = 409

    def message(self) -> str:
        return gettext("Cards follow this policy. Give them another one first, or rules of their own.")


class CardClosed(WrongState):
    """A closed card follows nothing."""

    code = "card_closed"

    def message(self) -> str:
        return gettext("This card is closed for good.")


class CardChanged(DomainError):
    """The rules of a card, or its policy, are no longer as they were left."""

    code = "card_changed"
    status = 409

    def message(self) -> str:
        return gettext("Its rules were changed since, so they stay as they are.")


def make_policy(*, company: Company, name: str, by: Membership | None, now: datetime | None = None) -> CardTemplate:
    """Make a card policy without rules. Raises PolicyNameMissing, PolicyNameTaken."""
    name = name.replace("\x00", "").strip()[:60]
    if not name:
        raise PolicyNameMissing
    try:
        with transaction.atomic():
            made: CardTemplate = CardTemplate.objects.create(
                company=company, name=name, made_by=by, search_text=search_text(name)
            )
            record(company=company, verb="template.created", subject=made, by=by, now=now)
    except IntegrityError:
        raise PolicyNameTaken from None
    return made


@transaction.atomic
def rename_policy(*, template: CardTemplate, name: str, by: Membership, now: datetime | None = None) -> CardTemplate:
    """Give a policy another name. Raises PolicyNameMissing, PolicyNameTaken."""
    name, before = name.replace("\x00", "").strip()[:60], template.name
    if not name:
        raise PolicyNameMissing
    if name == before:
        return template
    try:
        with transaction.atomic():
            CardTemplate.objects.filter(pk=template.pk).update(name=name, search_text=search_text(name))
    except IntegrityError:
        raise PolicyNameTaken from None
    template.refresh_from_db()
    record(
        company=template.company,
        verb="template.changed",
        subject=template,
        by=by,
        changes={"name": [before, name]},
        now=now,
    )
    return template


@transaction.atomic
def archive_policy(*, template: CardTemplate, by: Membership, now: datetime | None = None) -> CardTemplate:
    """Put a policy away that no card follows. Archived already, it changes nothing. Raises PolicyInUse."""
    now = now or timezone.now()
    CardTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if followers(template).exists():
        raise PolicyInUse
    if CardTemplate.objects.filter(pk=template.pk, archived_at=None).update(archived_at=now):
        record(company=template.company, verb="template.archived", subject=template, by=by, now=now)
    template.refresh_from_db()
    return template


@transaction.atomic
def restore_policy(*, template: CardTemplate, by: Membership, now: datetime | None = None) -> CardTemplate:
    """Bring an archived policy back. In use already, it changes nothing. Raises PolicyNameTaken."""
    try:
        with transaction.atomic():
            back = CardTemplate.objects.filter(pk=template.pk).exclude(archived_at=None).update(archived_at=None)
    except IntegrityError:
        raise PolicyNameTaken from None
    template.refresh_from_db()
    if back:
        record(company=template.company, verb="template.restored", subject=template, by=by, now=now)
    return template


def followers(template: CardTemplate) -> Any:
    """Return the cards that follow a policy, closed ones left out; of a replaced card the one that stands for it now."""
    rows = Card.objects.filter(company=template.company_id).exclude(state=CardState.CLOSED)
    return rows.filter(head=None, template=template) | rows.filter(head__template=template)


@dataclass(frozen=True)
class Change:
    """What following a policy would change on a card. `kept` are its own rules that the policy does not speak of."""

    card: Card
    already: bool
    limits: list[tuple[str, Limit | None, Limit]]
    controls: list[tuple[str, Control | None, Control]]
    kept: int

    @property
    def changes(self) -> bool:
        return not self.already or any(own for _, own, _ in [*self.limits, *self.controls])


def preview(*, template: CardTemplate, cards: list[Card]) -> list[Change]:
    """Say what following a policy would change on each card. Reads only, five queries however many cards."""
    limits = {row.interval: row for row in template.limits.standing()}
    controls = {
        row.kind: row for row in template.controls.filter(ended_at=None, shadow=False).select_related("company")
    }
    heads = [card.head_id or card.pk for card in cards]
    own_limits: dict[Any, dict[str, Limit]] = {}
    for limit in Limit.objects.standing().filter(card__in=heads):
        own_limits.setdefault(limit.card_id, {})[limit.interval] = limit
    own_controls: dict[Any, dict[str, Control]] = {}
    for control in Control.objects.filter(card__in=heads, ended_at=None, shadow=False).select_related("company"):
        own_controls.setdefault(control.card_id, {})[control.kind] = control
    found = []
    for card, head in zip(cards, heads, strict=True):
        mine, rules = own_limits.get(head, {}), own_controls.get(head, {})
        found.append(
            Change(
                card=card,
                already=card.template_owner_id == template.pk,
                limits=[(each.get_interval_display(), mine.get(name), each) for name, each in limits.items()],
                controls=[(each.get_kind_display(), rules.get(kind), each) for kind, each in controls.items()],
                kept=len(mine.keys() - limits.keys()) + len(rules.keys() - controls.keys()),
            )
        )
    return found


def follow_policy(*, card: Card, template: CardTemplate, by: Membership, now: datetime | None = None) -> Card:
    """Make a card (and what replaces it) follow a policy from the next purchase on.

    Its own limits and rules end where the policy has one; what the policy does not speak of stays its own. What was used
    counts on. Raises CardClosed, and WrongState for a policy that is archived or another company's.
    """
    follow_keeping(card=card, template=template, by=by, now=now or timezone.now())
    return card


@dataclass(frozen=True)
class Before:
    """What a card had before it followed a policy: the policy, and the rules of its own that ended. Ids, fit for JSON."""

    template: str | None
    limits: list[str]
    controls: list[str]


@transaction.atomic
def follow_keeping(*, card: Card, template: CardTemplate, by: Membership, now: datetime) -> Before:
    """Do what `follow_policy` does and return what `follow_again` needs to put it back. Raises as `follow_policy`."""
    owner = Card.objects.select_for_update(no_key=True).get(pk=card.limit_owner.pk)
    held = CardTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if card.state == CardState.CLOSED:
        raise CardClosed
    if held.archived_at or held.company_id != card.company_id:
        raise WrongState
    limits = Limit.objects.standing().filter(card=owner, interval__in=_intervals(template))
    controls = Control.objects.filter(card=owner, ended_at=None, shadow=False, kind__in=_kinds(template))
    before = Before(
        template=str(owner.template_id) if owner.template_id else None,
        limits=[str(pk) for pk in limits.values_list("pk", flat=True)],
        controls=[str(pk) for pk in controls.values_list("pk", flat=True)],
    )
    Limit.objects.filter(pk__in=before.limits).update(ended_at=now)
    Control.objects.filter(pk__in=before.controls).update(ended_at=now)
    Card.objects.filter(pk=owner.pk).update(template=template)
    record(company=card.company, verb="card.follows", subject=card, by=by, changes={"policy": template.name}, now=now)
    card.refresh_from_db()
    return before


def _intervals(template: CardTemplate) -> Any:
    return template.limits.standing().values("interval")


def _kinds(template: CardTemplate) -> Any:
    return template.controls.filter(ended_at=None, shadow=False).values("kind")


@transaction.atomic
def follow_again(*, card: Card, template: CardTemplate, before: Before, by: Membership, now: datetime) -> None:
    """Put a card back to the policy and the rules of its own that it had before it followed `template`.

    The rules come back as new ones: what was in force meanwhile stays in the log. Raises CardChanged when the card follows
    another policy since, was given a rule of its own in their place, or the former policy is archived.
    """
    owner = Card.objects.select_for_update(no_key=True).get(pk=card.limit_owner.pk)
    held = CardTemplate.objects.select_for_update(no_key=True)
    former = held.filter(pk=before.template).first() if before.template else None
    limits, controls = Limit.objects.filter(pk__in=before.limits), Control.objects.filter(pk__in=before.controls)
    own = Limit.objects.standing().filter(card=owner, interval__in=limits.values("interval"))
    rules = Control.objects.filter(card=owner, ended_at=None, shadow=False, kind__in=controls.values("kind"))
    is_gone = before.template is not None and (former is None or former.archived_at is not None)
    if owner.template_id != template.pk or is_gone or own.exists() or rules.exists():
        raise CardChanged
    for rule in [*limits, *controls]:
        _copy_to(owner, rule, by=by, now=now)
    Card.objects.filter(pk=owner.pk).update(template=former)
    verb, name = ("card.follows", former.name) if former else ("card.own_rules", template.name)
    record(company=card.company, verb=verb, subject=card, by=by, changes={"policy": name}, now=now)


def _copy_to(owner: Card, rule: Limit | Control, *, by: Membership | None, now: datetime) -> None:
    """Give a card a rule like another one, set by somebody at a moment."""
    rule.pk = rule.id = type(rule)._meta.pk.get_default()
    rule.card, rule.template, rule.ended_at, rule._state.adding = owner, None, None, True
    rule.set_by, rule.set_at = by, now
    rule.save(force_insert=True)


@transaction.atomic
def own_rules(*, card: Card, by: Membership, now: datetime | None = None) -> Card:
    """Give a card rules of its own: a copy of what its policy says, which later changes of the policy do not reach.

    A card that follows none changes nothing.
    """
    now = now or timezone.now()
    owner = Card.objects.select_for_update(no_key=True).get(pk=card.limit_owner.pk)
    if owner.template_id is None:
        return card
    own = set(Limit.objects.standing().filter(card=owner).values_list("interval", flat=True))
    for limit in Limit.objects.standing().filter(template=owner.template_id).exclude(interval__in=own):
        _copy_to(owner, limit, by=limit.set_by, now=limit.set_at)
    kinds = set(Control.objects.filter(card=owner, ended_at=None, shadow=False).values_list("kind", flat=True))
    for rule in Control.objects.filter(template=owner.template_id, ended_at=None, shadow=False).exclude(kind__in=kinds):
        _copy_to(owner, rule, by=rule.set_by, now=rule.set_at)
    policy = CardTemplate.objects.get(pk=owner.template_id).name
    Card.objects.filter(pk=owner.pk).update(template=None)
    record(company=card.company, verb="card.own_rules", subject=card, by=by, changes={"policy": policy}, now=now)
    card.refresh_from_db()
    return card
