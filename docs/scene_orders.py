"""What the merchant of the screenshots sold: orders as the pretend Amazon has them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from channels.sandbox.invent import Draft, Line
from channels.sandbox.people import people
from channels.sandbox.records import AMAZON, MERCHANT, Address, Buyer, Status
from channels.sandbox.world import World

DAY = timedelta(days=1)
DAYS = 60
A_DAY = {"SE": 7, "DE": 4, "US": 4, "GB": 2, "JP": 1}  # orders
RUSH = timedelta(days=2)  # twice as many lately; what the merchant ships of them still waits
NAMES = {
    "SE": ("Elin Maria Johan Ebba Lars Sofia", "Nyström Ek Hallberg Sjögren Åkesson Dahl"),
    "DE": ("Lena Jonas Mareike Uwe Sabine Till", "Köhler Brandt Weiß Ahlers Seidel Voß"),
    "US": ("Dana Marcus Priya Ellen Tyrone Grace", "Whitfield Okafor Lindgren Reyes Tran Boyd"),
    "GB": ("Niamh Harriet Owen Callum Isla", "Pritchard Ashworth Doyle Mackenzie"),
    "JP": ("太郎 花子 健 直美", "高橋 伊藤 小林"),
}
SOLD = ("KET-12-BLU", "TUM-4-CLR", "TEA-50", "WOOL-THR-G", "NOTE-A5-3", "CUT-BRD-M", "BRU-01")
REGULAR = Buyer(name="Åsa Öberg", email="k3v9x0q2m7d1@marketplace.amazon.se")
SHIP_BY_HOURS = (-3, 2, 3, 5, 6, 7, 9, 11, 20, 24, 26, 28, 30, 31, 33, 48, 52)
# What Germany's order settings hold: out of stock, disabled, unknown.
HELD = ("LAMP-DSK-W", "LAMP-DSK-W", "LAMP-DSK-W", "SOCK-MER-42", "SOCK-MER-42", "VASE-20-GRN")
EXTRAS = {"SE": "49.00", "DE": "4.90", "GB": "3.99", "US": "5.99", "JP": "410"}


def a_month(world: World, chance: Random) -> None:
    """Orders of the last DAYS days in every marketplace, more and more, those of RUSH unshipped."""
    now = datetime.now(UTC)
    for days in range(DAYS, 0, -1):
        at = now - days * DAY
        for country, many in A_DAY.items():
            growing = 1 + (DAYS - days) / DAYS / 2
            factor = 2.0 if days * DAY <= RUSH else 1.3 if at.weekday() >= 5 else 1.0
            for _ in range(round(many * growing * factor * chance.uniform(0.6, 1.4))):
                moment = at + timedelta(hours=chance.uniform(0, 23.8))
                world.create_order(country, _draft(country, moment, now, chance), at=moment)
    for days in (2, 9, 30):
        at = now - days * DAY
        draft = Draft(
            status=Status.SHIPPED,
            lines=(Line(sku="TEA-50", quantity=2),),
            buyer=REGULAR,
            address=people("SE")[0],
        )
        world.create_order("SE", draft, at=at)
    for hours, sku in enumerate(HELD, start=3):
        draft = Draft(lines=(Line(sku=sku),), address=_address("DE", chance))
        world.create_order("DE", draft, at=now - timedelta(hours=hours))


def _draft(country: str, moment: datetime, now: datetime, chance: Random) -> Draft:
    by_amazon = chance.random() < 0.2
    status = Status.SHIPPED
    if not by_amazon and now - moment < RUSH:
        status = Status.UNSHIPPED
    elif not by_amazon and chance.random() < 0.04:
        status = Status.CANCELLED
    line = Line(
        sku=chance.choice(SOLD),
        quantity=chance.choice((1, 1, 1, 1, 2, 3)),
        shipping=_extra(country, chance, 0.3),
        discount=_extra(country, chance, 0.1),
    )
    hours = chance.choice(SHIP_BY_HOURS)
    return Draft(
        status=status,
        fulfilled_by=AMAZON if by_amazon else MERCHANT,
        lines=(line, Line(sku=chance.choice(SOLD))) if chance.random() < 0.2 else (line,),
        programs=("PRIME",) if chance.random() < 0.25 else (),
        address=_address(country, chance),
        ship_by=(moment, now + timedelta(hours=hours)) if status == Status.UNSHIPPED else None,
    )


def _extra(country: str, chance: Random, often: float) -> Decimal:
    return Decimal(EXTRAS[country]) if chance.random() < often else Decimal()


def _address(country: str, chance: Random) -> Address:
    first, last = (chance.choice(names.split()) for names in NAMES[country])
    name = f"{last} {first}" if country == "JP" else f"{first} {last}"
    return replace(chance.choice(people(country)), name=name, company=None, phone=None)


def b2b_order(world: World) -> str:
    """The order whose history is shown: two lines, a business, still Pending."""
    draft = Draft(
        status=Status.PENDING,
        lines=(
            Line(sku="CUT-BRD-M", quantity=4, discount=Decimal("5.18")),
            Line(sku="NOTE-A5-3", quantity=10, shipping=Decimal("4.90")),
        ),
        programs=("AMAZON_BUSINESS",),
        payment_method="Invoice",
        address=next(a for a in people("DE") if a.company),
    )
    at = datetime.now(UTC) - timedelta(hours=26)
    return world.create_order("DE", draft, at=at).order_id
