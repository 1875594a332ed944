"""Sealed columns: what opens, what does not, and what stands in the database."""

from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from channels.models import ChannelOrder, SellerAccount
from customers.models import Customer
from customers.sealed import CannotUnseal, SealedField, key_id_of, seal
from tests import factories

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PROFILE = {"name": "Åsa Öberg", "email": "asa.oberg@example.com"}


@pytest.fixture(autouse=True)
def keys(settings):
    settings.PII_KEYS = {"k1": OLD}
    settings.PII_INDEX_KEY = bytes(range(64, 96))


def stored_profile(customer: Customer) -> bytes:
    """The bytes in the column, as the database has them."""
    return raw_column("customers_customer", "profile", customer.pk)


def raw_column(table: str, column: str, pk: int) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])  # names of ours
        return bytes(cursor.fetchone()[0])


def overwrite_profile(customer: Customer, sealed: bytes) -> Customer:
    """Put bytes into the column past the ORM, and read the row anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET profile = %s WHERE id = %s", [sealed, customer.pk]
        )
    return Customer.objects.get(pk=customer.pk)


# Columns


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value",
    [PROFILE, {}, [], "", "O'Brien 山田", 0, False, {"a": [1, 2.5, None, {"b": True}]}],
    ids=repr,
)
def test_any_json_value_survives_the_database(value):
    customer = factories.customer()
    customer.profile = value
    customer.save()
    assert Customer.objects.get().profile == value


@pytest.mark.django_db
def test_the_bytes_of_another_row_do_not_open():
    anna = factories.customer(email="anna@example.com")
    bert = overwrite_profile(factories.customer(email="bert@example.com"), stored_profile(anna))
    with pytest.raises(CannotUnseal, match=f"^customers.customer.profile:{bert.uid}: "):
        _ = bert.profile


@pytest.mark.django_db
def test_the_bytes_of_another_column_do_not_open():
    order = factories.channel_order()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE channels_channelorder SET recipient = buyer")
    order = ChannelOrder.objects.get()
    assert order.buyer["name"] == "Åsa Öberg"
    with pytest.raises(CannotUnseal, match="recipient"):
        _ = order.recipient


@pytest.mark.django_db
def test_the_bytes_of_another_table_do_not_open():
    customer = factories.customer()
    sealed = seal(b'{"name": "Eve"}', f"customers.customeraddress.profile:{customer.uid}")
    with pytest.raises(CannotUnseal):
        _ = overwrite_profile(customer, sealed).profile


@pytest.mark.django_db
def test_the_error_does_not_tell_the_value():
    customer = factories.customer(**PROFILE)
    broken = bytearray(stored_profile(customer))
    broken[-1] ^= 1
    with pytest.raises(CannotUnseal) as refused:
        _ = overwrite_profile(customer, bytes(broken)).profile
    assert str(refused.value) == (
        f"customers.customer.profile:{customer.uid}: "
        "the value was changed or belongs to another row"
    )
    assert refused.value.__cause__ is None


# Keys


@pytest.mark.django_db
def test_old_rows_stay_readable_after_a_new_key(settings):
    customer = factories.customer(**PROFILE)
    settings.PII_KEYS = {"k2": NEW, "k1": OLD}
    assert Customer.objects.get(pk=customer.pk).profile == PROFILE


@pytest.mark.django_db
def test_new_values_use_the_newest_key(settings):
    customer = factories.customer(**PROFILE)
    settings.PII_KEYS = {"k2": NEW, "k1": OLD}
    customer.profile = {"name": "Åsa Lind"}
    customer.save()
    assert key_id_of(stored_profile(customer)) == "k2"
    settings.PII_KEYS = {"k2": NEW}
    assert Customer.objects.get().profile == {"name": "Åsa Lind"}


@pytest.mark.django_db
def test_a_row_of_a_dropped_key_loads_and_says_so_when_read(settings):
    factories.customer()
    settings.PII_KEYS = {"k2": NEW}
    customer = Customer.objects.get()
    with pytest.raises(CannotUnseal, match="no key 'k1' in PII_KEYS"):
        _ = customer.profile


# Rows in memory


def test_an_unsaved_row_shows_its_value():
    assert Customer(profile=PROFILE).profile == PROFILE


@pytest.mark.django_db
def test_the_row_that_was_saved_still_shows_its_value():
    assert factories.customer(**PROFILE).profile == PROFILE


@pytest.mark.django_db
def test_saving_a_value_nobody_read_keeps_its_bytes():
    before = stored_profile(factories.customer())
    customer = Customer.objects.get()
    customer.source = "staff"
    customer.save()
    assert stored_profile(customer) == before


@pytest.mark.django_db
def test_saving_a_value_somebody_read_keeps_its_bytes():
    before = stored_profile(factories.customer(**PROFILE))
    customer = Customer.objects.get()
    assert customer.profile == PROFILE
    customer.save()
    assert stored_profile(customer) == before


@pytest.mark.django_db
def test_saving_the_same_row_twice_keeps_its_bytes():
    customer = factories.customer()
    before = stored_profile(customer)
    customer.save()
    assert stored_profile(customer) == before


@pytest.mark.django_db
def test_an_assigned_value_is_sealed_anew():
    customer = factories.customer()
    before = stored_profile(customer)
    customer.profile = {"name": "New Name"}
    customer.save()
    assert stored_profile(customer) != before
    assert Customer.objects.get().profile == {"name": "New Name"}


@pytest.mark.django_db
def test_a_value_that_nobody_reads_is_not_decrypted(settings):
    factories.customer()
    settings.PII_KEYS = {}
    assert Customer.objects.get().source == "amazon"


@pytest.mark.django_db
def test_bulk_create_seals():
    store = factories.commerce_store()
    Customer.objects.bulk_create(
        Customer(store=store, email_index=Customer.index_email(name), profile={"name": name})
        for name in ("anna", "bert")
    )
    customers = Customer.objects.order_by("pk")
    assert [customer.profile for customer in customers] == [{"name": "anna"}, {"name": "bert"}]
    assert b"anna" not in stored_profile(customers[0])


@pytest.mark.django_db
def test_an_upsert_keeps_the_bytes_of_what_did_not_change():
    factories.customer(email="anna@example.com")
    factories.customer(email="bert@example.com")
    anna, bert = Customer.objects.order_by("pk")
    before = stored_profile(anna), stored_profile(bert)
    bert.profile = {**bert.profile, "name": "Bert Ek"}
    Customer.objects.bulk_create(
        [anna, bert], update_conflicts=True, unique_fields=["id"], update_fields=["profile"]
    )
    assert stored_profile(anna) == before[0]
    assert stored_profile(bert) != before[1]
    assert Customer.objects.get(pk=bert.pk).profile["name"] == "Bert Ek"


@pytest.mark.django_db
def test_a_deferred_value_is_loaded_with_one_statement(django_assert_num_queries):
    factories.customer(**PROFILE)
    customer = Customer.objects.defer("profile").get()
    with django_assert_num_queries(1):
        assert customer.profile == PROFILE


@pytest.mark.django_db
def test_a_deferred_value_keeps_its_bytes():
    before = stored_profile(factories.customer(**PROFILE))
    customer = Customer.objects.defer("profile").get()
    assert customer.profile == PROFILE
    customer.save()
    assert stored_profile(customer) == before


@pytest.mark.django_db
def test_saving_without_the_deferred_value_keeps_its_bytes():
    before = stored_profile(factories.customer())
    customer = Customer.objects.defer("profile").get()
    customer.source = "staff"
    customer.save()
    assert stored_profile(customer) == before


@pytest.mark.django_db
def test_a_deferred_value_can_be_assigned():
    factories.customer()
    customer = Customer.objects.defer("profile").get()
    customer.profile = {"name": "New Name"}
    customer.save(update_fields=["profile"])
    assert Customer.objects.get().profile == {"name": "New Name"}


@pytest.mark.django_db
def test_nothing_stays_nothing():
    factories.channel_order(buyer=None)
    order = ChannelOrder.objects.get()
    assert order.buyer is None
    order.save()
    assert ChannelOrder.objects.filter(buyer__isnull=True).count() == 1


@pytest.mark.django_db
def test_a_value_can_be_taken_away():
    order = factories.channel_order()
    order.buyer = None
    order.save()
    assert ChannelOrder.objects.get().buyer is None


@pytest.mark.django_db
def test_a_deferred_nothing_is_nothing():
    factories.channel_order(buyer=None)
    assert ChannelOrder.objects.defer("buyer").get().buyer is None


@pytest.mark.django_db
def test_a_column_that_must_be_filled_refuses_nothing():
    with pytest.raises(IntegrityError):
        Customer.objects.create(store=factories.commerce_store(), email_index=bytes(16))


# Ways past it


@pytest.mark.django_db
@pytest.mark.parametrize(
    "look_up",
    [
        {"profile": PROFILE},
        {"profile": b"bytes"},
        {"profile": None},
        {"profile__in": [PROFILE]},
        {"profile__contains": "Åsa"},
        {"profile__gt": b""},
        {"profile__name": "Åsa"},
    ],
    ids=lambda look_up: next(iter(look_up)),
)
def test_it_cannot_be_searched(look_up):
    with pytest.raises(FieldError, match="profile"):
        Customer.objects.filter(**look_up).exists()


@pytest.mark.django_db
def test_it_can_be_searched_for_being_there():
    factories.channel_order(buyer=None)
    there = factories.channel_order()
    assert ChannelOrder.objects.get(buyer__isnull=False) == there


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", [PROFILE, b"Asa Oberg", "Asa Oberg"], ids=["json", "bytes", "text"]
)
def test_an_update_cannot_write_plain_text(value):
    before = stored_profile(factories.customer())
    refusal = r"^profile is encrypted: it cannot be written by an update.$"
    with pytest.raises(FieldError, match=refusal), transaction.atomic():
        Customer.objects.update(profile=value)
    assert stored_profile(Customer.objects.get()) == before


@pytest.mark.django_db
def test_a_bulk_update_cannot_write_plain_text():
    customer = factories.customer()
    customer.profile = b"Asa Oberg"
    with pytest.raises(FieldError, match=r"^profile is encrypted: it cannot be written by"):
        Customer.objects.bulk_update([customer], ["profile"])


def test_a_model_without_a_uid_is_an_error_of_the_checks():
    with isolate_apps("customers"):

        class Nameless(models.Model):  # noqa: DJ008  # never shown
            secret = SealedField()

            class Meta:
                app_label = "customers"

        messages = [error.msg for error in Nameless.check()]
    assert messages == ["Nameless has a SealedField but no uid to bind it to."]


def everything_stored() -> bytes:
    """Every column of every table, as text and as bytes."""
    seen = bytearray()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for value in (value for row in cursor.fetchall() for value in row):
                seen += as_bytes(value) + b"\n"
    return bytes(seen)


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


@pytest.mark.django_db
def test_nothing_personal_is_readable_in_the_database():
    buyer = {"name": "Zarathustra Quux", "email": "zq@marketplace.amazon.se"}
    address = {"name": "Zarathustra Quux", "line1": "Blomvägen 77", "phone": "+46701740605"}
    store = factories.amazon_store(customer_creation="new")
    factories.placed_order(store=store, buyer=buyer, recipient=address)
    assert Customer.objects.get().profile == buyer
    assert SellerAccount.objects.get().credentials["client_secret"] == "test-secret"
    stored = everything_stored()
    assert b"MUG" in stored  # what is not personal is there to be read
    for secret in (*buyer.values(), *address.values(), "Quux", "test-secret", "Atzr|test"):
        assert secret.encode() not in stored
