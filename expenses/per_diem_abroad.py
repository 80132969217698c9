"""Daily rates for days in other countries, as tables: Germany's of 2024 to 2026, Sweden's of 2024 and 2026.

Each row is (place, full, half) in whole major units. A place is a country's code, or "FR/Paris" for a town that the table
names. `SAME_AS` says which countries the German letters pay at another's rate; `UNLISTED` are those that the letter of a year
does not name, which R 9.6 Abs. 3 LStR pays at Luxembourg's. The German tables of 2024 and 2025 are from a public transcript of
the letters (github.com/david-loe/pauschbetrag-api, `data/`), whose table of 2026 agrees with the letter row by row.
"""

from __future__ import annotations

BMF = {
    2024: "BMF-Schreiben vom 21.11.2023, Pauschbeträge ab 1. Januar 2024; R 9.6 Abs. 3 LStR",
    2025: "BMF-Schreiben vom 02.12.2024, IV C 5 - S 2353/19/10010 :006, Pauschbeträge ab 1. Januar 2025; R 9.6 Abs. 3 LStR",
    2026: "BMF-Schreiben vom 05.12.2025, IV C 5 - S 2353/00094/007/012, BStBl I S. 2078 (LStH 2026, Anhang 25 I); "
    "R 9.6 Abs. 3 LStR",
}
SKV_2024 = "Skatteverkets allmänna råd SKV A 2023:18, normalbelopp för beskattningsåret 2024 (FAR Online)"
SKV_2026 = (
    "Skatteverkets normalbelopp för beskattningsåret 2026, as Björn Lundén and foretagande.se reproduce them; meals: "
    "SKV 354, utgåva 36"
)

