"""Set and remove a control of a card or a card policy, on trial or in force; and the lock to the first merchant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from cards.models import Card, CardTemplate, Control, ControlKind, ControlMode
from cards.rules import ONLY_ALLOW, Facts, plain_name, read_values
from events.models import Actor
from events.record import record


@transaction.atomic
def set_control(
    *,
    card: Card | None = None,
    template: CardTemplate | None = None,
    kind: str,
    mode: str = ControlMode.ALLOW,
    values: Any,
    note: str = "",
    shadow: bool = False,
    by: Membership | None,
    now: datetime | None = None,
) -> Control | None:
    """Set the control of a kind on a card (for all its replacements) or a template, replacing the one that stands; None as
    values removes it. What already stands changes nothing.

    A `shadow` runs on trial beside what is in force. Raises RuleUnreadable, RuleEmpty, HoursWrong, AmountsWrong.
    """
    owner: Any = card.limit_owner if card else template
    assert owner is not None and (card is None) != (template is None), "a control has one owner"
    assert kind in ControlKind.values and mode in ControlMode.values, f"{kind} {mode} is no control"
    mode = ControlMode.ALLOW if kind in ONLY_ALLOW else mode
    read = None if values is None else read_values(kind, mode, values)
    note = note.replace("\x00", "").strip()[:120]
    now = now or timezone.now()
    whose = {"card" if card else "template": owner}
    # The owner's row is the lock: two admins at once make one live control, the later one's.
    type(owner).objects.select_for_update(no_key=True).get(pk=owner.pk)
    before = Control.objects.live().filter(**whose, kind=kind, shadow=shadow).first()
    if before and read is not None and (before.mode, before.values, before.note) == (mode, read, note):
        return before
    if before is None and read is None:
        return None
    if before:
        Control.objects.filter(pk=before.pk).update(ended_at=now)
    after = None
    if read is not None:
        after = Control.objects.create(
            **whose,
            company=owner.company,
            kind=kind,
            mode=mode,
            values=read,
            note=note,
            shadow=shadow,
            set_by=by,
            set_at=now,
        )
    verb = (
        ("control.tried" if after else "control.trial_ended")
        if shadow
        else "control.set"
        if after
        else "control.removed"
    )
    changes = {"control": kind, "mode": mode, "values": [before.values if before else None, read], "note": note}
    record(company=owner.company, verb=verb, subject=card or owner, by=by, changes=changes, now=now)
    return after


def lock_to_first(rules: Sequence[Control], card: Card, facts: Facts, now: datetime) -> None:
    """Write the merchant of the first approved purchase into a lock that waits for it, under the card's lock.

    A policy's lock is shared by many cards: the card gets one of its own with its own merchant.
    """
    for rule in rules:
        if rule.kind != ControlKind.FIRST_MERCHANT or rule.values or not plain_name(facts.merchant_name):
            continue
        shop = {"name": facts.merchant_name} | ({"id": facts.merchant_id} if facts.merchant_id else {})
        if rule.card_id:
            Control.objects.filter(pk=rule.pk).update(values=[shop])
        else:
            Control.objects.create(
                company=card.company,
                card=card.limit_owner,
                kind=rule.kind,
                mode=rule.mode,
                values=[shop],
                note=rule.note,
                shadow=rule.shadow,
                set_by=rule.set_by,
                set_at=now,
            )
        record(
            company=card.company,
            verb="control.locked",
            subject=card,
            actor=Actor.ISSUER,
            changes={"control": rule.kind, "merchant": facts.merchant_name},
            now=now,
        )
