"""The invented names, places and goods of the demo shop; no logic.

The shop sells tea and kitchenware. Mail domains end in `.example`, phone numbers are made up.
"""

from __future__ import annotations

SHOP_DOMAIN = "kesselundblatt.example"
SHOP_MAILBOX = f"kontakt@{SHOP_DOMAIN}"
STAFF_DOMAIN = f"team.{SHOP_DOMAIN}"
SHOP_HOST = f"www.{SHOP_DOMAIN}"

MAIL_DOMAINS = (
    "postfach.example",
    "mailhaus.example",
    "nordnetz.example",
    "courriel.example",
    "inbox.example",
)

FIRST_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "female": (
            "Anna",
            "Lena",
            "Jule",
            "Käthe",
            "Greta",
            "Heike",
            "Sabine",
            "Ayşe",
            "Marlene",
            "Ida",
            "Petra",
        ),
        "male": (
            "Jonas",
            "Uwe",
            "Emil",
            "Jörg",
            "Matthias",
            "Can",
            "Henrik",
            "Günter",
            "Paul",
            "Sven",
            "Till",
        ),
    },
    "en": {
        "female": ("Alice", "Megan", "Priya", "Harriet", "Chloe", "Grace", "Siobhan", "Daisy", "Naomi"),
        "male": ("Oliver", "Callum", "George", "Arjun", "Rhys", "Edward", "Dylan", "Marcus", "Ewan"),
    },
    "fr": {
        "female": ("Camille", "Élodie", "Inès", "Manon", "Sylvie", "Zoé", "Margaux", "Hélène"),
        "male": ("Luc", "François", "Théo", "Mathieu", "Gaël", "Rémi", "Yanis", "Benoît"),
    },
}
LAST_NAMES: dict[str, tuple[str, ...]] = {
    "de": (
        "Brandt",
        "Kühn",
        "Lorenz",
        "Maurer",
        "Öztürk",
        "Pohl",
        "Riedel",
        "Schütz",
        "Thoma",
        "Vogt",
        "Winkler",
        "Ziegler",
        "Adler",
        "Busch",
        "Dietz",
        "Engel",
        "Fuchs",
        "Graf",
        "Haas",
        "Jahn",
        "Kern",
        "Lang",
    ),
    "en": (
        "Ashworth",
        "Barlow",
        "Carver",
        "Dawson",
        "Ellis",
        "Fletcher",
        "Goodwin",
        "Hartley",
        "Ingram",
        "Kapoor",
        "Lowe",
        "Morton",
        "Norris",
        "O'Neill",
        "Palmer",
        "Quinn",
        "Radford",
        "Sutton",
    ),
    "fr": (
        "Aubert",
        "Bonnet",
        "Caron",
        "Delmas",
        "Etienne",
        "Faure",
        "Giraud",
        "Hamon",
        "Jacquet",
        "Lefèvre",
        "Meunier",
        "Noël",
        "Perrin",
        "Renaud",
        "Tessier",
    ),
}
# language -> (country, country name, dial code, weight, cities as (name, region, zip))
PLACES: dict[str, tuple[tuple[str, str, str, float, tuple[tuple[str, str, str], ...]], ...]] = {
    "de": (
        (
            "DE",
            "Germany",
            "+49",
            0.8,
            (
                ("Berlin", "BE", "10437"),
                ("Hamburg", "HH", "20357"),
                ("Köln", "NW", "50823"),
                ("Leipzig", "SN", "04229"),
                ("München", "BY", "81541"),
                ("Freiburg", "BW", "79102"),
                ("Dresden", "SN", "01099"),
                ("Kiel", "SH", "24105"),
            ),
        ),
        ("AT", "Austria", "+43", 0.12, (("Wien", "", "1070"), ("Graz", "", "8010"), ("Linz", "", "4020"))),
        ("CH", "Switzerland", "+41", 0.08, (("Zürich", "ZH", "8004"), ("Bern", "BE", "3011"))),
    ),
    "en": (
        (
            "GB",
            "United Kingdom",
            "+44",
            0.6,
            (
                ("London", "ENG", "E8 3RL"),
                ("Leeds", "ENG", "LS6 2AB"),
                ("Bristol", "ENG", "BS6 5DE"),
                ("Edinburgh", "SCT", "EH6 4QT"),
            ),
        ),
        ("IE", "Ireland", "+353", 0.25, (("Dublin", "D", "D08 XY12"), ("Cork", "CO", "T12 AB34"))),
        ("NL", "Netherlands", "+31", 0.15, (("Utrecht", "", "3512 JE"), ("Groningen", "", "9712 CP"))),
    ),
    "fr": (
        (
            "FR",
            "France",
            "+33",
            0.75,
            (
                ("Paris", "", "75011"),
                ("Lyon", "", "69001"),
                ("Nantes", "", "44000"),
                ("Lille", "", "59800"),
                ("Strasbourg", "", "67000"),
            ),
        ),
        ("BE", "Belgium", "+32", 0.25, (("Liège", "", "4000"), ("Namur", "", "5000"))),
    ),
}
# sku, name, category, price in EUR
PRODUCTS: tuple[tuple[str, str, str, float], ...] = (
    ("TE-ASM-250", "Assam Morning - 250 g", "Tea", 12.90),
    ("TE-DAR-100", "Darjeeling First Leaf - 100 g", "Tea", 14.50),
    ("TE-EGR-250", "Earl Grey Blue - 250 g", "Tea", 11.90),
    ("TE-ROI-250", "Rooibos Vanilla - 250 g", "Tea", 9.90),
    ("TE-PEP-100", "Garden Peppermint - 100 g", "Tea", 6.50),
    ("TE-SEN-100", "Sencha Stillwater - 100 g", "Tea", 13.20),
    ("TE-CHA-250", "Chai Bazaar - 250 g", "Tea", 10.90),
    ("TE-BOX-012", "Tasting Box - 12 teas", "Tea", 29.00),
    ("KE-GLS-150", "Glass Kettle - 1.5 l", "Kettles", 64.00),
    ("KE-ENA-RED", "Enamel Kettle - red", "Kettles", 49.00),
    ("KE-ELE-TMP", "Electric Kettle with Thermostat - black", "Kettles", 119.00),
    ("PO-CAS-080", "Cast Iron Pot - 0.8 l", "Pots", 58.00),
    ("PO-POR-100", "Porcelain Pot - 1.0 l", "Pots", 42.00),
    ("CU-STO-002", "Stoneware Cups - set of 2", "Cups", 26.00),
    ("CU-GLS-004", "Double Wall Glasses - set of 4", "Cups", 34.00),
    ("AC-STR-FIN", "Fine Strainer - steel", "Accessories", 8.90),
    ("AC-TIN-BLK", "Tea Tin - black", "Accessories", 12.00),
    ("AC-TIM-SND", "Sand Timer - 3/4/5 min", "Accessories", 16.50),
    ("AC-HON-250", "Linden Honey - 250 g", "Accessories", 7.80),
    ("GI-CRD-050", "Gift Card - 50", "Gift cards", 50.00),
)
# name, source, medium, first and last share of the period
CAMPAIGNS: tuple[tuple[str, str, str, float, float], ...] = (
    ("autumn_tea", "newsletter", "email", 0.35, 0.6),
    ("kettle_week", "google", "cpc", 0.55, 0.75),
    ("gift_season", "instagram", "paid_social", 0.8, 1.0),
)
# category, operating system, version, browser, brand, weight
DEVICES: tuple[tuple[str, str, str, str, str, float], ...] = (
    ("mobile", "Android", "Android 15", "Chrome", "Samsung", 0.27),
    ("mobile", "iOS", "iOS 18.5", "Safari", "Apple", 0.29),
    ("desktop", "Windows", "Windows 11", "Chrome", "", 0.17),
    ("desktop", "Windows", "Windows 10", "Edge", "", 0.07),
    ("desktop", "Macintosh", "Intel 10.15", "Safari", "Apple", 0.10),
    ("desktop", "Linux", "Linux", "Firefox", "", 0.04),
    ("tablet", "iOS", "iOS 17.6", "Safari", "Apple", 0.06),
)
