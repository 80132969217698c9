"""What receipts call things, in the languages of Europe and as far as people travel. Matched on folded text."""

from __future__ import annotations

import re


def words(*alternatives: str) -> re.Pattern[str]:
    """Compile alternatives that begin and end at word boundaries where they begin and end with letters."""
    return re.compile("|".join(rf"(?<![a-z]){word}(?![a-z])" for word in alternatives))


TOTAL_FINAL = words(
    r"grand\s?total", r"final\s?total", r"total\s?\w*\s?due", r"jumlah\s?(?:besar|bersih|rm|perlu)?", r"net\s?payable", r"you\s?pay", r"bal\.?\s?due", r"invoice\s?total", r"am(?:oun)?t\s?due", r"balance\s?due", r"total\s?to\s?pay", r"amount\s?to\s?(?:be\s?)?pa(?:y|id)",
    r"amount\s?payable", r"total\s?\w*\s?(?:payable|paid).*", r"total\s?amount.*", r"total\s?invoice.*", r"round\s?e?d?\s?d\s?total.*",
    r"total\s?(?:am(?:oun)?t\.?\s?)?rounded", r"total\s?(?:after|incl\w*).*",
    r"tota?le?\s?\(?(?:inclusive|rm|euros?|usd|gbp|chf|dkk|sek|nok|myr|pln|czk)(?![a-z]).*", r"nett?\s?total", r"nett?\s?am(?:oun)?t", r"ttl\s?(?:aft|atf|after)\b.*",
    r"zu\s?zahlen(?:der\s?betrag)?", r"zahlbetrag", r"gesamt(?:betrag|summe)?", r"endbetrag", r"endsumme", r"rechnungsbetrag",
    r"summe", r"zu\s?bezahlen", r"total\s?a\s?pagar", r"importe\s?a\s?abonar", r"importe\s?total", r"total\s?factura", r"total\s?compra",
    r"total\s?ttc", r"net\s?a\s?payer", r"montant\s?(?:du|total|ttc|a\s?payer|reel)", r"a\s?payer", r"totale?\s?complessivo",
    r"importo\s?(?:pagato|totale)", r"att\s?betala", r"at\s?betale", r"til\s?betaling", r"i\s?alt", r"ialt", r"totalt", r"sum(?:ma)?",
    r"a\s?betale", r"te\s?betalen", r"totaal", r"do\s?zaplaty", r"suma(?:\s?pln)?", r"razem", r"celkem", r"soucet", r"k\s?uhrade", r"k\s?zaplaceni", r"yhteensa",
    r"maksettava", r"loppusumma", r"toplam", r"fizetendo", r"osszesen", r"total\s?de\s?plata",
    # Cyrillic letters as an engine of Latin letters gives them: a sum.
    r"[ij]?c[yu]mm?a",
)  # fmt: skip
TOTAL_PLAIN = words(
    r"[ti1][o0]t[ae][l1i][le]?",
    r"(?:bill|nett)",
    r"totl",
    r"ttl",
    r"tot",
    r"toplam",
    r"balance",
    r"amount",
    r"betrag",
    r"importe",
    r"beloeb",
    r"belob",
)
SUBTOTAL = words(
    r"sub\s?[-/.]?\s?t[o0t].*", r"subtl", r"sub\s?-?\s?ttl", r"zwischensumme", r"subtotaal", r"sous\s?-?\s?total", r"subtotale", r"delsum(?:ma)?",
    r"valisumma", r".*veroton.*", r"mezisoucet", r"ara\s?toplam", r"(?:total|amount)\s?before.*", r"total\s?\d+\s?%\s?suppl\w*", r"total\s?(?:ht|excl\w*|ex|exkl\w*|liq\w*|netto|imponibile|food|bev\w*).*", r"(?:excl|exkl)\w*.*", r"netto(?:betrag|summe)?",
    r"taxable.*", r"before\s?tax", r"basis\b.*", r"base\s?imp\w*", r"(?:food|bev\w*|liquor|beer|wine|item|dept\.?|category|merchandise)\s?(?:(?:sub)?total|sales).*", r"net\s?(?:subtotal|sales).*", r"liquor",
)  # fmt: skip
TAX = words(
    r"(?:sales\s?|state\s?|local\s?|city\s?|county\s?)?tax(?:es)?\d?", r"gst", r"hst", r"pst", r"vat", r"sst", r"mwst\.?", r"mehrwertsteuer",
    r"u\.?\s?st\.?", r"umsatzsteuer", r"steuer", r"moms", r"mva", r"iva", r"i\.v\.a", r"t\.?v\.?a\.?", r"btw", r"ptu", r"dph", r"alv", r"kdv", r"topkdv",
    r"afa", r"ndc", r"dds", r"arvonlisavero\w*", r"mervardesskatt", r"merverdiavgift", r"belasting", r"cukai", r"service\s?(?:charge|tax)?", r"serv\.?\s?ch\w*",
)  # fmt: skip
TAX_INCLUDED = re.compile(
    r"inc[li1]|inkl|ttc|tax\s?included|compris|incluid|sis\.|w/\s?|with\s?(?:tax|gst|vat)|inc\.?\s|payable|m/moms|mit\s?mwst"
)
TAX_LEFT_OUT = re.compile(r"excl|exkl|without|ohne|hors|before|sans|uden|utan|zonder|sin iva|veroton")
CASH = words(
    r"cash", r"bar", r"bargeld", r"gegeben", r"erhalten", r"tender(?:ed)?", r"received", r"efectivo", r"entregado", r"especes", r"contanti?e?", r"kontant\w*",
    r"modtaget", r"contant", r"gotowka", r"hotove?o?s?t?", r"hotovost", r"kateinen", r"nakit", r"paid", r"payment", r"bezahlt", r"cash\s?paid", r"dinheiro", r"tunai", r"total\s?cash",
)  # fmt: skip
# "Total includes GST 6%" tells of the tax, "Total incl. GST 6%" of the total.
TAX_WITHIN = re.compile(r"includes|included\s?in|dont |davon|heraf|varav|udgor|di cui|waarvan")
# Words that name the deal on a terminal's slip; beside "total" they say nothing of a card.
DEAL = re.compile(r"(?<![a-z])(?:sale|purchase)(?![a-z])")
TENDERED = re.compile(r"tender|received|gegeben|erhalten|entregado|modtaget|cash given")
CHANGE = words(
    r"change(?:\s?due)?", r"ruck(?:geld)?", r"zuruck", r"wechselgeld", r"ruckgabe", r"cambio", r"rendu", r"resto", r"byttepenge", r"retur", r"tilbage", r"vaxel",
    r"vaxel\s?tillbaka", r"tillbaka", r"wisselgeld", r"reszta", r"vraceno", r"vratit", r"takaisin", r"vaihtoraha", r"para\s?ustu", r"troco", r"baki", r"monnaie", r"pecto",
)  # fmt: skip
CARD = words(
    r"visa(?:card)?", r"master\s?card", r"mastercard", r"maestro", r"girocard", r"ec\s?-?\s?(?:karte|cash|kart\w*|spur.*)", r"\w*karte(?:nzahlung)?", r"lastschrift.*",
    r"(?:credit|debit|bank)?\s?card", r"credit", r"debit", r"dankort", r"kort\w*", r"betalkort", r"tarj\w*\.?(?:\s?\w+)?", r"cartao.*", r"carte(?:\s?\w+)?", r"cb", r"carta",
    r"amex", r"american\s?express", r"discover", r"pin", r"karta", r"kartou?", r"kortti", r"kredi.*", r"tutar", r"maksukortti", r"veloitus", r"osto", r"banka.*", r"apple\s?pay", r"mobile\s?pay", r"swish", r"paypal",
    r"bancontact", r"v\s?pay", r"eftpos", r"sale", r"purchase", r"chip", r"contactless", r"kontaktlos", r"betaald", r"auth\w*\s?am(?:oun)?t", r"zahlung", r"eft", r"nets", r"touch\s?n\s?go", r"e-?wallet",
)  # fmt: skip
ROUNDING = words(
    r"round\w*(?:\s?adj\w*)?",
    r"rnd\w*",
    r"adj(?:\.|ustment)?",
    r"rundung\w*",
    r"afrunding",
    r"oresafrunding",
    r"oresavrundning",
    r"avrundning",
    r"avrunding",
    r"afronding",
    r"zaokr\w*",
    r"pyoristys",
    r"arrondi",
    r"redondeo",
)
DISCOUNT = words(
    r"disc\w*", r"rabatt?\w*", r"you\s?saved?", r"sav(?:ed|ings?)", r"ersparnis", r"sie\s?spar\w*", r"gespart", r"descuento\w*", r"remise\w*", r"sconto", r"korting", r"coupon\w*", r"besparelse", r"desconto\w*",
    r"poupanca", r"bonus\w*", r"voucher", r"loyalty", r"sleva", r"rabat\w*", r"promo\w*", r"payback.*", r"punkte\w*", r"points?", r"pfand\w*", r"leergut\w*", r"guthaben", r"gutschein",
)  # fmt: skip
TIP = words(
    r"tip",
    r"tips",
    r"(?:auto\s?)?grat(?:uity)?",
    r"trinkgeld",
    r"drikkepenge",
    r"dricks",
    r"pourboire",
    r"propina",
    r"fooi",
    r"suggested.*",
    r"mancia",
    r"\d\d\s?%\s?(?:tip\w*|is|=|:).*",
)
COUNT = words(
    r"qty",
    r"quantity",
    r"items?(?:\s?count)?",
    r"anzahl.*",
    r"artikel\w*",
    r"stk",
    r"posten",
    r"pcs",
    r"antal",
    r"no\.?\s?of.*",
    r"total\s?(?:qty|items?|quantity|no).*",
    r"articulos",
    r"sold",
)
TAX_TABLE = words(
    r"netto?",
    r"brutto",
    r"net",
    r"gross",
    r"base",
    r"bas",
    r"tax",
    r"steuer",
    r"moms",
    r"mwst",
    r"ust",
    r"iva",
    r"btw",
    r"vat",
    r"gst",
    r"ptu",
    r"dph",
    r"alv",
    r"vero",
    r"veroton",
    r"verollinen",
    r"tva",
    r"ht",
    r"ttc",
    r"summary",
    r"excl",
    r"incl",
    r"liq",
)

