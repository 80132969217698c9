"""Groups of merchant category codes (ISO 18245) that people choose from: hotels, restaurants, gambling and so on."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Group -> its name, and the codes it holds as ranges with both ends. A code belongs to the first group that has it.
GROUPS: dict[str, tuple[Promise | str, tuple[tuple[int, int], ...]]] = {
    "hotels": (_("Hotels"), ((3501, 3999), (7011, 7012))),
    "flights": (_("Flights"), ((3000, 3350), (4511, 4511), (4582, 4582))),
    "transit": (_("Rail, bus and taxi"), ((4011, 4011), (4111, 4112), (4121, 4121), (4131, 4131), (4789, 4789))),
    "cars": (
        _("Car rental, fuel and parking"),
        ((3351, 3500), (4784, 4784), (5541, 5542), (5552, 5552), (7512, 7549)),
    ),
    "agencies": (_("Travel agencies and ships"), ((4411, 4411), (4722, 4723))),
    "restaurants": (_("Restaurants and cafés"), ((5811, 5814),)),
    "groceries": (_("Groceries"), ((5411, 5499),)),
    "software": (_("Software and online services"), ((4816, 4816), (5734, 5734), (5815, 5818), (7372, 7379))),
    "electronics": (_("Computers and electronics"), ((5045, 5046), (5065, 5065), (5722, 5733))),
    "telecom": (_("Telephone and internet"), ((4812, 4815), (4821, 4821), (4899, 4899))),
    "office": (
        _("Office and furniture"),
        (
            (2741, 2741),
            (5021, 5021),
            (5044, 5044),
            (5111, 5111),
            (5192, 5192),
            (5712, 5719),
            (5942, 5943),
            (7338, 7338),
        ),
    ),
    "advertising": (_("Advertising"), ((7311, 7311), (7333, 7333))),
    "services": (
        _("Professional services and delivery"),
        ((4214, 4215), (7349, 7361), (7392, 7399), (8111, 8111), (8911, 8999)),
    ),
    "education": (_("Education"), ((8211, 8299),)),
    "health": (_("Health"), ((5122, 5122), (5912, 5912), (5975, 5977), (8011, 8099))),
    "gambling": (_("Gambling"), ((7800, 7802), (7995, 7995), (9406, 9406))),
    "entertainment": (_("Entertainment and sport"), ((7829, 7841), (7911, 7941), (7991, 7999))),
    "cash_like": (_("Cash and crypto"), ((4829, 4829), (6010, 6012), (6050, 6051), (6211, 6211), (6530, 6540))),
    "public": (_("Public offices and taxes"), ((9211, 9405), (9407, 9999))),
    "shops": (_("Other shops"), ((5013, 5999),)),
}


def group_of(code: str) -> str:
    """Return the group of a merchant category code; nothing for one that is empty, unknown or in no group."""
    if not (code.isascii() and code.isdigit()):
        return ""
    number = int(code)
    return next(
        (name for name, (_label, ranges) in GROUPS.items() if any(low <= number <= high for low, high in ranges)), ""
    )


def label(code: str) -> str:
    """Name a group, or a code by its number."""
    return str(GROUPS[code][0]) if code in GROUPS else code
