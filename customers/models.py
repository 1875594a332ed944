"""Commerce stores, customers and addresses. Personal data is sealed (customers/sealed.py)."""

from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from customers.sealed import INDEX_BYTES, BytesField, SealedField, blind_index

EMAIL_INDEX = "customer.email"  # purpose of the blind index: changing it orphans every index


class CommerceStore(models.Model):
    """The storefront (store view) that linked orders and customers belong to."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    # The next increment of this store, read and raised under a row lock in the transaction that
    # writes the order (orders/services/numbers.py): a rolled back order gives its number back.
    next_order_number = models.PositiveBigIntegerField(_("next order number"), default=1)

    class Meta:
        verbose_name = _("Commerce store")
        verbose_name_plural = _("Commerce stores")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A customer account of one Commerce store; at most one per e-mail address there."""

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    store = models.ForeignKey(
        CommerceStore, models.PROTECT, related_name="customers", verbose_name=_("Commerce store")
    )
    email_index = BytesField(max_length=INDEX_BYTES, editable=False)
    # {"name", "email", "company", "vat_id"}: as sent; absent keys were not provided
    profile = SealedField()
    # A channel's relay address reaches the buyer about this one order. It is not for marketing.
    email_is_relay = models.BooleanField(_("relay address"), default=False, editable=False)
    source = models.CharField(_("source"), max_length=16, default="amazon", editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    forgotten_at = models.DateTimeField(_("forgotten"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("forget_customer", gettext_noop("Can erase the personal data of customers"))
        ]
        constraints = [
            models.UniqueConstraint(fields=["store", "email_index"], name="customer_one_per_email")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @staticmethod
    def index_email(email: str) -> bytes:
        """The blind index to find a customer by."""
        return blind_index(EMAIL_INDEX, email)


class CustomerAddress(models.Model):
    """Where an order goes and who receives it, as sent; a guest's address has no customer."""

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("customer"),
    )
    # keys of channels.amazon.types.Address plus "email": Amazon's relay address of the buyer
    address = SealedField()
    source = models.CharField(_("source"), max_length=16, default="amazon", editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer address")
        verbose_name_plural = _("customer addresses")

    def __str__(self) -> str:
        return f"#{self.pk}"
