"""What keeps an item out of the queue, asked of one item and of a whole query alike."""

from __future__ import annotations

import pytest

from bookkeeping import checks, facts
from bookkeeping.models import BookItem, BookSettings
from bookkeeping.queue import queue
from expenses.models import ChartAccount, Expense, ExpenseLine, Lane, LineTag, PaymentState, Tag, TagGroup
from tests.bookkeeping.conftest import NOW, claim, item_of, purchase, settle, top_up


def contra(company):
    return facts.contra_of(BookSettings.objects.get(company=company))


def codes(item: BookItem) -> list[str]:
    fetched = BookItem.objects.with_facts().get(pk=item.pk)
    return [result.code for result in checks.failures(fetched, contra(item.company))]


def is_ready(item: BookItem) -> bool:
    return checks.ready(BookItem.objects.filter(pk=item.pk), contra(item.company)).exists()


def settings(**fields):
    return lambda expense: BookSettings.objects.filter(company=expense.company).update(**fields)


def on_expense(**fields):
    return lambda expense: Expense.objects.filter(pk=expense.pk).update(**fields)


def on_lines(**fields):
    return lambda expense: ExpenseLine.objects.filter(expense=expense).update(**fields)


def archived(number):
    return lambda expense: ChartAccount.objects.filter(company=expense.company, number=number).update(archived_at=NOW)


def nothing(expense):
    pass


def tag_required(expense):
    TagGroup.objects.create(company=expense.company, name="Project", is_required=True)
    TagGroup.objects.create(company=expense.company, name="Free")


def tagged(expense):
    tag_required(expense)
    group = TagGroup.objects.get(name="Project")
    tag = Tag.objects.create(company=expense.company, group=group, name="Web", path="Web")
    for line in expense.lines.all():
        LineTag.objects.create(company=expense.company, line=line, tag=tag, group=group)


CASES = [
    ("a required tag missing", tag_required, ["tag_missing"]),
    ("a required tag there", tagged, []),
    ("ready", nothing, []),
    ("only reserved", on_expense(payment=PaymentState.RESERVED), ["not_settled"]),
    ("no category", on_lines(category=None), ["category_missing"]),
    ("a rest not split", on_lines(is_rest=True), ["lines_unsplit"]),
    ("account archived", archived("3600"), ["account_archived"]),
    ("VAT account archived", archived("6903"), ["tax_account_archived"]),
    ("VAT without code", on_lines(tax_code=None), ["tax_account_missing"]),
    ("no receipt", on_expense(receipt_count=0), ["receipt_missing"]),
    ("reading open", on_expense(reading_open=True), ["reading_open"]),
    ("not reviewed", on_expense(review=""), ["not_reviewed"]),
    ("details asked", on_expense(review="needs_details"), ["needs_details"]),
    ("not okay", on_expense(review="not_okay"), ["not_okay"]),
    ("no wallet account", settings(wallet_account=None), ["contra_account_missing"]),
    ("wallet account archived", archived("5835"), ["contra_account_archived"]),
    ("bank account missing", settings(bank_account=None), []),
]


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_what_keeps_a_purchase_back(cast, change, expected):
    expense = purchase(cast.carol)
    change(expense)
    item = item_of(expense)
    assert codes(item) == expected
    assert is_ready(item) == (not expected)


def test_lines_that_do_not_add_up_are_found_under_lock(cast):
    expense = purchase(cast.carol)
    item = item_of(expense)
    ExpenseLine.objects.filter(expense=expense).update(amount=1, tax_amount=0)
    assert codes(item) == ["lines_unsplit"]
    assert not queue(by=cast.bob, items=[item.pk], now=NOW).done


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (nothing, []),
        (settings(bank_account=None), ["contra_account_missing"]),
        (archived("5820"), ["contra_account_archived"]),
        (settings(wallet_account=None), ["contra_account_missing"]),
        (settings(cash_account=None), []),
    ],
)
def test_what_keeps_a_top_up_back(cast, change, expected):
    item = top_up(cast.company)
    change(item)
    assert codes(item) == expected and is_ready(item) == (not expected)


def test_a_claim_needs_its_own_contra_account_and_not_the_wallets(cast):
    item = item_of(claim(cast.carol))
    BookSettings.objects.update(wallet_account=None)
    assert codes(item) == [] and is_ready(item)
    BookSettings.objects.update(out_of_pocket_account=None)
    assert codes(item) == ["contra_account_missing"] and not is_ready(item)


def test_a_refund_needs_no_receipt(cast):
    from tests.bookkeeping.conftest import make_ready

    refund = make_ready(settle(None, 500, kind="refund", holder=cast.carol).expense, receipt=False)
    assert codes(item_of(refund)) == [] and is_ready(item_of(refund))


def test_cash_needs_the_cash_account(cast):
    from tests.bookkeeping.conftest import make_ready

    cash = make_ready(settle(None, 50000, kind="cash", holder=cast.carol).expense, category="cash")
    assert codes(item_of(cash)) == [] and is_ready(item_of(cash))
    BookSettings.objects.update(cash_account=None)
    assert codes(item_of(cash)) == ["contra_account_missing"] and not is_ready(item_of(cash))


def test_every_kind_of_expense_and_every_contra_account_is_known():
    from expenses.models import ExpenseKind

    assert set(checks.NEEDED) == set(ExpenseKind)
    assert {role for roles in checks.NEEDED.values() for role in roles} <= set(checks.ROLES)


def test_every_failure_is_a_sentence(cast):
    params = {"account": "3600", "person": "Carol", "group": "Project", "role": "the bank"}
    for code, (sentence, _fix) in checks.FAILURES.items():
        shown = checks.Result("category", code, params).sentence
        assert shown.endswith(".") and "%(" not in shown and sentence, code


def test_passed_checks_are_told_too(cast):
    item = BookItem.objects.with_facts().get(expense=purchase(cast.carol))
    results = checks.check(item, contra(cast.company))
    assert [result.check for result in results] == [
        "settled", "category", "account", "tax", "receipt", "reading", "policy", "okayed", "contra",
    ]  # fmt: skip
    assert all(result.passed and result.sentence for result in results)


def test_a_list_of_items_takes_a_fixed_number_of_queries(cast, django_assert_max_num_queries):
    for _ in range(4):
        purchase(cast.carol)
    top_up(cast.company)
    accounts = contra(cast.company)
    with django_assert_max_num_queries(9):
        for item in BookItem.objects.filter(company=cast.company).with_facts():
            checks.check(item, accounts)


def test_a_movement_with_its_own_uncoded_lines_is_not_ready_while_the_first_is(cast):
    expense = purchase(cast.carol)
    assert queue(by=cast.bob, items=[item_of(expense).pk], now=NOW).done
    settle(expense.authorization, 700, kind="correction_debit")
    late = BookItem.objects.get(expense=expense, lane=Lane.UNEXPORTED)
    ExpenseLine.objects.filter(movement=late.movement).update(category=None, tax_amount=0)
    assert codes(late) == ["category_missing"] and not is_ready(late)


def test_a_new_company_has_all_contra_accounts(cast):
    for company in (cast.company, cast.other):
        book = BookSettings.objects.get(company=company)
        assert all(
            (book.wallet_account, book.bank_account, book.out_of_pocket_account, book.cash_account, book.fees_account)
        )
        assert book.csv_separator == ";" and book.csv_decimal_comma