LOYALTY = re.compile(
    r"payback|loyal|member|medlem|mitglied|kunden|club|klub|family|bonus|points|punkte|poang|rabat|coupon|voucher|gutschein|gavekort|gift|plus-?ko?d|clubcard|nectar|iban|konto"
)

DATE = words(
    r"date",
    r"datum\w*",
    r"dato",
    r"data",
    r"fecha",
    r"pvm",
    r"paiva\w*",
    r"tarih",
    r"dt",
    r"kvittodatum",
    r"le",
    r"keltezes",
    r"datetime",
    r"date/time",
)
DATE_OF_INVOICE = words(
    r"invoice\s?date",
    r"rechnungsdatum",
    r"date\s?(?:de\s?)?facture",
    r"fakturadato?u?m?",
    r"fecha\s?(?:de\s?)?factura",
    r"factuurdatum",
    r"data\s?fattura",
    r"belegdatum",
    r"(?:facture|rechnung|invoice|faktura|factuur)\s?(?:nr|no|n[°ºo]|#)?[.:]?\s?[\w/-]{2,24},? (?:du|vom|of|dated|den|van) .*",
    r"bill\s?date",
    r"date\s?of\s?issue",
    r"issue\s?date",
    r"ausstellungsdatum",
)
DATE_OTHER = re.compile(
    r"limite|a partir|preleve|zahlungsziel|check.?in|check.?out|expir|exp\b|gultig|valid|due|fallig|until|bis\b|seit|since|born|birth|best before|mhd|return|exchange|umtausch|offnung|promo|from\b|ab\b|leistung|liefer|delivery|period|zeitraum"
    r"|forfald|echeance|vervaldatum|vencimiento|scadenza|bestell|order(?:ed)? date|printed|renew|points"
)  # fmt: skip