GERMAN_2026 = """
AD 45 30|AE 81 54|AL 33 22|AM 29 20|AO 40 27|AR 42 28|AT 50 33|AU 57 38|AU/Canberra 74 49|AU/Sydney 57 38|AZ 44 29
BA 32 21|BB 54 36|BD 46 31|BE 59 40|BF 39 26|BG 38 25|BH 48 32|BI 58 39|BJ 40 27|BN 45 30|BO 46 31|BR 46 31
BR/Brasília 51 34|BR/Rio de Janeiro 69 46|BR/São Paulo 46 31|BT 27 18|BW 40 27|BY 21 14|CA 54 36|CA/Ottawa 62 41
CA/Toronto 54 36|CA/Vancouver 63 42|CD 65 44|CF 53 36|CG 53 36|CH 70 47|CH/Bern 82 55|CH/Geneva 70 47|CI 60 40
CL 44 29|CM 56 37|CN 48 32|CN/Beijing 57 38|CN/Shanghai 48 32|CO 34 23|CR 60 40|CU 51 34|CV 38 25|CY 42 28|CZ 32 21
DJ 77 52|DK 75 50|DO 50 33|DZ 47 32|EC 27 18|EE 39 26|EG 50 33|ER 46 31|ES 34 23|ES/Barcelona 34 23
ES/Canary Islands 36 24|ES/Madrid 42 28|ES/Palma de Mallorca 44 29|ET 44 29|FI 54 36|FJ 32 21|FR 53 36|FR/Paris 58 39
GA 64 43|GB 52 35|GB/London 66 44|GE 45 30|GH 46 31|GM 40 27|GN 59 40|GQ 42 28|GR 36 24|GR/Athens 40 27|GT 46 31
GW 32 21|HK 83 56|HN 57 38|HR 46 31|HU 32 21|ID 45 30|IE 64 43|IL 59 40|IN 22 15|IN/Bangalore 42 28|IN/Chennai 22 15
IN/Kolkata 32 21|IN/Mumbai 53 36|IN/New Delhi 46 31|IR 33 22|IS 62 41|IT 42 28|IT/Milan 42 28|IT/Rome 48 32|JM 39 26
JO 57 38|JP 33 22|JP/Osaka 33 22|JP/Tokyo 50 33|KE 48 32|KG 35 24|KH 42 28|KR 39 26|KW 63 42|KZ 33 22|LA 35 24
LB 69 46|LI 57 38|LK 36 24|LR 65 44|LS 28 19|LT 48 32|LU 63 42|LV 46 31|MA 41 28|MC 52 35|MD 26 17|ME 32 21|MG 33 22
MH 45 30|MK 27 18|ML 42 28|MM 23 16|MN 23 16|MR 35 24|MT 59 40|MU 44 29|MV 70 47|MW 41 28|MX 40 27|MY 36 24|MZ 51 34
NA 28 19|NE 42 28|NG 52 35|NI 46 31|NL 58 39|NO 75 50|NP 33 22|NZ 58 39|OM 64 43|PA 41 28|PE 52 35|PG 59 40|PH 41 28
PK 41 28|PL 34 23|PL/Warsaw 40 27|PL/Wrocław 34 23|PT 32 21|PW 51 34|PY 39 26|QA 81 54|RO 38 25|RS 27 18|RU 28 19
RU/Moscow 30 20|RU/Saint Petersburg 28 19|RW 44 29|SA 56 37|SA/Jeddah 57 38|SA/Riyadh 56 37|SE 66 44|SG 71 48|SI 38 25
SK 33 22|SL 57 38|SM 34 23|SN 48 32|SS 51 34|ST 36 24|SV 65 44|TD 42 28|TG 36 24|TH 36 24|TJ 27 18|TM 28 19|TN 40 27
TO 29 20|TR 24 16|TR/Ankara 32 21|TR/Izmir 44 29|TT 66 44|TW 51 34|TZ 44 29|UA 33 22|UG 45 30|US 59 40|US/Atlanta 77 52
US/Boston 63 42|US/Chicago 65 44|US/Houston 62 41|US/Los Angeles 64 43|US/Miami 65 44|US/New York City 66 44
US/San Francisco 59 40|US/Washington, D.C. 66 44|UY 40 27|UZ 32 21|VA 48 32|VE 51 34|VN 36 24|WS 39 26|XK 24 16
ZA 29 20|ZA/Cape Town 33 22|ZA/Johannesburg 36 24|ZM 38 25|ZW 63 42
"""
GERMAN_2025 = """
AD 41 28|AE 65 44|AF 30 20|AL 27 18|AM 29 20|AO 40 27|AR 35 24|AT 50 33|AU 57 38|AU/Canberra 74 49|AU/Sydney 57 38
AZ 44 29|BA 23 16|BB 54 36|BD 46 31|BE 59 40|BF 38 25|BG 22 15|BH 48 32|BI 36 24|BJ 40 27|BN 45 30|BO 46 31|BR 46 31
BR/Brasília 51 34|BR/Rio de Janeiro 69 46|BR/São Paulo 46 31|BT 27 18|BW 46 31|BY 20 13|CA 54 36|CA/Ottawa 62 41
CA/Toronto 54 36|CA/Vancouver 63 42|CD 65 44|CF 53 36|CG 62 41|CH 64 43|CH/Geneva 66 44|CI 59 40|CL 44 29|CM 56 37
CN 48 32|CN/Beijing 30 20|CN/Chengdu 41 28|CN/Guangzhou 36 24|CN/Shanghai 58 39|CO 34 23|CR 60 40|CU 51 34|CV 38 25
CY 42 28|CZ 32 21|DJ 77 52|DK 75 50|DO 50 33|DZ 47 32|EC 27 18|EE 29 20|EG 50 33|ER 46 31|ES 34 23|ES/Barcelona 34 23
ES/Canary Islands 36 24|ES/Madrid 42 28|ES/Palma de Mallorca 44 29|ET 44 29|FI 54 36|FJ 32 21|FR 53 36|FR/Paris 58 39
GA 64 43|GB 52 35|GB/London 66 44|GE 45 30|GH 46 31|GM 40 27|GN 59 40|GQ 42 28|GR 36 24|GR/Athens 40 27|GT 46 31|GW 32 21
HK 71 48|HN 57 38|HR 46 31|HT 58 39|HU 32 21|ID 45 30|IE 58 39|IL 66 44|IN 22 15|IN/Bangalore 42 28|IN/Chennai 22 15
IN/Kolkata 32 21|IN/Mumbai 53 36|IN/New Delhi 46 31|IR 33 22|IS 62 41|IT 42 28|IT/Milan 42 28|IT/Rome 48 32|JM 39 26
JO 57 38|JP 33 22|JP/Osaka 33 22|JP/Tokyo 50 33|KE 51 34|KG 27 18|KH 42 28|KP 28 19|KR 48 32|KW 56 37|KZ 33 22|LA 35 24
LB 69 46|LI 56 37|LK 36 24|LR 65 44|LS 28 19|LT 26 17|LU 63 42|LV 35 24|LY 63 42|MA 41 28|MC 52 35|MD 26 17|ME 32 21
MG 33 22|MH 63 42|MK 27 18|ML 38 25|MM 23 16|MN 23 16|MR 35 24|MT 46 31|MU 44 29|MV 70 47|MW 41 28|MX 48 32|MY 36 24
MZ 51 34|NA 30 20|NE 42 28|NG 46 31|NI 46 31|NL 47 32|NO 75 50|NP 36 24|NZ 58 39|OM 64 43|PA 41 28|PE 34 23|PG 59 40
PH 41 28|PK 34 23|PK/Islamabad 23 16|PL 34 23|PL/Warsaw 40 27|PL/Wrocław 34 23|PT 32 21|PW 51 34|PY 39 26|QA 56 37
RO 27 18|RO/Bucharest 32 21|RS 27 18|RU 28 19|RU/Moscow 30 20|RU/Saint Petersburg 28 19|RW 44 29|SA 56 37|SA/Jeddah 57 38
SA/Riyadh 56 37|SD 33 22|SE 66 44|SG 71 48|SI 38 25|SK 33 22|SL 57 38|SM 34 23|SN 42 28|SS 51 34|ST 36 24|SV 65 44
SY 38 25|TD 42 28|TG 39 26|TH 36 24|TJ 27 18|TM 28 19|TN 40 27|TO 29 20|TR 24 16|TR/Ankara 32 21|TR/Izmir 44 29|TT 66 44
TW 51 34|TZ 44 29|UA 26 17|UG 41 28|US 59 40|US/Atlanta 77 52|US/Boston 63 42|US/Chicago 65 44|US/Houston 62 41
US/Los Angeles 64 43|US/Miami 65 44|US/New York City 66 44|US/San Francisco 59 40|US/Washington, D.C. 66 44|UY 40 27
UZ 34 23|VA 48 32|VE 45 30|VN 36 24|WS 39 26|XK 24 16|YE 24 16|ZA 29 20|ZA/Cape Town 33 22|ZA/Johannesburg 36 24|ZM 38 25
ZW 63 42
"""
GERMAN_2024 = """
AD 41 28|AE 65 44|AF 30 20|AL 27 18|AM 24 16|AO 52 35|AR 35 24|AT 50 33|AU 57 38|AU/Canberra 74 49|AU/Sydney 57 38
AZ 44 29|BA 23 16|BB 54 36|BD 50 33|BE 59 40|BF 38 25|BG 22 15|BH 48 32|BI 36 24|BJ 52 35|BN 52 35|BO 46 31|BR 46 31
BR/Brasília 51 34|BR/Rio de Janeiro 69 46|BR/São Paulo 46 31|BW 46 31|BY 20 13|CA 54 36|CA/Ottawa 62 41|CA/Toronto 54 36
CA/Vancouver 63 42|CD 70 47|CF 53 36|CG 62 41|CH 64 43|CH/Geneva 66 44|CI 59 40|CL 44 29|CM 56 37|CN 48 32
CN/Beijing 30 20|CN/Chengdu 41 28|CN/Guangzhou 36 24|CN/Shanghai 58 39|CO 46 31|CR 47 32|CU 51 34|CV 38 25|CY 42 28
CZ 32 21|DJ 77 52|DK 75 50|DO 50 33|DZ 47 32|EC 27 18|EE 29 20|EG 50 33|ER 50 33|ES 34 23|ES/Barcelona 34 23
ES/Canary Islands 36 24|ES/Madrid 42 28|ES/Palma de Mallorca 44 29|ET 39 26|FI 54 36|FJ 32 21|FR 53 36|FR/Paris 58 39
GA 52 35|GB 52 35|GB/London 66 44|GE 45 30|GH 46 31|GM 40 27|GN 59 40|GQ 42 28|GR 36 24|GR/Athens 40 27|GT 34 23|GW 32 21
HK 71 48|HN 57 38|HR 35 24|HT 58 39|HU 32 21|ID 36 24|IE 58 39|IL 66 44|IN 32 21|IN/Chennai 32 21|IN/Kolkata 35 24
IN/Mumbai 50 33|IN/New Delhi 38 25|IR 33 22|IS 62 41|IT 42 28|IT/Milan 42 28|IT/Rome 48 32|JM 39 26|JO 57 38|JP 52 35
JP/Tokyo 50 33|KE 51 34|KG 27 18|KH 38 25|KP 28 19|KR 48 32|KW 56 37|KZ 45 30|LA 35 24|LB 69 46|LI 56 37|LK 36 24|LS 28 19
LT 26 17|LU 63 42|LV 35 24|LY 63 42|MA 41 28|MC 52 35|MD 26 17|ME 32 21|MG 33 22|MH 63 42|MK 27 18|ML 38 25|MM 35 24
MN 23 16|MR 35 24|MT 46 31|MU 44 29|MV 52 35|MW 41 28|MX 48 32|MY 36 24|MZ 51 34|NA 30 20|NE 42 28|NG 46 31|NI 46 31
NL 47 32|NO 75 50|NP 36 24|NZ 58 39|OM 64 43|PA 41 28|PE 34 23|PG 59 40|PH 41 28|PK 34 23|PK/Islamabad 23 16|PL 29 20
PL/Gdańsk 30 20|PL/Kraków 27 18|PL/Warsaw 29 20|PL/Wrocław 33 22|PT 32 21|PW 51 34|PY 39 26|QA 56 37|RO 27 18
RO/Bucharest 32 21|RS 27 18|RU 24 16|RU/Moscow 30 20|RU/Saint Petersburg 26 17|RU/Yekaterinburg 28 19|RW 44 29|SA 56 37
SA/Jeddah 57 38|SA/Riyadh 56 37|SD 33 22|SE 66 44|SG 54 36|SI 38 25|SK 33 22|SL 57 38|SM 34 23|SN 42 28|SS 51 34|ST 47 32
SV 65 44|SY 38 25|TD 42 28|TG 39 26|TH 38 25|TJ 27 18|TM 33 22|TN 40 27|TO 39 26|TR 17 12|TR/Istanbul 26 17|TR/Izmir 29 20
TT 66 44|TW 46 31|TZ 44 29|UA 26 17|UG 41 28|US 59 40|US/Atlanta 77 52|US/Boston 63 42|US/Chicago 65 44|US/Houston 62 41
US/Los Angeles 64 43|US/Miami 65 44|US/New York City 66 44|US/San Francisco 59 40|US/Washington, D.C. 66 44|UY 48 32
UZ 34 23|VA 48 32|VE 45 30|VN 41 28|WS 39 26|XK 24 16|YE 24 16|ZA 29 20|ZA/Cape Town 33 22|ZA/Johannesburg 36 24|ZM 38 25
ZW 45 30
"""
GERMAN = {2024: GERMAN_2024, 2025: GERMAN_2025, 2026: GERMAN_2026}
SAME_AS = {"PH": "FM", "TT": "AG DM GD GY KN LC SR VC"}
UNLISTED = {
    2024: "BS BT BZ IQ KI KM LR NR SB SC SO SZ TL TV VU",
    2025: "BS BZ IQ KI KM NR SB SC SO SZ TL TV VU",
    2026: "AF BS BZ HT IQ KI KM KP LY NR SB SC SD SO SY SZ TL TV VU YE",
}

