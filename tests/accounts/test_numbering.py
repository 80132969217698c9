"""Running numbers: no gap on commit, none twice."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Counter
from accounts.numbering import next_number
from tests.conftest import Cast


def test_it_counts_per_company_and_range(cast: Cast) -> None:
    assert [next_number(company=cast.company, range="expense") for _ in range(3)] == [1, 2, 3]
    assert next_number(company=cast.other, range="expense") == 1
    assert next_number(company=cast.company, range="voucher", count=10) == 1
    assert next_number(company=cast.company, range="voucher") == 11


def test_it_gives_numbers_back_on_rollback(cast: Cast) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number(company=cast.company, range="expense") == 1
        raise RuntimeError
    assert next_number(company=cast.company, range="expense") == 1


def test_a_range_is_there_once(cast: Cast) -> None:
    next_number(company=cast.company, range="expense")
    with pytest.raises(IntegrityError), transaction.atomic():
        Counter.objects.create(company=cast.company, range="expense")
