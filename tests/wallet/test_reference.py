"""What a payer writes, found again in what the bank reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleo.lib.iban import compact, is_creditor_reference, is_iban, shown, with_check
from wallet.open_accounts import ALPHABET, new_reference
from wallet.pay_to import PLAY_IBAN
from wallet.reference import codes_in, structured

CODE = "PLEO-7QK2MFVB"


def test_known_references_and_numbers() -> None:
    assert is_creditor_reference("RF18539007547034")
    assert not is_creditor_reference("RF19539007547034")
    assert is_iban("DE89370400440532013000") and is_iban(PLAY_IBAN)
    assert not is_iban("DE8937040044053201300") and not is_iban("DE88370400440532013000") and not is_iban("")
    assert compact("de89 3704-0044 0532 0130 00") == "DE89370400440532013000"
    assert shown("DE89370400440532013000") == "DE89 3704 0044 0532 0130 00"


@given(st.text(alphabet=ALPHABET, min_size=8, max_size=8))
def test_a_structured_reference_proves_itself_and_is_found(letters: str) -> None:
    reference = structured(f"PLEO-{letters}")
    assert is_creditor_reference(reference) and len(reference) <= 25
    assert codes_in(f"thanks {reference} bye") == [f"PLEO-{letters}"]


@given(st.text(alphabet=ALPHABET, min_size=8, max_size=8), st.integers(4, 15), st.sampled_from(ALPHABET))
def test_one_wrong_letter_of_a_structured_reference_is_noticed(letters: str, place: int, other: str) -> None:
    reference = structured(f"PLEO-{letters}")
    if other.isdigit() != reference[place].isdigit():
        return  # A letter counts as two digits: putting a digit for it is noticed nearly always, not always.
    wrong = reference[:place] + other + reference[place + 1 :]
    assert wrong == reference or codes_in(wrong) == []


@pytest.mark.parametrize(
    "text",
    [
        CODE, "pleo-7qk2mfvb", "PLEO 7QK2 MFVB", "Top-up ref:PLEO-7QK2MFVB/Havblik", "PLEO-7QK2\nMFVB", f"/ROC/{CODE}//",
        structured(CODE), " ".join(structured(CODE)),
    ],
)  # fmt: skip
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    assert codes_in(text) == [CODE]


@pytest.mark.parametrize("text", ["", "PLEO", "PLEO-7QK2MFV", "PLEO-0QK2MFVB", "RF18539007547034", "Pleo money"])
def test_what_is_no_code(text: str) -> None:
    assert codes_in(text) == []


def test_two_codes_are_two(cast: object) -> None:
    one, two = new_reference(), new_reference()
    assert codes_in(f"{one} and {two}", one) == [one, two]
    assert with_check("RF", "539007547034") == "RF18539007547034"
