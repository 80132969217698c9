"""The tables of the coding masters refuse what no rule may let through, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from expenses.merchant_name import plain
from expenses.models import (
    AllocationShare,
    AllocationTemplate,
    CodingRule,
    LineTag,
    RuleRun,
    Tag,
    TagGroup,
    TaxCode,
    Vendor,
    VendorAlias,
    VendorMerge,
)
from tests.conftest import Cast
from tests.expenses.conftest import buy

pytestmark = pytest.mark.django_db


def group_of(cast: Cast, name: str = "Project", **fields: Any) -> TagGroup:
    found: TagGroup = TagGroup.objects.create(company=cast.company, name=name, **fields)
    return found


def tag_of(group: TagGroup, name: str, **fields: Any) -> Tag:
    found: Tag = Tag.objects.create(company=group.company, group=group, name=name, path=name, **fields)
    return found


def refused(write: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def test_a_group_and_its_tags_stand_once(cast: Cast) -> None:
    group = group_of(cast)
    tag = tag_of(group, "Website", code="P1")
    assert refused(lambda: group_of(cast, "project"))
    assert refused(lambda: tag_of(group, "website"))
    assert refused(lambda: tag_of(group, "Other", code="P1"))
    assert refused(lambda: Tag.objects.filter(pk=tag.pk).update(parent=tag))
    assert refused(lambda: TagGroup.objects.filter(pk=group.pk).update(dimension="colour"))
    tag_of(group, "No code"), tag_of(group, "Nor here")
    TagGroup.objects.create(company=cast.other, name="Project")


def test_a_line_has_one_tag_of_a_group(cast: Cast) -> None:
    line = buy(cast.carol).lines.get()
    group = group_of(cast)
    first, second = tag_of(group, "A"), tag_of(group, "B")
    LineTag.objects.create(company=cast.company, line=line, tag=first, group=group)
    assert refused(lambda: LineTag.objects.create(company=cast.company, line=line, tag=second, group=group))


def test_shares_of_a_template_make_100_percent(cast: Cast) -> None:
    for wrong in ("99.9999", "100.0001", "0"):
        assert refused(
            lambda wrong=wrong: AllocationTemplate.objects.create(  # type: ignore[misc]
                company=cast.company, name="60/40", share_total=Decimal(wrong)
            )
        )
    row = AllocationTemplate.objects.create(company=cast.company, name="60/40", share_total=100)
    assert refused(lambda: AllocationTemplate.objects.filter(pk=row.pk).update(share_total=90))
    assert refused(lambda: AllocationShare.objects.create(template=row, position=1, percent=0))
    assert refused(lambda: AllocationShare.objects.create(template=row, position=1, percent=Decimal("100.5")))


def test_a_vendor_stands_once_and_a_name_leads_to_one(cast: Cast) -> None:
    lidl = Vendor.objects.create(company=cast.company, name="Lidl", account_number="40010")
    aldi = Vendor.objects.create(company=cast.company, name="Aldi")
    assert refused(lambda: Vendor.objects.create(company=cast.company, name="LIDL"))
    assert refused(lambda: Vendor.objects.filter(pk=aldi.pk).update(account_number="40010"))
    assert refused(lambda: Vendor.objects.filter(pk=aldi.pk).update(merged_into=aldi))
    assert refused(lambda: Vendor.objects.filter(pk=aldi.pk).update(country="de"))
    VendorAlias.objects.create(company=cast.company, vendor=lidl, name="lidl")
    assert refused(lambda: VendorAlias.objects.create(company=cast.company, vendor=aldi, name="lidl"))
    assert refused(lambda: VendorAlias.objects.create(company=cast.company, vendor=aldi, name=""))
    merge = {"company": cast.company, "by": cast.alice}
    VendorMerge.objects.create(gone=aldi, kept=lidl, **merge)
    assert refused(lambda: VendorMerge.objects.create(gone=aldi, kept=lidl, **merge))
    assert refused(lambda: VendorMerge.objects.create(gone=lidl, kept=lidl, **merge))


def test_rules_stand_in_one_order_and_one_run_is_open(cast: Cast) -> None:
    fields: dict[str, Any] = {"company": cast.company, "by": cast.alice}
    CodingRule.objects.create(name="One", position=1, conditions={"kinds": ["card"]}, **fields)
    assert refused(lambda: CodingRule.objects.create(name="Two", position=1, conditions={"kinds": ["fee"]}, **fields))
    assert refused(lambda: CodingRule.objects.create(name="All", position=2, conditions={}, **fields))
    RuleRun.objects.create(total=5, **fields)
    assert refused(lambda: RuleRun.objects.create(total=5, **fields))
    assert refused(lambda: RuleRun.objects.update(changed=2, handled=1))


def test_a_tax_code_ends_after_it_begins(cast: Cast) -> None:
    code = TaxCode.objects.for_company(cast.company).order_by("code").first()
    assert refused(lambda: TaxCode.objects.filter(pk=code.pk).update(valid_from="2024-01-02", valid_to="2024-01-01"))
    TaxCode.objects.filter(pk=code.pk).update(valid_from="2024-01-01", valid_to="2024-01-01")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("SumUp *Lidl GmbH 0421", "lidl"),
        ("LIDL", "lidl"),
        ("Føtex Århus A/S", "fotex arhus"),
        ("ZETTLE_*Café Ø, 2. sal", "cafe o 2 sal"),
        ("7-Eleven #4411", "7 eleven"),
        ("1020304", "1020304"),
        ("H&M", "h&m"),
        ("", ""),
        ("\x00***", ""),
    ],
)
def test_a_merchant_is_one_word_however_it_is_printed(name: str, word: str) -> None:
    assert plain(name) == word
