"""Where the demo's people spend: what is bought, from whom, for about how much."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple


class Kind(NamedTuple):
    """A sort of purchase: its merchant category code, prices in euro cents, VAT in percent by country, and what is bought."""

    mcc: str
    low: int
    high: int
    rates: dict[str, int]
    hours: tuple[int, int]
    items: dict[str, tuple[str, ...]]
    is_invoice: bool = False
    online: bool = False


ALL, NONE = {"DK": 25, "DE": 19, "GB": 20}, {"DK": 0, "DE": 0, "GB": 0}

KINDS: dict[str, Kind] = {
    "meals": Kind("5814", 620, 2900, ALL, (8, 14), {
        "DK": ("Smørrebrød", "Kaffe", "Sandwich, kylling", "Salat", "Danskvand"),
        "DE": ("Mittagstisch", "Kaffee Crema", "Belegtes Brötchen", "Apfelschorle", "Salatteller"),
        "GB": ("Flat white", "Soup of the day", "Ham & cheese toastie", "Sparkling water", "Flapjack"),
    }),
    "client_meals": Kind("5812", 6200, 24000, ALL, (18, 21), {
        "DK": ("3 retter, menu", "Vand ad libitum", "Rødvin, glas", "Kaffe og sødt"),
        "DE": ("Menü, 3 Gänge", "Mineralwasser", "Grauburgunder, Glas", "Espresso"),
        "GB": ("Set menu", "Still water", "House red, glass", "Coffee"),
    }),
    "office_supplies": Kind("5943", 900, 7200, ALL, (9, 17), {
        "DK": ("Papir A3", "Tusser, sort", "Kaffebønner", "Mapper"),
        "DE": ("Kopierpapier A4", "Marker", "Kaffeebohnen", "Ordner"),
        "GB": ("Copier paper", "Markers", "Coffee beans", "Box files"),
    }),
    "rail": Kind("4112", 1700, 13500, {"DK": 0, "DE": 7, "GB": 0}, (6, 18), {
        "DK": ("Billet, tur", "Pladsbillet"), "DE": ("Fahrkarte, einfach", "Sitzplatzreservierung"),
        "GB": ("Off-peak return", "Seat reservation"),
    }, online=True),
    "taxi": Kind("4121", 1200, 5200, {"DK": 0, "DE": 7, "GB": 0}, (6, 22), {
        "DK": ("Kørsel",), "DE": ("Fahrt",), "GB": ("Fare",),
    }),
    "parking": Kind("7523", 300, 1900, ALL, (8, 16), {"DK": ("Parkering",), "DE": ("Parkschein",), "GB": ("Parking",)}),
    "public_transport": Kind("4111", 300, 4000, {"DK": 0, "DE": 7, "GB": 0}, (7, 17), {
        "DK": ("Optankning",), "DE": ("Tageskarte",), "GB": ("Day ticket",),
    }),
    "flights": Kind("4511", 9800, 44000, NONE, (9, 20), {
        "DK": ("Flyrejse, retur", "Bagage"), "DE": ("Flug, hin und zurück", "Gepäck"), "GB": ("Return flight", "Checked bag"),
    }, is_invoice=True, online=True),
    "hotel": Kind("7011", 9900, 38000, {"DK": 25, "DE": 7, "GB": 20}, (8, 11), {
        "DK": ("Overnatning", "Morgenmad"), "DE": ("Übernachtung", "Frühstück"), "GB": ("Room", "Breakfast"),
    }, is_invoice=True),
    "fuel": Kind("5542", 3400, 9400, ALL, (6, 19), {
        "DK": ("Blyfri 95",), "DE": ("Super E10",), "GB": ("Unleaded",),
    }),
    "printing": Kind("7338", 2900, 38000, ALL, (9, 16), {
        "DK": ("Plot A1, farve", "Indbinding"), "DE": ("Plot A1, farbig", "Bindung"), "GB": ("A1 colour plots", "Binding"),
    }, is_invoice=True),
    "materials": Kind("5211", 1500, 26000, ALL, (7, 16), {
        "DK": ("Krydsfiner", "Skruer", "Maling"), "DE": ("Sperrholz", "Schrauben", "Farbe"),
        "GB": ("Plywood", "Screws", "Paint"),
    }),
    "it_equipment": Kind("5732", 7900, 118000, ALL, (9, 17), {
        "DK": ("Skærm 27 tommer", "Kabel"), "DE": ("Monitor 27 Zoll", "Kabel"), "GB": ("27 inch monitor", "Cable"),
    }, is_invoice=True, online=True),
    "furniture": Kind("5712", 6900, 86000, ALL, (10, 17), {
        "DK": ("Kontorstol", "Levering"), "DE": ("Bürostuhl", "Lieferung"), "GB": ("Desk chair", "Delivery"),
    }, is_invoice=True),
    "gifts": Kind("5992", 2400, 8900, ALL, (10, 17), {"DK": ("Buket",), "DE": ("Blumenstrauß",), "GB": ("Bouquet",)}),
    "postage": Kind("9402", 600, 4200, {"DK": 25, "DE": 0, "GB": 0}, (9, 16), {
        "DK": ("Pakke",), "DE": ("Paket",), "GB": ("Parcel",),
    }),
    "phone": Kind("4814", 1900, 7800, ALL, (3, 6), {
        "DK": ("Mobilabonnement",), "DE": ("Mobilfunkvertrag",), "GB": ("Mobile plan",),
    }, is_invoice=True, online=True),
    "training": Kind("8299", 14000, 92000, {"DK": 0, "DE": 19, "GB": 20}, (9, 16), {
        "DK": ("Kursus, 1 dag",), "DE": ("Seminar, 1 Tag",), "GB": ("Course, one day",),
    }, is_invoice=True, online=True),
    "software": Kind("5734", 900, 39000, NONE, (2, 7), {
        "DK": ("Subscription, monthly",), "DE": ("Subscription, monthly",), "GB": ("Subscription, monthly",),
    }, is_invoice=True, online=True),
    "advertising": Kind("7311", 9000, 52000, NONE, (2, 7), {
        "DK": ("Campaign, job posts",), "DE": ("Campaign, job posts",), "GB": ("Campaign, job posts",),
    }, is_invoice=True, online=True),
}  # fmt: skip

# Kind of purchase -> the category of the start set that a company codes it with.
CATEGORIES = {
    "office_supplies": "office", "rail": "travel", "public_transport": "travel", "printing": "other", "materials": "other",
    "it_equipment": "equipment", "furniture": "equipment", "training": "other", "advertising": "marketing",
}  # fmt: skip


@dataclass(frozen=True)
class Merchant:
    """A place to pay. `country` decides the language of its receipt, `currency` what it charges."""

    name: str
    kind: str
    country: str
    currency: str
    street: str
    city: str

    @property
    def about(self) -> Kind:
        return KINDS[self.kind]

    @property
    def category(self) -> str:
        """The code of the category that its purchases belong to."""
        return CATEGORIES.get(self.kind, self.kind)

    @property
    def rate(self) -> Decimal:
        """VAT in percent that its receipts show; nothing where the buyer owes it."""
        return Decimal(self.about.rates.get(self.country, 0))

    @property
    def tax_number(self) -> str:
        """A number in its country's form, made from the name: nobody's."""
        digits = f"{zlib.crc32(self.name.encode()):010d}"
        shapes = {
            "DK": f"DK {digits[2:]}",
            "DE": f"DE{digits[1:]}",
            "GB": f"GB {digits[1:4]} {digits[4:8]} {digits[8:]}",
        }
        return shapes.get(self.country, f"{self.country}{digits[3:]}A")

    @property
    def items(self) -> tuple[str, ...]:
        return self.about.items.get(self.country, self.about.items["GB"])


_AT_HOME = """
DK meals|Kaffebar Nordhavn|Helsinkigade 12|2150 Nordhavn
DK meals|Aarhus Street Food|Ny Banegårdsgade 46|8000 Aarhus C
DK meals|Lagkagehuset|Store Torv 5|8000 Aarhus C
DK meals|Wolt|Strandlodsvej 44|2300 København S
DK client_meals|Restaurant Klitten|Skagensvej 14|9990 Skagen
DK client_meals|Restaurant Hærværk|Frederiks Allé 105|8000 Aarhus C
DK office_supplies|Føtex Guldsmedgade|Guldsmedgade 3|8000 Aarhus C
DK office_supplies|Bog & idé Bruuns|M. P. Bruuns Gade 25|8000 Aarhus C
DK rail|DSB|Telegade 2|2630 Taastrup
DK taxi|Dantaxi|Skautrupvej 8|7500 Holstebro
DK taxi|Aarhus Taxa|Østboulevarden 19|8000 Aarhus C
DK parking|EasyPark|Vesterbrogade 1E|1620 København V
DK public_transport|Rejsekort|Automatikvej 1|2860 Søborg
DK flights|SAS|Amager Strandvej 390|2770 Kastrup
DK hotel|Hotel Skagerrak|Østre Strandvej 2|9990 Skagen
DK hotel|Hotel Oasia|Kriegersvej 27|8000 Aarhus C
DK fuel|OK Benzin Viby|Skanderborgvej 201|8260 Viby J
DK fuel|Circle K Tilst|Viborgvej 151|8210 Aarhus V
DK printing|Byens Tryk & Plot|Mejlgade 48|8000 Aarhus C
DK materials|Bauhaus Tilst|Agerøvej 7|8381 Tilst
DK materials|Modelbutikken|Vestergade 21|8000 Aarhus C
DK it_equipment|Proshop|Slet Møllevej 17|8310 Tranbjerg J
DK it_equipment|Elgiganten Risskov|Voldbjergvej 2|8240 Risskov
DK furniture|IKEA Aarhus|Graham Bells Vej 4|8200 Aarhus N
DK gifts|Trøjborg Blomster|Tordenskjoldsgade 37|8200 Aarhus N
DK postage|PostNord|Hedegaardsvej 88|2300 København S
DK phone|TDC Erhverv|Teglholmsgade 1|2450 København SV
DK training|Arkitektforeningen|Åbenrå 34|1124 København K
DE meals|Bäckerei Junge|Mönckebergstraße 7|20095 Hamburg
DE meals|Café Elbgold|Lagerstraße 34|20357 Hamburg
DE meals|Brücke 10|St. Pauli Landungsbrücken|20359 Hamburg
DE client_meals|Alsterwirtschaft Lühr|Große Bleichen 30|20354 Hamburg
DE client_meals|Gasthaus zum Löwen|Hauptstraße 18|70173 Stuttgart
DE office_supplies|Staples Süd|Spaldingstraße 57|20097 Hamburg
DE office_supplies|Edeka Gänsemarkt|Gänsemarkt 44|20354 Hamburg
DE rail|Deutsche Bahn|Europaplatz 1|10557 Berlin
DE taxi|Hansa-Taxi|Liebigstraße 92|22113 Hamburg
DE parking|APCOA Parking|Ferdinandstraße 3|20095 Hamburg
DE public_transport|HVV|Steindamm 94|20099 Hamburg
DE flights|Lufthansa|Linnicher Straße 48|50933 Köln
DE hotel|Motel One Hamburg|Ludwig-Erhard-Straße 26|20459 Hamburg
DE hotel|Hotel Krone Tübingen|Uhlandstraße 1|72072 Tübingen
DE fuel|Aral Tankstelle Hamm|Eiffestraße 422|20537 Hamburg
DE fuel|Shell Autohof Stuhr|Henleinstraße 4|28816 Stuhr
DE printing|Druckerei Weiß|Süderstraße 79|20097 Hamburg
DE materials|Hornbach Eidelstedt|Kieler Straße 575|22525 Hamburg
DE it_equipment|Cyberport|Am Brauhaus 5|01099 Dresden
DE it_equipment|notebooksbilliger|Wiedemannstraße 3|31157 Sarstedt
DE furniture|Büromöbel Möller|Wendenstraße 130|20537 Hamburg
DE gifts|Blumen Graßhoff|Eppendorfer Baum 20|20249 Hamburg
DE postage|Deutsche Post|Charles-de-Gaulle-Straße 20|53113 Bonn
DE phone|Telekom Geschäftskunden|Landgrabenweg 151|53227 Bonn
DE training|TÜV Nord Akademie|Große Bahnstraße 31|22525 Hamburg
GB meals|Laynes Espresso|16 New Station Street|Leeds LS1 5DL
GB meals|Bean & Barley|41 Call Lane|Leeds LS1 7BT
GB meals|Pret A Manger|8 Briggate|Leeds LS1 6HD
GB client_meals|The Ivory Tap|11 Park Row|Leeds LS1 5HD
GB client_meals|Brasserie Calder|3 Wharf Approach|Leeds LS1 4GL
GB office_supplies|Ryman|30 Albion Street|Leeds LS1 6HX
GB office_supplies|Tesco Metro|The Headrow|Leeds LS1 8EQ
GB rail|LNER|25 Skeldergate|York YO1 6DH
GB rail|Northern Trains|George Stephenson House|York YO1 6JT
GB taxi|Amber Cars|27 Kirkstall Road|Leeds LS3 1LH
GB parking|RingGo|Hampden Court|Basingstoke RG21 4EQ
GB public_transport|First West Yorkshire|Henconner Lane|Bramley LS13 4LD
GB flights|easyJet|Hangar 89|Luton LU2 9PF
GB hotel|Premier Inn Kings Cross|26 York Way|London N1 9AA
GB hotel|The Bath Arms|4 Mill Street|Bakewell DE45 1DA
GB fuel|BP Armley|95 Canal Road|Leeds LS12 2TU
GB printing|Duffield Printers|421 Kirkstall Road|Leeds LS4 2HA
GB materials|Screwfix Leeds|Gelderd Road|Leeds LS12 6EJ
GB it_equipment|Currys Business|1 Portal Way|London W3 6RS
GB furniture|Made Good Furniture|7 Sayner Lane|Leeds LS10 1LS
GB gifts|Flowerhouse Headingley|12 Otley Road|Leeds LS6 2AD
GB postage|Royal Mail|185 Farringdon Road|London EC1A 1AA
GB phone|EE Business|Trident Place|Hatfield AL10 9BW
GB training|General Assembly|21 Wellington Place|Leeds LS1 4AP
"""

_ABROAD = """
IE EUR software|Adobe|4-6 Riverwalk, Citywest|Dublin 24
US USD software|Figma|760 Market Street|San Francisco, CA 94102
US USD software|GitHub|88 Colin P. Kelly Jr. Street|San Francisco, CA 94107
US USD software|Notion|2300 Harrison Street|San Francisco, CA 94110
IE EUR software|Slack|One Park Place|Dublin 2
NL EUR software|Miro|Stadsplateau 7|3521 AZ Utrecht
US USD software|Zoom|55 Almaden Boulevard|San Jose, CA 95113
DE EUR software|Hetzner|Industriestraße 25|91710 Gunzenhausen
IE EUR advertising|LinkedIn Ireland|Wilton Plaza|Dublin 2
IE EUR advertising|Google Ireland|Gordon House, Barrow Street|Dublin 4
SE SEK client_meals|Restaurang Kajskjul|Skeppsbron 8|211 20 Malmö
SE SEK hotel|Hotell Öresund|Norra Vallgatan 90|211 22 Malmö
SE SEK taxi|Taxi Skåne|Borrgatan 19|211 24 Malmö
CH CHF hotel|Hotel Limmatblick|Limmatquai 136|8001 Zürich
CH CHF client_meals|Zunfthaus am Bach|Bachstrasse 4|8001 Zürich
US USD hotel|The Marlton House|5 West 8th Street|New York, NY 10011
US USD taxi|NYC Yellow Cab|31-00 47th Avenue|New York, NY 11101
"""
HOME_CURRENCY = {"DK": "DKK", "DE": "EUR", "GB": "GBP"}


def _read() -> Iterator[Merchant]:
    for line in _AT_HOME.strip().splitlines():
        head, name, street, city = line.split("|")
        country, kind = head.split()
        yield Merchant(name, kind, country, HOME_CURRENCY[country], street, city)
    for line in _ABROAD.strip().splitlines():
        head, name, street, city = line.split("|")
        country, currency, kind = head.split()
        yield Merchant(name, kind, country, currency, street, city)


MERCHANTS = tuple(_read())
BY_NAME = {merchant.name: merchant for merchant in MERCHANTS}


def places(kind: str, country: str) -> tuple[Merchant, ...]:
    """Return where one buys something in a country."""
    return tuple(merchant for merchant in MERCHANTS if merchant.kind == kind and merchant.country == country)
