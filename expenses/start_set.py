"""What a new company codes with: a chart of accounts, VAT codes and categories in the manner of its country.

Numbers and names follow what accountants of the country expect (Denmark: a common small-company chart; Germany: SKR
03; Britain: the usual nominal codes; four more countries in `start_sets_europe.py`) and stay in its language. A
company changes them as it likes; nothing here is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction

from accounts.models import Company
from expenses.models import AccountType, Category, ChartAccount, TaxCode, TaxMethod
from expenses.start_set_shape import StartSet
from expenses.start_sets_europe import FRANCE, NETHERLANDS, SPAIN, SWEDEN

EXPENSE, ASSET, LIABILITY = AccountType.EXPENSE, AccountType.ASSET, AccountType.LIABILITY
SINCE = date(2020, 1, 1)

# The order of the categories of every country, with the icon of each.
ICONS = {
    "meals": "utensils",
    "client_meals": "users",
    "travel": "train-front",
    "flights": "plane",
    "taxi": "car-taxi-front",
    "hotel": "bed",
    "fuel": "fuel",
    "parking": "square-parking",
    "office": "paperclip",
    "software": "app-window",
    "equipment": "laptop",
    "phone": "radio",
    "marketing": "flag",
    "books": "book-open",
    "postage": "package",
    "gifts": "gift",
    "fees": "landmark",
    "cash": "banknote",
    "other": "receipt-text",
}

# Merchant category codes -> the category people usually choose, as ranges (first, last, category).
USUAL: tuple[tuple[int, int, str], ...] = (
    (3000, 3350, "flights"),
    (3351, 3441, "travel"),
    (3501, 3999, "hotel"),
    (4111, 4112, "travel"),
    (4121, 4121, "taxi"),
    (4131, 4131, "travel"),
    (4215, 4215, "postage"),
    (4511, 4511, "flights"),
    (4722, 4722, "travel"),
    (4784, 4784, "parking"),
    (4789, 4789, "travel"),
    (4812, 4816, "phone"),
    (5045, 5045, "equipment"),
    (5111, 5111, "office"),
    (5411, 5499, "meals"),
    (5541, 5542, "fuel"),
    (5552, 5552, "fuel"),
    (5732, 5732, "equipment"),
    (5734, 5734, "software"),
    (5811, 5814, "meals"),
    (5816, 5818, "software"),
    (5942, 5942, "books"),
    (5943, 5943, "office"),
    (5947, 5947, "gifts"),
    (6010, 6012, "cash"),
    (7011, 7012, "hotel"),
    (7311, 7311, "marketing"),
    (7372, 7372, "software"),
    (7512, 7519, "travel"),
    (7523, 7523, "parking"),
    (9402, 9402, "postage"),
)


# A quarter of the VAT of a restaurant is deductible in Denmark: 5 % of the gross, which is 5.263158 % on the net.
DENMARK = StartSet(
    accounts=(
        ("2710", "Repræsentation", EXPENSE),
        ("2720", "Gaver og blomster", EXPENSE),
        ("2730", "Personaleforplejning", EXPENSE),
        ("2740", "Rejseomkostninger", EXPENSE),
        ("2745", "Fly", EXPENSE),
        ("2750", "Hotel", EXPENSE),
        ("2760", "Taxa", EXPENSE),
        ("2810", "Annoncer og reklame", EXPENSE),
        ("3110", "Brændstof", EXPENSE),
        ("3140", "Parkering og broafgift", EXPENSE),
        ("3600", "Kontorartikler", EXPENSE),
        ("3604", "Software og abonnementer", EXPENSE),
        ("3617", "Småanskaffelser", EXPENSE),
        ("3620", "Telefon og internet", EXPENSE),
        ("3628", "Porto og fragt", EXPENSE),
        ("3640", "Faglitteratur", EXPENSE),
        ("3650", "Gebyrer", EXPENSE),
        ("3660", "Øvrige omkostninger", EXPENSE),
        ("3690", "Øreafrunding", EXPENSE),
        ("4470", "Valutakursdifferencer", EXPENSE),
        ("5650", "Tilgodehavender hos medarbejdere", ASSET),
        ("5660", "Indsigelser, kort", ASSET),
        ("5810", "Kasse", ASSET),
        ("5820", "Bank", ASSET),
        ("5835", "Pleo-konto", ASSET),
        ("6800", "Leverandører", LIABILITY),
        ("6820", "Skyldig løn", LIABILITY),
        ("6840", "Skyldigt medarbejderudlæg", LIABILITY),
        ("6903", "Købsmoms", ASSET),
    ),
    tax_codes=(
        ("I25", "25 % købsmoms", "25", "6903"),
        ("HREP", "Restaurant, 25 % af momsen", "5.263158", "6903"),
        ("INGEN", "Ingen moms", "0", ""),
    ),
    categories={
        "meals": ("Forplejning", "2730", "HREP"),
        "client_meals": ("Repræsentation", "2710", "HREP"),
        "travel": ("Rejser", "2740", "INGEN"),
        "flights": ("Fly", "2745", "INGEN"),
        "taxi": ("Taxa", "2760", "INGEN"),
        "hotel": ("Hotel", "2750", "I25"),
        "fuel": ("Brændstof", "3110", "I25"),
        "parking": ("Parkering og bro", "3140", "I25"),
        "office": ("Kontorartikler", "3600", "I25"),
        "software": ("Software", "3604", "I25"),
        "equipment": ("Småanskaffelser", "3617", "I25"),
        "phone": ("Telefon og internet", "3620", "I25"),
        "marketing": ("Reklame", "2810", "I25"),
        "books": ("Faglitteratur", "3640", "I25"),
        "postage": ("Porto og fragt", "3628", "INGEN"),
        "gifts": ("Gaver og blomster", "2720", "INGEN"),
        "fees": ("Gebyrer", "3650", "INGEN"),
        "cash": ("Kontanthævning", "5810", "INGEN"),
        "other": ("Øvrige omkostninger", "3660", "I25"),
    },
    contra={
        "wallet": "5835",
        "bank": "5820",
        "out_of_pocket": "6840",
        "cash": "5810",
        "fees": "3650",
        "supplier": "6800",
        "receivable": "5650",
        "payroll": "6820",
        "disputes": "5660",
        "exchange": "4470",
    },
)

GERMANY = StartSet(
    accounts=(
        ("0485", "Geringwertige Wirtschaftsgüter", ASSET),
        ("1000", "Kasse", ASSET),
        ("1200", "Bank", ASSET),
        ("1360", "Geldtransit Pleo", ASSET),
        ("1501", "Kartenreklamationen", ASSET),
        ("1530", "Forderungen gegen Personal", ASSET),
        ("1571", "Abziehbare Vorsteuer 7 %", ASSET),
        ("1576", "Abziehbare Vorsteuer 19 %", ASSET),
        ("1600", "Verbindlichkeiten aus Lieferungen und Leistungen", LIABILITY),
        ("1740", "Verbindlichkeiten aus Lohn und Gehalt", LIABILITY),
        ("1755", "Verbindlichkeiten Auslagen Mitarbeiter", LIABILITY),
        ("2150", "Aufwendungen aus der Währungsumrechnung", EXPENSE),
        ("4530", "Laufende Kfz-Betriebskosten", EXPENSE),
        ("4570", "Parkgebühren und Maut", EXPENSE),
        ("4600", "Werbekosten", EXPENSE),
        ("4630", "Geschenke abzugsfähig", EXPENSE),
        ("4640", "Repräsentationskosten", EXPENSE),
        ("4650", "Bewirtungskosten", EXPENSE),
        ("4660", "Reisekosten Arbeitnehmer", EXPENSE),
        ("4663", "Reisekosten Arbeitnehmer, Fahrtkosten", EXPENSE),
        ("4664", "Reisekosten Arbeitnehmer, Verpflegung", EXPENSE),
        ("4666", "Reisekosten Arbeitnehmer, Übernachtung", EXPENSE),
        ("4806", "Wartungskosten für Hard- und Software", EXPENSE),
        ("4900", "Sonstige betriebliche Aufwendungen", EXPENSE),
        ("4910", "Porto", EXPENSE),
        ("4920", "Telefon", EXPENSE),
        ("4930", "Bürobedarf", EXPENSE),
        ("4940", "Zeitschriften, Bücher", EXPENSE),
        ("4970", "Nebenkosten des Geldverkehrs", EXPENSE),
    ),
    tax_codes=(
        ("VSt19", "19 % Vorsteuer", "19", "1576"),
        ("VSt7", "7 % Vorsteuer", "7", "1571"),
        ("OHNE", "Ohne Vorsteuer", "0", ""),
    ),
    categories={
        "meals": ("Verpflegung", "4664", "VSt19"),
        "client_meals": ("Bewirtung", "4650", "VSt19"),
        "travel": ("Bahn und Nahverkehr", "4663", "VSt7"),
        "flights": ("Flug", "4660", "VSt19"),
        "taxi": ("Taxi", "4663", "VSt7"),
        "hotel": ("Hotel", "4666", "VSt7"),
        "fuel": ("Tanken", "4530", "VSt19"),
        "parking": ("Parken und Maut", "4570", "VSt19"),
        "office": ("Bürobedarf", "4930", "VSt19"),
        "software": ("Software", "4806", "VSt19"),
        "equipment": ("Geräte", "0485", "VSt19"),
        "phone": ("Telefon und Internet", "4920", "VSt19"),
        "marketing": ("Werbung", "4600", "VSt19"),
        "books": ("Bücher und Zeitschriften", "4940", "VSt7"),
        "postage": ("Porto", "4910", "OHNE"),
        "gifts": ("Geschenke", "4630", "VSt19"),
        "fees": ("Gebühren", "4970", "OHNE"),
        "cash": ("Barabhebung", "1000", "OHNE"),
        "other": ("Sonstiges", "4900", "VSt19"),
    },
    contra={
        "wallet": "1360",
        "bank": "1200",
        "out_of_pocket": "1755",
        "cash": "1000",
        "fees": "4970",
        "supplier": "1600",
        "receivable": "1530",
        "payroll": "1740",
        "disputes": "1501",
        "exchange": "2150",
    },
)

_ENGLISH_ACCOUNTS: tuple[tuple[str, str, AccountType], ...] = (
    ("1104", "Card disputes", ASSET),
    ("1105", "Owed by employees", ASSET),
    ("1200", "Bank current account", ASSET),
    ("1220", "Pleo account", ASSET),
    ("1230", "Petty cash", ASSET),
    ("2100", "Trade creditors", LIABILITY),
    ("2110", "Employee expenses payable", LIABILITY),
    ("2201", "VAT on purchases", ASSET),
    ("2220", "Net wages", LIABILITY),
    ("6201", "Advertising", EXPENSE),
    ("6202", "Gifts and samples", EXPENSE),
    ("7300", "Fuel and oil", EXPENSE),
    ("7304", "Parking and tolls", EXPENSE),
    ("7400", "Travelling", EXPENSE),
    ("7401", "Flights", EXPENSE),
    ("7402", "Hotels", EXPENSE),
    ("7403", "Entertainment", EXPENSE),
    ("7405", "Taxis", EXPENSE),
    ("7406", "Subsistence", EXPENSE),
    ("7501", "Postage and carriage", EXPENSE),
    ("7502", "Telephone and internet", EXPENSE),
    ("7504", "Office stationery", EXPENSE),
    ("7505", "Books and subscriptions", EXPENSE),
    ("7601", "Software and hosting", EXPENSE),
    ("7602", "Small equipment", EXPENSE),
    ("7901", "Bank charges", EXPENSE),
    ("7906", "Exchange differences", EXPENSE),
    ("8201", "Rounding", EXPENSE),
    ("8202", "Other expenses", EXPENSE),
)
_ENGLISH_CATEGORIES = {
    "meals": ("Meals", "7406", "full"),
    "client_meals": ("Client entertainment", "7403", "none"),
    "travel": ("Trains and public transport", "7400", "none"),
    "flights": ("Flights", "7401", "none"),
    "taxi": ("Taxis", "7405", "none"),
    "hotel": ("Hotel", "7402", "full"),
    "fuel": ("Fuel", "7300", "full"),
    "parking": ("Parking and tolls", "7304", "full"),
    "office": ("Office supplies", "7504", "full"),
    "software": ("Software", "7601", "full"),
    "equipment": ("Equipment", "7602", "full"),
    "phone": ("Phone and internet", "7502", "full"),
    "marketing": ("Advertising", "6201", "full"),
    "books": ("Books and subscriptions", "7505", "none"),
    "postage": ("Postage", "7501", "none"),
    "gifts": ("Gifts", "6202", "none"),
    "fees": ("Bank charges", "7901", "none"),
    "cash": ("Cash withdrawal", "1230", "none"),
    "other": ("Other", "8202", "full"),
}
_ENGLISH_CONTRA = {
    "wallet": "1220", "bank": "1200", "out_of_pocket": "2110", "cash": "1230", "fees": "7901",
    "supplier": "2100", "receivable": "1105", "payroll": "2220", "disputes": "1104", "exchange": "7906",
}  # fmt: skip


def _english(full: str, none: str) -> dict[str, tuple[str, str, str]]:
    codes = {"full": full, "none": none}
    return {key: (name, account, codes[tax]) for key, (name, account, tax) in _ENGLISH_CATEGORIES.items()}


BRITAIN = StartSet(
    accounts=_ENGLISH_ACCOUNTS,
    tax_codes=(
        ("T1", "20 % standard rate", "20", "2201"),
        ("T5", "5 % reduced rate", "5", "2201"),
        ("T0", "Zero rated", "0", ""),
        ("T9", "No VAT", "0", ""),
    ),
    categories=_english("T1", "T9"),
    contra=_ENGLISH_CONTRA,
)

# Rates of a country that has no set of its own are not guessed: its accountant adds them.
ELSEWHERE = StartSet(
    accounts=_ENGLISH_ACCOUNTS,
    tax_codes=(("NONE", "No VAT", "0", ""),),
    categories=_english("NONE", "NONE"),
    contra=_ENGLISH_CONTRA,
)

SETS: Mapping[str, StartSet] = MappingProxyType(
    {"DK": DENMARK, "SE": SWEDEN, "DE": GERMANY, "GB": BRITAIN, "FR": FRANCE, "NL": NETHERLANDS, "ES": SPAIN}
)
# The English words of the categories, for companies that would rather have those.
ENGLISH: Mapping[str, str] = MappingProxyType({key: name for key, (name, _, _) in _ENGLISH_CATEGORIES.items()})


def set_of(country: str) -> StartSet:
    """Return the start set of a country (ISO 3166, two letters), or the plain English one."""
    return SETS.get(country, ELSEWHERE)


def usual_category(merchant_category_code: str) -> str:
    """Return the code of the category that purchases at such a merchant usually get; empty when there is none."""
    if not merchant_category_code.isdecimal():
        return ""
    code = int(merchant_category_code)
    return next((category for first, last, category in USUAL if first <= code <= last), "")


@transaction.atomic
def make_start_set(*, company: Company) -> None:
    """Make accounts, tax codes and categories of a new company, in the transaction that makes the company."""
    start = set_of(company.country)
    accounts = {
        number: ChartAccount(company=company, number=number, name=name, type=type)
        for number, name, type in start.accounts
    }
    codes = {
        code: TaxCode(
            company=company,
            code=code,
            name=name,
            rate=Decimal(rate),
            account=accounts.get(number),
            valid_from=SINCE,
            non_deductible=Decimal(start.lost.get(code, "0")),
            reverse_account=accounts.get(start.reverse.get(code, "")),
            method=TaxMethod.REVERSE if code in start.reverse else TaxMethod.INCLUSIVE,
        )
        for code, name, rate, number in start.tax_codes
    }
    categories = [
        Category(
            company=company, code=key, name=name, icon=ICONS[key], account=accounts[number], tax_code=codes[tax_code]
        )
        for key, (name, number, tax_code) in start.categories.items()
    ]
    ChartAccount.objects.bulk_create(accounts.values())
    TaxCode.objects.bulk_create(codes.values())
    Category.objects.bulk_create(categories)


def make_for_new_company(sender: object, *, company: Company, **_: object) -> None:
    """Receive accounts.signals.company_created: masters that are missing cannot be chosen by the first purchase."""
    make_start_set(company=company)
