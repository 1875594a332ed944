"""What the page of one Commerce order shows."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.services.masking import address_lines, mask_person
from orders import sales_channel
from orders.admin.cancel_page import cancel_context
from orders.admin.hold_page import hold_context
from orders.admin.next_step import next_step_context
from orders.admin.package_actions import packages_context
from orders.admin.timeline import timeline_context
from orders.models import CommerceOrder, CommerceOrderLine, Product
from orders.services.inventory import with_salable

SEE_STOCK = "orders.view_product"


def order_page_context(
    request: HttpRequest, order: CommerceOrder, *, clear: bool
) -> dict[str, Any]:
    """The template's context; personal data masked unless `clear`."""
    packages = packages_context(order)
    sent_to = order.shipping_address.address if order.shipping_address else None
    return {
        **next_step_context(request, order, packages["packages"]),
        **cancel_context(request, order),
        **hold_context(request, order),
        **packages,
        **timeline_context(request, order.timeline, order),
        **_invoice(order, clear=clear),
        "lines": _lines(request, order),
        "address": address_lines(sent_to, clear=clear),
        "customer_name": customer_name(order.customer, clear=clear),
        "order_url": sales_channel.of(order).order_url(order),
    }


def customer_name(customer: Customer | None, *, clear: bool) -> str:
    """Who bought it; "" is a guest."""
    if customer is None:
        return ""
    if customer.forgotten_at:
        return _("Erased")
    profile = customer.profile if clear else mask_person(customer.profile)
    known = " · ".join(profile[part] for part in ("name", "email") if profile.get(part))
    return known or str(customer)


def _lines(request: HttpRequest, order: CommerceOrder) -> list[CommerceOrderLine]:
    """The lines, each with `stock`: its product's salable units, where stock is managed."""
    lines = list(order.lines.select_related("product"))
    salable: dict[int, int] = {}
    if request.user.has_perm(SEE_STOCK):
        wanted = [line.product_id for line in lines if line.product_id]
        products = with_salable(Product.objects.filter(pk__in=wanted, manage_stock=True))
        salable = {product.pk: product.salable for product in products}  # type: ignore[attr-defined]  # annotated
    for line in lines:
        line.stock = salable.get(line.product_id or 0)  # type: ignore[attr-defined]  # for the page
    return lines


def _invoice(order: CommerceOrder, *, clear: bool) -> dict[str, Any]:
    """To whom, and each component with its part of the tax where the channel gives it."""
    data = sales_channel.of(order).invoice_data(order)
    taxes = dict(data.taxes)
    components = (
        (_("Items"), order.subtotal, taxes.pop("item", None)),
        (_("Shipping"), order.shipping_amount, taxes.pop("shipping", None)),
        (_("Gift wrap"), order.gift_wrap_amount, taxes.pop("gift_wrap", None)),
        (_("Discount"), order.discount_amount, taxes.pop("discount", None)),
        (_("Other charges"), order.other_amount, sum(taxes.values(), Decimal(0)) or None),
    )
    return {
        "buyer": data.buyer if clear else mask_person(data.buyer),
        "amounts": [row for row in components if row[1] is not None or row[2] is not None],
        "tax_per_component": bool(data.taxes),
        "tax_collected_by_channel": data.tax_collected_by_channel,
    }
