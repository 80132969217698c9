"""A made-up year of purchases and receipts, matched as they come: seldom wrong, and most of it without a person."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from accounts.models import Company
from expenses.made_up_year import make
from expenses.score_matching import score_matching


def test_the_same_seed_makes_the_same_year() -> None:
    assert make(7, purchases=50) == make(7, purchases=50) != make(8, purchases=50)


@pytest.mark.django_db
@pytest.mark.slow
def test_a_short_year_is_matched_right_and_leaves_nothing_behind() -> None:
    before = Company.objects.count()
    verdict = score_matching(seed=2026, purchases=60)
    assert verdict.wrong == [] and verdict.recall >= 0.85
    assert Company.objects.count() == before
    out = io.StringIO()
    call_command("score_matching", seed=3, purchases=12, stdout=out)
    assert "precision of automatic matches" in out.getvalue()


@pytest.mark.django_db
@pytest.mark.long
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_a_year_of_which_a_third_is_hard(seed: int) -> None:
    verdict = score_matching(seed=seed)
    assert verdict.hard >= 0.3
    assert verdict.precision >= 0.99, verdict.wrong
    assert verdict.recall >= 0.90
