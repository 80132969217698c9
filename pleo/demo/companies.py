"""The demo's three companies and their people."""

from __future__ import annotations

from dataclasses import dataclass, field

# What a person spends on, by the sort of work they do: kind of purchase -> weight.
HABITS: dict[str, dict[str, int]] = {
    "studio": {
        "meals": 5,
        "printing": 4,
        "materials": 3,
        "office_supplies": 2,
        "rail": 2,
        "gifts": 1,
        "training": 1,
        "taxi": 1,
    },
    "projects": {
        "meals": 4,
        "parking": 5,
        "fuel": 4,
        "materials": 4,
        "public_transport": 3,
        "rail": 3,
        "hotel": 1,
        "taxi": 1,
    },
    "sales": {
        "client_meals": 3,
        "hotel": 3,
        "rail": 4,
        "taxi": 4,
        "flights": 2,
        "meals": 5,
        "gifts": 1,
        "fuel": 1,
        "parking": 2,
    },
    "office": {
        "office_supplies": 5,
        "postage": 3,
        "it_equipment": 2,
        "furniture": 1,
        "meals": 3,
        "gifts": 2,
        "printing": 1,
    },
    "management": {"client_meals": 3, "rail": 2, "flights": 1, "hotel": 1, "meals": 2, "taxi": 2, "training": 1},
}


@dataclass(frozen=True)
class CardPlan:
    """A card: how often it is used in a month, and whether it rests now, by whom and since how many days."""

    name: str
    monthly: int
    subscriptions: tuple[tuple[str, int, int], ...] = ()
    frozen_by: str = ""
    frozen_days: int = 0


@dataclass(frozen=True)
class Person:
    """Somebody with a role; `since_days` and `until_days` count back from today, when they began and stopped to spend."""

    name: str
    role: str
    email: str
    team: str = ""
    leads: str = ""
    habit: str = ""
    cards: tuple[CardPlan, ...] = ()
    since_days: int = 400
    until_days: int = 0
    travels: tuple[str, ...] = ()
    invited_days: int = 0

    @property
    def is_invited(self) -> bool:
        return self.invited_days > 0


@dataclass(frozen=True)
class CompanyPlan:
    """A company. `low` and `refill` are minor units: when the wallet falls below one, the other comes from the bank."""

    name: str
    legal_name: str
    slug: str
    country: str
    currency: str
    time_zone: str
    vat_number: str
    address: tuple[str, ...]
    low: int
    refill: int
    teams: tuple[str, ...]
    people: tuple[Person, ...] = field(default=())


def _card(name: str = "Everyday", monthly: int = 8, **more: object) -> CardPlan:
    return CardPlan(name, monthly, **more)  # type: ignore[arg-type]


LARS = ("Lars Friis", "lf@fjordholm.example")
BIRGITTE = ("Birgitte Juhl", "bj@fjordholm.example")


def _outside(who: tuple[str, str]) -> Person:
    return Person(who[0], "accountant", who[1])


HAVBLIK = CompanyPlan(
    "Havblik Arkitekter", "Havblik Arkitekter ApS", "havblik", "DK", "DKK", "Europe/Copenhagen", "DK28415509",
    ("Havblik Arkitekter ApS", "Åboulevarden 31", "8000 Aarhus C"), 15_000_000, 40_000_000,
    ("Management", "Studio", "Projects", "Sales", "Office"),
    (
        Person("Henrik Vang", "owner", "henrik@havblik.example", "Management", "Sales", "management", (_card("Management", 5),)),
        Person("Katrine Skov", "admin", "katrine@havblik.example", "Management", "", "office", (
            _card("Everyday", 4),
            _card("Subscriptions", 0, subscriptions=(
                ("Figma", 18, 36000), ("Adobe", 15, 26140), ("Slack", 3, 11250), ("Zoom", 9, 4796), ("TDC Erhverv", 1, 189900))),
            _card("Advertising", 0, subscriptions=(("LinkedIn Ireland", 12, 41600), ("Google Ireland", 27, 18900))),
        )),
        Person("Oliver Winther", "employee", "oliver@havblik.example", "Studio", "Studio", "studio", (
            _card(), _card("Miro and Notion", 0, subscriptions=(("Miro", 6, 12800), ("Notion", 21, 9600))))),
        Person("Mads Kjeldsen", "employee", "mads@havblik.example", "Projects", "Projects", "projects", (_card("Everyday", 11),)),
        Person("Freja Holm", "employee", "freja@havblik.example", "Studio", "", "studio", (
            _card("Everyday", 9), _card("Model shop", 2), _card("Online", 1, frozen_by="holder", frozen_days=16)),
            travels=("SE",)),
        Person("Signe Bak", "employee", "signe@havblik.example", "Studio", "", "studio", (_card("Print jobs", 7), _card("Online", 2))),
        Person("Line Østergaard", "employee", "line@havblik.example", "Studio", "", "studio", (_card("Online", 4),), since_days=46),
        Person("Maja Dahl", "employee", "maja@havblik.example", "Studio", invited_days=2),
        Person("Amira Haddad", "employee", "amira@havblik.example", "Projects", "", "projects", (_card(),)),
        Person("Anders Bo Krogh", "employee", "anders@havblik.example", "Projects", "", "projects", (_card("Everyday", 6),)),
        Person("Emil Rask", "employee", "emil@havblik.example", "Projects", "", "projects", (_card(), _card("Software", 1))),
        Person("Sara Mikkelsen", "employee", "sara@havblik.example", "Projects", "", "projects",
               (_card(frozen_by="admin", frozen_days=84),), until_days=84),
        Person("Jonas Brandt", "employee", "jonas@havblik.example", "Sales", "", "sales",
               (_card("Travel", 11), _card("Trade fair", 2)), travels=("DE", "DE", "SE", "GB")),
        Person("Viggo Skou", "employee", "viggo@havblik.example", "Sales", invited_days=31),
        Person("Ida Thomsen", "employee", "ida@havblik.example", "Office", "Office", "office", (_card("Everyday", 10),)),
        Person("Noor Rahimi", "employee", "noor@havblik.example", "Office", "", "office",
               (_card("Everyday", 9), _card("Online", 2, frozen_by="admin", frozen_days=3))),
        _outside(LARS),
        _outside(BIRGITTE),
    ),
)  # fmt: skip