LEGAL_FORM = re.compile(
    r"(?<![a-z])(?:gmbh(?:\s?&\s?co\.?\s?(?:kg|ohg)\w*)?|ag|kg|ohg|e\.?\s?k\.?|ug|ltd\.?|limited|plc|llc|inc\.?|corp\.?|sdn\.?\s?bhd\.?|s/?b|bhd\.?|a/s|aps|a\.s\.|as|asa|ab|oyj?|"
    r"s\.?a\.?r\.?l\.?|sas|s\.a\.s?|sa|s\.?l\.?u?\.?|s\.?p\.?a\.?|s\.?r\.?l\.?|b\.?v\.?|n\.?v\.?|bvba|vof|sp\.?\s?z\s?o\.?\s?o\.?|s\.r\.o\.?|spol|k\.?s\.|lda\.?|eood|kft\.?|doo|enterprise|trading|holdings?)(?![a-z])"
)  # fmt: skip
ADDRESS = re.compile(
    r"[a-z],? (?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy]) (?:\d{5}|$)|,(?:ca|ny|tx|fl|il|nv|wa) ?(?:\d{5}|$)|"
    r"\b(?:tel|phone|ph|fax|telefon|tlf|tif|t1f|mob|www|http|e-?mail|str|strasse|street|st|road|rd|ave|avenue|blvd|lane|ln|drive|dr|hwy|highway|pike|suite|ste|floor|unit|lot|jalan|jln|taman|"
    r"lorong|persiaran|gate|gade|vej|vagen|gatan|plein|straat|laan|rue|place|calle|plaza|rua|avenida|av|via|piazza|weg|platz|allee|ring|ul|katu|selangor|kuala|johor|wilayah|"
    r"gst|vat|vat-?nr|ust-?id\S*|steuernummer|st-?nr|cvr|org|orgnr|nif|cif|siret|siren|kvk|btw|nip|ico|dic|reg|registration|co\.? ?no|company no|store|shop|filiale|branch|markt|kasse|bon|terminal|"
    r"cashier|server|table|guest|order|check|host|clerk|operator|register|station|till|trans|tisch|kassierer|bediener)\b\.?[ :#]"
    r"|@|\.com|\.de\b|\.dk\b|\.se\b|\d{4,5} [a-z]|[a-z]{2} \d{5}|\+\d\d|\(\d{3}\)|\d{3}[- .]\d{3,4}"
)  # fmt: skip
NOT_A_NAME = re.compile(
    r"\b(?:receipt|invoice|tax invoice|simplified|bill|welcome|willkommen|thank|danke|vielen dank|merci|tak|gracias|obrigado|kvittering|kvitto|quittung|rechnung|kassenbon|kassenbeleg|bon|beleg|ticket|"
    r"factura|fatura|facture|faktura|kuitti|paragon|uctenka|fis|duplicate|copy|kopie|original|offnungszeiten|opening|hours|survey|win|free|chance|guest|customer|kunde\w*|kundenbeleg|table|dine|"
    r"take ?out|to go|drive|cashier|server|date|datum|time|uhr|page|seite|visit|see back|follow us|facebook|save|since|established|purchase|sale|transaction|merchant|"
    r"\w*addresse?|\w*adress?e?|\w*adresse?n?|qty|item|description|price|amount|preis|eur|total|subtotal|tax|self|service|reprint|no refund|order online|handler|fiscal|nicht fiskal)\b"
)  # fmt: skip

# Words that say what a shop is, not what it is called; the name stands beside them.
GENERIC = re.compile(
    r"(?:the )?(?:apotheke|pharmacy|pharmacie|farmacia|apotek|ristorante|restaurante?|restaurants?,? ?(?:inc\.?|llc)?|trattoria|pizzeria|cafe|caffe|coffee|bar|bar & grill|grill|bistro|brasserie|hotel|motel|"
    r"backerei|bakery|boulangerie|konditorei|metzgerei|supermarkt|supermarket|supermercado|market|store|shop|tankstelle|baumarkt|kiosk|kitchen|diner|pub|inn|salon|drogerie|getrankemarkt|enterprise|trading|"
    r"(?:sdn\.? )?bhd\.?|gmbh.*|ltd\.?|limited|inc\.?|llc|co\.?|company|stationery|mart|minimarket|minimart)"
)
