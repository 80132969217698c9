"""Made-up receipts as the tills of many countries print them, with what is true of each, and the slips of recognition.

Nothing in here comes from a real receipt: names are put together from lists, wording and layout are what such tills usually do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from receipts.reading.engine import Box, Picture

WIDTH = 640
Line = tuple[str, ...]


@dataclass
class Paper:
    """Rows of columns (left, and from there to the right edge) and the truth. A row may begin with a size: ("!2", "NAME")."""

    rows: list[Line] = field(default_factory=list)
    merchant: str = ""
    total: int = 0
    day: date = date(2020, 1, 1)
    currency: str = ""
    country: str = ""

    def add(self, *columns: str) -> None:
        self.rows.append(columns)


FIRST = [
    "Sunny",
    "Golden",
    "Blue",
    "Harbor",
    "Maple",
    "Silver",
    "Nord",
    "Alt",
    "Neu",
    "Rosen",
    "Lucky",
    "Grand",
    "Royal",
    "Perfect",
    "Happy",
    "Star",
    "Urban",
    "Mega",
    "Delta",
    "Orchid",
]
SECOND = {
    "MY": "Hardware;Restaurant;Stationery;Trading;Bakery;Electrical;Mini Market;Seafood Village;Auto Parts;Book Store;Pharmacy;Optical",
    "US": "Grill;Diner;Taqueria;Pizza Kitchen;Brewing Co;Coffee House;Steakhouse;Liquors;Market;Sushi Bar;Bagels;Auto Repair",
    "DE": "Getränkemarkt;Bäckerei;Gasthaus;Apotheke;Baumarkt;Eiscafé;Blumenhaus;Buchhandlung;Bistro;Drogerie;Metzgerei",
    "DK": "Bageri;Cykler;Kaffebar;Byggemarked;Blomster;Smørrebrød", "SE": "Konditori;Järnhandel;Livs;Kök & Bar;Blommor",
    "FR": "Boulangerie;Brasserie;Librairie;Pressing;Bistrot", "NL": "Bakkerij;Eetcafé;Slagerij;Boekhandel",
    "ES": "Panadería;Ferretería;Cafetería;Mesón", "IT": "Trattoria;Ferramenta;Panificio;Libreria", "GB": "Arms;Tea Rooms;Hardware;Deli;Books",
}  # fmt: skip
FORMS = {
    "MY": ("Sdn Bhd", "SDN. BHD.", "(M) Sdn Bhd", "Enterprise"), "US": ("", "", "LLC", "Inc."), "DE": ("GmbH", "e.K.", "", "OHG", "GmbH & Co. KG"),
    "DK": ("ApS", "", "A/S"), "SE": ("AB", ""), "FR": ("SARL", "", "SAS"), "NL": ("B.V.", ""), "ES": ("S.L.", ""), "IT": ("S.r.l.", ""), "GB": ("Ltd", ""),
}  # fmt: skip
GOODS = {
    "MY": "Nasi Lemak;Teh Tarik;A4 Paper 80gsm;Screw 2in;Milo Ais;Roti Canai;LED Bulb 9W;Marker Pen;Kopi O;Chicken Rice;Cable Tie;Battery AA",
    "US": "Cheeseburger;Iced Tea;Fries Lg;Caesar Salad;Draft Beer;House Red;Gift Card;Batteries;Motor Oil;Sparkling Water;Mac n Cheese;Combo 2",
    "DE": "Marmelade;Vollmilch 3,5%;Brötchen;Mineralwasser;Pils 0,4l;Schnitzel;Aprikosen;Dezemberstern;Augustiner;Kaffee;Apfelschorle;Butter",
    "DK": "Kaffe;Rundstykke;Cykellygte;Skruer;Smør", "SE": "Kaffe;Kanelbulle;Skruv;Mjölk;Dagens lunch", "FR": "Baguette;Café crème;Menu midi;Croissant;Demi",
    "NL": "Koffie;Broodje kaas;Bitterballen;Melk", "ES": "Café con leche;Menú del día;Tornillos;Pan", "IT": "Cappuccino;Coperto;Pane;Acqua", "GB": "Pint Ale;Fish & Chips;Tea;Scone",
}  # fmt: skip


class Maker:
    """The dice, and what most tills have in common."""

    def __init__(self, seed: int, country: str) -> None:
        self.dice = random.Random(seed)
        self.country = country
        self.paper = Paper(country=country)
        self.comma = country not in ("MY", "US", "GB")
        self.moment = datetime(2014, 1, 2, 9) + timedelta(minutes=self.dice.randrange(6_000_000))
        self.items: list[int] = []

    def pick(self, *options: str) -> str:
        return self.dice.choice(options)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def money(self, amount: int, sign: str = "") -> str:
        text = f"{abs(amount) // 100:,}.{abs(amount) % 100:02d}"
        if self.comma:
            text = text.replace(",", "_").replace(".", ",").replace("_", ".")
        return f"{'-' if amount < 0 else ''}{sign}{text}"

    def name(self) -> None:
        """Print a name, sometimes on two lines, sometimes below a slogan."""
        dice, country = self.dice, self.country
        kind = dice.choice(SECOND[country].split(";"))
        person = f"{dice.choice(FIRST)} {dice.choice(FIRST)}" if self.chance(0.4) else dice.choice(FIRST)
        name = f"{kind} {person}" if country in ("ES", "FR", "IT", "DE") and self.chance(0.5) else f"{person} {kind}"
        form = dice.choice(FORMS[country])
        self.paper.merchant = f"{name} {form}".strip()
        shown = self.paper.merchant.upper() if self.chance(0.6) else self.paper.merchant
        if self.chance(0.12):
            self.paper.add(self.pick("Welcome to", "*** WELCOME ***") if country in ("US", "MY", "GB") else "* * *")
        if form and self.chance(0.2):
            self.paper.add("!1.5", shown[: len(name)])
            self.paper.add(shown[len(name) :].strip())
        else:
            self.paper.add(self.pick("!1", "!1.4", "!2"), shown)

    def goods(self, low: int = 1, high: int = 9, *, style: str = "") -> int:
        """Print items; returns their sum."""
        style = style or self.pick("plain", "plain", "quantity", "two_lines", "code")
        for _ in range(self.dice.randint(low, high)):
            count, price = (
                (self.dice.randint(2, 5), self.dice.randint(60, 900))
                if self.chance(0.25)
                else (1, self.dice.randint(60, 6000))
            )
            thing = self.dice.choice(GOODS[self.country].split(";"))
            if style == "quantity":
                self.paper.add(str(count), thing, self.money(price * count))
            elif style == "two_lines":
                self.paper.add(thing)
                self.paper.add(
                    f"{self.dice.randint(10**7, 10**8)}", f"{count} x {self.money(price)}", self.money(price * count)
                )
            elif style == "code":
                self.paper.add(
                    f"{self.dice.randint(1000, 99999)} {thing}",
                    self.money(price * count) + (self.pick(" A", " B", "") if self.comma else ""),
                )
            else:
                self.paper.add(thing, self.money(price * count))
            self.items.append(price * count)
        return sum(self.items)

    def done(self, total: int, currency: str) -> Paper:
        self.paper.total, self.paper.currency, self.paper.day = total, currency, self.moment.date()
        return self.paper


def _when_my(m: Maker) -> Line:
    day = m.moment
    text = m.pick(
        f"{day:%d/%m/%Y}", f"{day:%d/%m/%y}", f"{day:%d-%m-%Y}", f"{day:%d %b %Y}", f"{day:%d-%b-%Y}", f"{day:%d/%m/%Y}", f"{day:%d-%b-%y}", f"{day:%Y-%m-%d}",
    )  # fmt: skip
    clock = m.pick(f"{day:%H:%M:%S}", f"{day:%I:%M:%S %p}", f"{day:%H:%M}", f"{day:%I:%M %p}")
    return m.dice.choice(
        [
            (f"Date: {text}", f"Time: {clock}"),
            (f"{text} {clock}",),
            (f"Date : {text} {clock}",),
            (f"Invoice Date : {text}",),
            ("Date", f": {text}"),
            (f"DATE/TIME: {text}{clock}",),
        ]
    )


def _head_my(m: Maker) -> tuple[bool, bool]:
    """Print what stands above the items; returns whether there is a tax, and whether the day was printed."""
    m.name()
    if m.chance(0.6):
        m.paper.add(m.pick("(Co. Reg. No: 112233-K)", "(445566-X)", "CO NO: 778899-V", "ROC NO 334455-A"))
    m.paper.add(f"{m.dice.randint(1, 99)}, Jalan Melur {m.dice.randint(1, 9)}/{m.dice.randint(1, 9)},")
    m.paper.add(f"Taman Kenanga, {m.dice.randint(40000, 81999)} Shah Alam, Selangor")
    m.paper.add(
        f"Tel: 03-{m.dice.randint(1000, 9999)} {m.dice.randint(1000, 9999)}  Fax: 03-{m.dice.randint(1000, 9999)}2211"
    )
    gst = m.chance(0.6)
    if gst:
        m.paper.add(f"GST {m.pick('ID', 'No', 'Reg No')}: 000{m.dice.randint(10**8, 10**9 - 1)}")
    m.paper.add(
        m.pick("TAX INVOICE", "CASH BILL", "Simplified Tax Invoice", "INVOICE", "RECEIPT", "*** Cash Sales ***")
    )
    m.paper.add(
        f"{m.pick('Bill No', 'Invoice No', 'Doc No.', 'Receipt #')}: {m.pick('CS', 'INV', 'A')}{m.dice.randint(1000, 99999)}"
    )
    top = m.chance(0.75)
    if top:
        m.paper.add(*_when_my(m))
    m.paper.add(f"Cashier: {m.pick('ADMIN', 'Siti', 'Nurul')}", m.pick("Table: 12", "Salesperson : AH", ""))
    m.paper.add(
        *m.dice.choice(
            [("Item", "Qty", "Price", "Amount"), ("Description", "Amount(RM)"), ("Qty", "U/P(RM)", "Disc", "Total(RM)")]
        )
    )
    return gst, top


def _pay_my(m: Maker, rounded: int, sign: str) -> None:
    if m.chance(0.75):
        paid = rounded + m.dice.choice([0, 0, 5, 20, 100, 1000, 5000]) if m.chance(0.5) else -(-rounded // 1000) * 1000
        m.paper.add(
            m.pick("Cash", "CASH", "Cash Received", "Tendered", "Paid Amount", "Cash Tendered"), m.money(paid, sign)
        )
        m.paper.add(m.pick("Change", "CHANGE", "Change Due", "Balance"), m.money(paid - rounded, sign))
    else:
        m.paper.add(m.pick("VISA CARD", "Credit Card", "Debit Card"), m.money(rounded, sign))
        m.paper.add(f"XXXX XXXX XXXX {m.dice.randint(1000, 9999)}", "Approval Code:031876")


def malaysia(seed: int) -> Paper:
    m = Maker(seed, "MY")
    gst, top = _head_my(m)
    gross = m.goods()
    service = round(gross * 0.1) if m.chance(0.15) else 0
    tax = round((gross + service) * 0.06) if service or (gst and m.chance(0.35)) else 0
    included = round(gross * 6 / 106) if gst and not tax else 0
    sign = m.pick("", "", "RM", "RM ")
    due = gross + service + tax
    rounded = (due + 2) // 5 * 5
    m.paper.add(m.pick("Total Qty", "Item count", "No. of items", "Total Item(s)"), str(len(m.items)))
    if service or tax:
        m.paper.add(
            m.pick("Sub Total", "SubTotal", "Total Excluding GST", "Total (Excl. GST)", "Sub-Total (Excl GST)"),
            m.money(gross, sign),
        )
        if service:
            m.paper.add("Service Charge 10%", m.money(service, sign))
        m.paper.add(m.pick("GST 6%", "SST 6%", "GST @6%:", "Total GST"), m.money(tax, sign))
    if m.chance(0.85) or rounded == due:
        m.paper.add(
            m.pick(
                "Total",
                "Total Sales (Inclusive of GST)",
                "Total Amount",
                "Total Incl. GST",
                "TOTAL INC. GST @6%",
                "Total Amt Incl. GST @ 6%",
            ),
            m.money(due, sign),
        )
    if m.chance(0.7) or rounded != due:
        m.paper.add(
            m.pick("Rounding Adj", "Rounding", "Rounding Adjustment", "Round Amt", "Rnd Adj"),
            m.money(rounded - due, sign),
        )
        m.paper.add(
            m.pick(
                "Total Rounded",
                "Nett Total",
                "Net Total",
                "Total After Rounding",
                "Grand Total",
                "Amount Due",
                "Rounded Total (RM)",
                "NETT AMT",
            ),
            m.money(rounded, sign),
        )
    if included and m.chance(0.3):
        m.paper.add("Total Includes GST 6%", m.money(included, sign))
    _pay_my(m, rounded, sign)
    if gst:
        m.paper.add("GST Summary", "Amount (RM)", "Tax (RM)")
        m.paper.add(m.pick("SR @ 6%", "S = 6%", "SR 6%"), m.money(due - (tax or included)), m.money(tax or included))
        if m.chance(0.5):
            m.paper.add("ZRL @ 0%", "0.00", "0.00")
        if m.chance(0.5):
            m.paper.add("Total", m.money(due - (tax or included)), m.money(tax or included))
    if not top:
        m.paper.add(*_when_my(m))
    m.paper.add(m.pick("Thank You & Please Come Again", "GOODS SOLD ARE NOT RETURNABLE", "THANK YOU"))
    return m.done(rounded, "MYR")


def _when_us(m: Maker) -> Line:
    day = m.moment
    text = m.pick(
        f"{day:%m/%d/%Y}", f"{day:%m/%d/%y}", f"{day.month}/{day.day}/{day.year}", f"{day:%m-%d-%Y}", f"{day:%b %d, %Y}", f"{day:%b %d '%y}", f"{day:%d-%b-%Y}", f"{day:%A, %B %d, %Y}",
    )  # fmt: skip
    clock = m.pick(f"{day:%I:%M %p}", f"{day:%I:%M%p}", f"{day:%H:%M}", f"{day:%I:%M:%S %p}")
    return m.dice.choice(
        [
            (text, clock),
            (f"{text} {clock}",),
            (f"Date: {text}", clock),
            (f"{clock}", text),
            (f"{text}  {clock}  Check #{m.dice.randint(1, 999)}",),
        ]
    )


def america(seed: int) -> Paper:
    m = Maker(seed, "US")
    m.name()
    m.paper.add(
        f"{m.dice.randint(10, 9999)} {m.pick('Main St', 'W. Olive Ave', 'N Lake Blvd', '5th Street', 'State Road 7')}{m.pick('', ', Suite 4')}"
    )
    m.paper.add(
        f"{m.pick('Springfield, IL', 'Austin, TX', 'Portland, OR', 'Tampa, FL')} {m.dice.randint(10000, 99999)}"
    )
    m.paper.add(
        m.pick(
            f"({m.dice.randint(201, 989)}) {m.dice.randint(200, 999)}-{m.dice.randint(1000, 9999)}",
            f"{m.dice.randint(201, 989)}-{m.dice.randint(200, 999)}-{m.dice.randint(1000, 9999)}",
        )
    )
    eats = m.chance(0.65)
    if eats:
        m.paper.add(m.pick("Server: Kelly", "Your server was DAVE", "Host: Ann"), f"Table {m.dice.randint(1, 60)}")
    top = m.chance(0.7)
    if top:
        m.paper.add(*_when_us(m))
    sign = m.pick("", "$", "$")
    gross = m.goods(style="quantity" if eats and m.chance(0.6) else "plain")
    tax = round(gross * m.dice.randint(50, 99) / 1000)
    m.paper.add(m.pick("Subtotal", "SUB TOTAL", "Sub-total:", "SUBTTL", "Food Total", "Taxable"), m.money(gross, sign))
    m.paper.add(m.pick("Tax", "Sales Tax", "TAX 8.25%", "State Tax", "Local Tax"), m.money(tax, sign))
    due = gross + tax
    tip = round(gross * 0.18) if eats and m.chance(0.2) else 0
    if tip:
        m.paper.add(m.pick("18% Gratuity", "Gratuity (18.00%)", "Auto Gratuity"), m.money(tip, sign))
        due += tip
    m.paper.add(
        m.pick("Total", "TOTAL", "Total Due", "Amount Due", "BALANCE DUE", "Check Total", "Grand Total", "TOTAL:"),
        m.money(due, sign),
    )
    if eats and not tip and m.chance(0.4):
        m.paper.add(m.pick("Suggested Gratuity", "Tip Guide"))
        for share in (15, 18, 20):
            m.paper.add(f"{share}% is {m.money(round(gross * share / 100), '$')}")
    elif m.chance(0.5):
        m.paper.add(m.pick("VISA", "MASTERCARD", "Amex", "Visa Tend", "CREDIT CARD"), m.money(due, sign))
        m.paper.add(f"Card # {m.pick('XXXXXXXXXXXX', '************')}{m.dice.randint(1000, 9999)}")
        m.paper.add("Change Due", m.money(0, sign))
    elif m.chance(0.6):
        paid = -(-due // 1000) * 1000
        m.paper.add(m.pick("Cash", "CASH TEND", "Cash Tendered"), m.money(paid, sign))
        m.paper.add(m.pick("Change", "CHANGE DUE"), m.money(paid - due, sign))
    if not top:
        m.paper.add(*_when_us(m))
    m.paper.add(m.pick("Thank You!", "Tell us how we did and win $500", "Visit us at example.com"))
    return m.done(due, "USD")


def _when_de(m: Maker) -> Line:
    day = m.moment
    text = m.pick(f"{day:%d.%m.%Y}", f"{day:%d.%m.%y}", f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}")
    clock = m.pick(f"{day:%H:%M}", f"{day:%H:%M:%S}", f"{day:%H:%M} Uhr", f"{day:%H.%M}")
    return m.dice.choice(
        [
            (text, clock),
            (f"{text} {clock}",),
            (f"Datum: {text}", f"Uhrzeit: {clock}"),
            (f"{text}", clock, "Bon-Nr. 4711"),
            (f"{day:%d.%m.%y%H:%M}", "4711/001"),
        ]
    )


def germany(seed: int) -> Paper:
    m = Maker(seed, "DE")
    m.name()
    m.paper.add(f"{m.pick('Hauptstr.', 'Bahnhofstraße', 'Am Markt', 'Lindenweg')} {m.dice.randint(1, 120)}")
    m.paper.add(f"{m.dice.randint(10000, 99999)} {m.pick('Neustadt', 'Altenburg', 'Rheinau')}")
    m.paper.add(m.pick("Tel. 0451/123456", "UID Nr.: DE123456789", "St.-Nr. 12/345/67890", "Mo-Sa 8.00-20.00 Uhr"))
    top = m.chance(0.3)
    if top:
        m.paper.add(*_when_de(m))
    if m.chance(0.6):
        m.paper.add("", "EUR")
    gross = m.goods(style=m.pick("plain", "code", "two_lines"))
    m.paper.add(
        m.pick(
            "SUMME EUR",
            "SUMME",
            "Summe",
            "Gesamtbetrag",
            "Zu zahlen",
            "zu zahlen EUR",
            "TOTAL EUR",
            "Gesamtsumme",
            "BAR-TOTAL",
            "Rechnungsbetrag",
            "SUMME  EUR",
        ),
        m.money(gross),
    )
    if m.chance(0.5):
        paid = -(-gross // 500) * 500
        m.paper.add(m.pick("Geg. BAR EUR", "BAR", "Gegeben Bar", "Bar EUR"), m.money(paid))
        m.paper.add(m.pick("Rückgeld BAR EUR", "Rückgeld", "Zurück", "Rückgeld EUR"), m.money(paid - gross))
    else:
        m.paper.add(m.pick("Geg. girocard", "EC-Karte", "Kartenzahlung", "VISA", "Geg. Mastercard"), m.money(gross))
        m.paper.add("Kartennr.", f"############{m.dice.randint(1000, 9999)}")
        m.paper.add("Betrag EUR", m.money(gross))
    share = m.dice.choice([0.0, 0.4, 1.0])
    parts = [(19, round(gross * share)), (7, gross - round(gross * share))]
    m.paper.add(
        *m.dice.choice(
            [
                ("Steuer %", "Netto", "Steuer", "Brutto"),
                ("MwSt", "Netto", "MwSt", "Brutto"),
                ("Typ", "Netto", "MwSt.", "Brutto"),
            ]
        )
    )
    for letter, (rate, part) in zip("AB", parts, strict=True):
        if part:
            tax = round(part * rate / (100 + rate))
            m.paper.add(f"{letter}= {rate},0%", m.money(part - tax), m.money(tax), m.money(part))
    if not top:
        m.paper.add(*_when_de(m))
    m.paper.add(m.pick("Vielen Dank für Ihren Einkauf", "Es bediente Sie Frau Weber", "TSE-Signatur: A1B2C3"))
    if m.chance(0.3):
        m.paper.add(f"TSE-Start: {m.moment:%Y-%m-%dT%H:%M:%S}")
    return m.done(gross, "EUR")


# Country: words for total, cash, change, card, tax, rate, currency as printed, date formats.
NORTH_AND_SOUTH: dict[str, tuple[str, str, str, str, str, float, str, str]] = {
    "DK": ("I alt;TOTAL DKK;At betale;Total", "Kontant", "Retur;Byttepenge", "Dankort;VISA/Dankort", "Heraf moms 25%", 25, "DKK", "%d-%m-%Y;%d.%m.%y;%d/%m/%Y;%d. %B %Y"),
    "SE": ("Totalt;Att betala;TOTALT SEK;Summa", "Kontant", "Tillbaka;Växel", "Kort;Bankkort", "Moms 12%", 12, "SEK", "%Y-%m-%d;%y-%m-%d"),
    "FR": ("TOTAL TTC;NET A PAYER;Total EUR;A PAYER", "Espèces", "Rendu", "Carte bancaire;CB", "TVA 10%", 10, "EUR", "%d/%m/%Y;%d/%m/%y"),
    "NL": ("Totaal;TE BETALEN;Totaal EUR", "Contant", "Wisselgeld", "PIN;Bankpas", "BTW 21%", 21, "EUR", "%d-%m-%Y;%d-%m-%y"),
    "ES": ("TOTAL;TOTAL A PAGAR;Total EUR;IMPORTE TOTAL", "Efectivo", "Cambio", "Tarjeta", "IVA 10%", 10, "EUR", "%d/%m/%Y;%d-%m-%Y"),
    "IT": ("TOTALE COMPLESSIVO;TOTALE EURO;TOTALE", "Contante", "Resto", "Bancomat;Carta di credito", "di cui IVA 10%", 10, "EUR", "%d/%m/%Y;%d-%m-%y"),
    "GB": ("Total;TOTAL GBP;Balance Due;Amount Due", "Cash", "Change", "VISA DEBIT;Mastercard", "VAT 20%", 20, "GBP", "%d/%m/%Y;%d %b %Y;%d/%m/%y"),
}  # fmt: skip


def europe(seed: int, country: str) -> Paper:
    m = Maker(seed, country)
    total, cash, change, card, vat, rate, currency, formats = NORTH_AND_SOUTH[country]
    m.name()
    m.paper.add({"DK": "Vestergade 12, 8000 Aarhus C", "SE": "Storgatan 4, 111 22 Stockholm", "FR": "12 rue des Lilas 75011 Paris", "NL": "Kerkstraat 7 1017 GA Amsterdam",
                 "ES": "Calle Mayor 3, 28013 Madrid", "IT": "Via Roma 5, 20121 Milano", "GB": "4 High Street, London SW1A 1AA"}[country])  # fmt: skip
    m.paper.add(
        {
            "DK": "CVR-nr. 12345674",
            "SE": "Org.nr 556677-8899",
            "FR": "SIRET 123 456 789 00012",
            "NL": "BTW NL001234567B01",
            "ES": "CIF B12345674",
            "IT": "P.IVA 01234567890",
            "GB": "VAT No. GB 123 4567 82",
        }[country]
    )
    when = m.moment.strftime(m.dice.choice(formats.split(";")))
    top = m.chance(0.5)
    if top:
        m.paper.add(f"{m.pick('', 'Dato ' if country == 'DK' else '')}{when}", f"{m.moment:%H:%M}")
    gross = m.goods()
    sign = m.pick("", {"EUR": "€", "GBP": "£"}.get(currency, ""))
    m.paper.add(m.dice.choice(total.split(";")), m.money(gross, sign))
    tax = round(gross * rate / (100 + rate))
    vat_line = (vat, m.money(tax, sign))
    before = m.chance(0.5)
    if before:
        m.paper.add(*vat_line)
    if m.chance(0.5):
        paid = -(-gross // 5000) * 5000
        m.paper.add(cash, m.money(paid, sign))
        m.paper.add(m.dice.choice(change.split(";")), m.money(paid - gross, sign))
    else:
        m.paper.add(m.dice.choice(card.split(";")), m.money(gross, sign))
        m.paper.add(f"XXXX XXXX XXXX {m.dice.randint(1000, 9999)}")
    if not before:
        m.paper.add(*vat_line)
    if not top:
        m.paper.add(when, f"{m.moment:%H:%M:%S}")
    m.paper.currency = currency
    return m.done(gross, currency)


LAYOUTS: dict[str, Callable[[int], Paper]] = {
    "MY": malaysia, "US": america, "DE": germany, **{country: (lambda seed, country=country: europe(seed, country)) for country in NORTH_AND_SOUTH},
}  # fmt: skip


def paper(country: str, seed: int) -> Paper:
    """Return the same receipt for the same country and seed."""
    return LAYOUTS[country](seed)


def seen(paper: Paper, seed: int, *, noise: float = 1.0) -> Picture:
    """Return the boxes that recognition would give: joined and torn columns, lost spaces, a misread letter, paper at a slant."""
    dice = random.Random(seed)
    slant = dice.uniform(-0.03, 0.03) * noise
    y, boxes = 40.0, []
    for row in paper.rows:
        size = float(row[0][1:]) if row[0].startswith("!") else 1.0
        columns = [part for text in row[1 if row[0].startswith("!") else 0 :] for part in text.split("  ") if part]
        y += 34 * size
        count = len(columns)
        letter = min(11.0 * size, 600 / max(len(" ".join(columns)), 1))
        for place, text in enumerate(columns):
            width = letter * len(text)
            x = (
                20.0
                if place == 0 and count > 1
                else (320 - width / 2 if count == 1 else 620 - width - (count - 1 - place) * 150.0)
            )
            boxes.append(
                _box(
                    _slip(text, dice, noise),
                    max(x, 4.0),
                    y + dice.uniform(-1.5, 1.5) * noise,
                    width,
                    20.0 * size,
                    slant,
                )
            )
    return Picture(boxes, WIDTH, int(y + 80))


def _slip(text: str, dice: random.Random, noise: float) -> str:
    if dice.random() < 0.25 * noise:
        text = text.replace(" ", "", 1) if dice.random() < 0.5 else text.replace(": ", ":").replace(" (", "(")
    letters = list(text)
    for place, letter in enumerate(letters):
        if letter.isalpha() and dice.random() < 0.004 * noise:
            letters[place] = {"l": "1", "I": "1", "O": "0", "o": "0", "i": "l", "e": "c", "a": "o", "B": "8"}.get(
                letter, letter
            )
    return "".join(letters)


def _box(text: str, x: float, y: float, width: float, height: float, slant: float) -> Box:
    corners: Any = [
        (x, y + x * slant),
        (x + width, y + (x + width) * slant),
        (x + width, y + height + (x + width) * slant),
        (x, y + height + x * slant),
    ]
    return Box(text, 0.97, tuple(corners))
