"""The orders a populated world begins with: every kind a merchant meets, at least once."""

from decimal import Decimal

from channels.sandbox.invent import Draft, Line
from channels.sandbox.people import person
from channels.sandbox.records import AMAZON, NON_AMAZON, Status

_FREE_SHIPPING = Decimal("4.90")
_GIFT = Line(
    sku="WOOL-THR-G",
    gift_wrap=Decimal("35.00"),
    gift_wrap_level="Classic",
    gift_message="Grattis, mormor! <3\nDin Åsa",
)

# (country of the marketplace, age in minutes when the world begins, the order); newest last.
SHOWCASE: tuple[tuple[str, int, Draft], ...] = (
    (
        "SE",
        4300,
        Draft(
            status=Status.SHIPPED,
            lines=(Line(sku="KET-12-BLU", shipping=Decimal("49.00")),),
            address=person("Åsa Öberg"),
        ),
    ),
    (
        "DE",
        2900,
        Draft(
            status=Status.PARTIALLY_SHIPPED,
            lines=(Line(sku="REG-EI-60", quantity=3),),
            address=person("Jürgen Groß"),
        ),
    ),
    (
        "JP",
        2600,
        Draft(
            status=Status.SHIPPED,
            fulfilled_by=AMAZON,
            lines=(Line(sku="TEA-50", programs=("SUBSCRIBE_AND_SAVE",)),),
            programs=("PRIME",),
            service_level="NEXT_DAY",
            address=person("山田 太郎"),
        ),
    ),
    ("US", 1800, Draft(status=Status.CANCELLED, lines=(Line(sku="LAMP-DSK-W"),))),
    (
        "DE",
        1500,
        Draft(
            status=Status.UNFULFILLABLE,
            fulfilled_by=AMAZON,
            channel=NON_AMAZON,
            lines=(Line(sku="NOTE-A5-3", quantity=2),),
        ),
    ),
    (
        "GB",
        900,
        Draft(
            lines=(Line(sku="CUT-BRD-M", shipping=Decimal("3.99")),),
            address=person("Siobhán O'Brien"),
        ),
    ),
    ("GB", 620, Draft(lines=(Line(sku="BRU-01", quantity=2),), address=person("Aoife Ní Bhriain"))),
    (
        "DE",
        480,
        Draft(
            lines=(
                Line(sku="LAMP-DSK-W", quantity=2, signature_required=True),
                Line(sku="NOTE-A5-3", quantity=5, discount=Decimal("7.25")),
            ),
            programs=("AMAZON_BUSINESS",),
            payment_method="Invoice",
            address=person("Dr. Anna-Lena von der Heide"),
        ),
    ),
    (
        "US",
        420,
        Draft(
            lines=(
                Line(
                    sku="TUM-4-CLR",
                    quantity=2,
                    shipping=Decimal("3.99"),
                    gift_wrap=Decimal("3.50"),
                    gift_wrap_level="Classic",
                    gift_message="Enjoy!",
                    discount=Decimal("5.00"),
                    shipping_discount=Decimal("1.50"),
                ),
                Line(sku="BRU-01", shipping=Decimal("2.00")),
            ),
            programs=("PRIME", "PREMIUM"),
            service_level="EXPEDITED",
            address=person("Maria Gonzalez-Smith"),
        ),
    ),
    ("US", 300, Draft(lines=(Line(sku="SOCK-MER-42"),), address=person("José Ortiz Vélez"))),
    ("US", 260, Draft(lines=(Line(sku="KET-12-BLU"),), address=person("Prince"))),
    (
        "JP",
        240,
        Draft(
            lines=(Line(sku="WOOL-THR-G", cod_fee=Decimal(330), shipping=Decimal(410)),),
            payment_method="CashOnDelivery",
            address=person("佐藤花子"),
        ),
    ),
    (
        "DE",
        200,
        Draft(
            lines=(Line(sku="LAMP-DSK-W"),),
            address=person("Жанна Каплан"),
        ),
    ),
    (
        "SE",
        150,
        Draft(lines=(_GIFT, Line(sku="TEA-50", quantity=2)), address=person("Nils Lindqvist")),
    ),
    (
        "SE",
        120,
        Draft(
            lines=(Line(sku="KET-12-BLU"),),
            replaces="302-0000000-0000001",
            address=person("Åsa Öberg"),
        ),
    ),
    (
        "GB",
        60,
        Draft(
            lines=(
                Line(sku="TUM-4-CLR", shipping=_FREE_SHIPPING, shipping_discount=_FREE_SHIPPING),
            ),
            programs=("PRIME",),
            address=person("Teller"),
        ),
    ),
    (
        "DE",
        40,
        Draft(status=Status.PENDING_AVAILABILITY, lines=(Line(sku="NOTE-A5-3"),)),
    ),
    (
        "JP",
        20,
        Draft(
            status=Status.PENDING,
            lines=(Line(sku="REG-EI-60"),),
            payment_method="ConvenienceStore",
            address=person("山田 太郎"),
        ),
    ),
    (
        "SE",
        5,
        Draft(status=Status.PENDING, fulfilled_by=AMAZON, lines=(Line(sku="BRU-01", quantity=3),)),
    ),
    (
        "SE",
        2,
        Draft(status=Status.PENDING, lines=(Line(sku="WOOL-THR-G"),), address=person("Åsa Öberg")),
    ),
)
