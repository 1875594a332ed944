"""A job that ships orders at the pretend Amazon, as the tests of its parts start and watch it."""

from datetime import timedelta

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from channels.models import BulkJob, ChannelOrder
from channels.sandbox.invent import Draft, Line
from channels.services import bulk, ship_plan
from channels.services.shipments_csv import ShipRow
from tests import portal

NUMBERS = ("RR123456785SE", "UA000000014SE", "RR000000031SE")


def packer():
    """Somebody who may ship."""
    user = User.objects.create_user(f"packer-{User.objects.count()}", is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label="orders", codename="ship_commerceorder")
    )
    return user


def place(amazon, count=2, **draft):
    """Orders of two kettles and a mug at the pretend Amazon, brought in."""
    draft = {"lines": (Line(sku="KET-12", quantity=2), Line(sku="MUG-3")), **draft}
    ids = [amazon.world.create_order("SE", Draft(**draft)).order_id for _ in range(count)]
    portal.poll()
    amazon.world.calls.clear()
    return ids


def start(*rows, user=None, doubtful=True):
    """A job of these rows: order number, tracking number and more of a `ShipRow`."""
    rows = [
        ShipRow(
            line=line,
            **{
                "carrier": "PostNord", "number": number, "tracking_number": tracking, **dict(more),
            },
        )
        for line, (number, tracking, *more) in enumerate(rows, start=2)
    ]  # fmt: skip
    made = ship_plan.plan(rows, now=timezone.now())
    assert made.wrong == []
    return bulk.start(
        kind=BulkJob.Kind.SHIP,
        user=user or packer(),
        rows=ship_plan.job_rows(made.dump(), doubtful=doubtful),
    )


def settled(job):
    """State and message of each row."""
    return [(row.state, row.message) for row in job.rows.order_by("position")]


def counts(job):
    job = BulkJob.objects.get(pk=job.pk)
    return {
        name: count
        for name in ("done", "refused", "stopped", "undone", "waiting")
        if (count := getattr(job, name))
    }


def shown_at(amazon, order_id):
    """The packages Amazon has of an order: carrier, number, units."""
    return [
        (p.carrier, p.tracking_number, sum(i.quantity for i in p.items))
        for p in amazon.world.order(order_id).packages
    ]


def grow_old():
    """As if what is stored had been read an hour ago."""
    ChannelOrder.objects.update(synced_at=timezone.now() - timedelta(hours=1))