LINDNER = CompanyPlan(
    "Lindner & Voss", "Lindner & Voss GmbH", "lindner-voss", "DE", "EUR", "Europe/Berlin", "DE811409772",
    ("Lindner & Voss GmbH", "Große Elbstraße 145", "22767 Hamburg"), 1_600_000, 4_000_000,
    ("Geschäftsführung", "Konstruktion", "Vertrieb", "Büro"),
    (
        Person("Greta Lindner", "owner", "greta@lindner-voss.example", "Geschäftsführung", "Vertrieb", "management",
               (_card("Reisen", 6),), travels=("CH",)),
        Person("Tobias Voß", "admin", "tobias@lindner-voss.example", "Geschäftsführung", "Büro", "management", (
            _card("Alltag", 5),
            _card("Abonnements", 0, subscriptions=(
                ("Hetzner", 2, 21480), ("Slack", 5, 15300), ("GitHub", 11, 18900), ("Telekom Geschäftskunden", 1, 23800),
                ("Adobe", 16, 13070))))),
        Person("Sabine Groß", "controller", "sabine@lindner-voss.example", "Büro", "", "office", (_card("Alltag", 4),)),
        Person("Jürgen Kästner", "employee", "juergen@lindner-voss.example", "Konstruktion", "Konstruktion", "projects",
               (_card("Alltag", 9),)),
        Person("Fatma Yıldız", "employee", "fatma@lindner-voss.example", "Konstruktion", "", "projects", (_card("Alltag", 9),)),
        Person("Piotr Wójcik", "employee", "piotr@lindner-voss.example", "Konstruktion", "", "projects", (_card("Alltag", 8),)),
        Person("Lea Hoffmann", "employee", "lea@lindner-voss.example", "Konstruktion", "", "studio",
               (_card("Alltag", 7), _card("Werkstatt", 4))),
        Person("Markus Brüggemann", "employee", "markus@lindner-voss.example", "Vertrieb", "", "sales",
               (_card("Reisen", 13),), travels=("CH", "DK")),
        Person("Nina Schäfer", "employee", "nina@lindner-voss.example", "Vertrieb", "", "sales",
               (_card("Reisen", 12),), travels=("GB", "CH")),
        Person("Ole Petersen", "employee", "ole@lindner-voss.example", "Vertrieb", "", "sales", (_card("Reisen", 9),),
               travels=("DK",), since_days=160),
        Person("Hannelore Krüger", "employee", "hannelore@lindner-voss.example", "Büro", "", "office", (_card("Alltag", 9),)),
        _outside(LARS),
    ),
)  # fmt: skip

MARLOW = CompanyPlan(
    "Marlow & Pike", "Marlow & Pike Ltd", "marlow-pike", "GB", "GBP", "Europe/London", "GB417883021",
    ("Marlow & Pike Ltd", "18 Wharf Street", "Leeds LS2 7EQ"), 1_300_000, 3_500_000,
    ("Directors", "Design", "Accounts", "Operations"),
    (
        Person("Eleanor Marlow", "owner", "eleanor@marlow-pike.example", "Directors", "Accounts", "management",
               (_card("Directors", 6),), travels=("US",)),
        Person("Daniel Pike", "admin", "daniel@marlow-pike.example", "Directors", "Operations", "management", (
            _card("Everyday", 5),
            _card("Subscriptions", 0, subscriptions=(
                ("Figma", 4, 54000), ("Adobe", 15, 39210), ("Notion", 8, 12000), ("EE Business", 1, 14200), ("Zoom", 19, 6394))))),
        Person("Priya Nair", "controller", "priya@marlow-pike.example", "Operations", "", "office", (_card("Everyday", 4),)),
        Person("Rhys Bevan", "employee", "rhys@marlow-pike.example", "Design", "Design", "studio", (_card("Everyday", 9),)),
        Person("Aoife Kelly", "employee", "aoife@marlow-pike.example", "Design", "", "studio", (_card("Everyday", 9),)),
        Person("Thomas Okafor", "employee", "thomas@marlow-pike.example", "Design", "", "studio",
               (_card("Everyday", 8), _card("Props", 3))),
        Person("Zoë Harper", "employee", "zoe@marlow-pike.example", "Design", "", "studio", (_card("Everyday", 7),), since_days=210),
        Person("George Ashworth", "employee", "george@marlow-pike.example", "Accounts", "", "sales",
               (_card("Travel", 13),), travels=("DE", "US")),
        Person("Chloe Bennett", "employee", "chloe@marlow-pike.example", "Accounts", "", "sales", (_card("Travel", 12),), travels=("DK",)),
        Person("Samir Patel", "employee", "samir@marlow-pike.example", "Accounts", "", "projects", (_card("Everyday", 9),)),
        Person("Margaret Doyle", "employee", "margaret@marlow-pike.example", "Operations", "", "office", (_card("Everyday", 10),)),
        _outside(BIRGITTE),
    ),
)  # fmt: skip

COMPANIES = (HAVBLIK, LINDNER, MARLOW)