# The Swedish tables have no half: a half day is half of it.
SWEDISH_2024 = """
AE 1060|AG 834|AL 322|AM 557|AO 530|AR 290|AU 817|AZ 471|BA 377|BB 1125|BD 499|BE 894|BF 478|BG 431|BH 994|BJ 600|BN 551
BO 432|BR 505|BS 1267|BW 407|BY 290|BZ 681|CA 1009|CD 697|CF 501|CG 680|CI 766|CL 575|CM 554|CN 688|CO 343|CR 772|CU 373
CY 682|DJ 697|DK 1274|DZ 388|EC 703|EE 611|EG 290|ER 504|ET 310|FI 948|FR 935|GA 731|GD 706|GE 381|GH 514|GL 1274|GM 321
GN 683|GR 728|GY 653|HK 688|HN 530|HR 510|HT 789|ID 488|IE 1011|IL 921|IN 377|IQ 730|IS 1064|IT 856|JM 506|JO 950|JP 486
KE 435|KG 290|KH 593|KW 928|KZ 378|LA 290|LB 752|LR 290|LV 687|LY 1147|PH 563|SV 574|SZ 290|XK 290
"""
SWEDISH_2026 = """
AE 883|AR 388|AT 730|AU 727|BE 897|BG 459|BR 376|CA 895|CH 1332|CN 581|CZ 695|DE 760|DK 1226|EE 683|EG 300|ES 635|FI 968
FR 850|GB 901|HK 895|HR 550|HU 679|ID 418|IE 1038|IL 956|IN 300|IS 1125|IT 802|JP 386|KR 517|LT 635|LU 953|LV 763|MA 507
MX 562|MY 319|NL 745|NO 1054|NZ 525|PH 466|PL 597|PT 616|RO 414|RU 661|SG 845|SI 574|SK 737|TH 521|TR 366|US 1049
VN 328|ZA 349
"""


def rows_of(table: str) -> list[tuple[str, list[str]]]:
    """Return the rows of a table: the place, and its numbers as texts."""
    cells = [cell for line in table.split("\n") for cell in line.split("|") if cell]
    found = []
    for cell in cells:
        words = cell.split(" ")
        start = next(index for index, word in enumerate(words) if word.isdigit())
        found.append((" ".join(words[:start]), words[start:]))
    return found


def german(year: int) -> list[tuple[str, str, str]]:
    """Return place, full and half of every place that the German rules of a year pay for."""
    listed = {place: (full, half) for place, (full, half) in rows_of(GERMAN[year])}
    for country, others in {**SAME_AS, "LU": UNLISTED[year]}.items():
        listed |= dict.fromkeys(others.split(), listed[country])
    return [(place, *amounts) for place, amounts in listed.items()]
