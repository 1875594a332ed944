"""Rotating the key of personal data."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.models import Customer, CustomerAddress
from customers.sealed import key_id_of
from customers.services.rotation import reseal
from customers.services.stores import get_or_create_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return Customer.objects.create(
        store=get_or_create_store("se"),
        email_index=Customer.index_email("a@b.se"),
        profile={"name": "Anna Öberg"},
    )


def key_ids(model, name):
    return {key_id_of(value) for value in model.objects.values_list(name, flat=True)}


def test_everything_is_sealed_with_the_newest_key(customer, settings):
    CustomerAddress.objects.create(customer=customer, address={"city": "Växjö"})
    settings.PII_KEYS = {"new": b"n" * 32, **settings.PII_KEYS}

    changed = reseal()

    assert changed["customers.customer"] == 1
    assert changed["customers.customeraddress"] == 1
    assert key_ids(Customer, "profile") == {"new"}
    settings.PII_KEYS = {"new": b"n" * 32}  # the old key can be dropped
    assert Customer.objects.get().profile == {"name": "Anna Öberg"}
    assert CustomerAddress.objects.get().address == {"city": "Växjö"}


def test_again_changes_nothing(customer, settings):
    settings.PII_KEYS = {"new": b"n" * 32, **settings.PII_KEYS}
    reseal()
    assert set(reseal().values()) == {0}


def test_the_command_says_what_it_did(customer, settings, capsys):
    settings.PII_KEYS = {"new": b"n" * 32, **settings.PII_KEYS}
    call_command("rotate_keys", json=True)
    assert json.loads(capsys.readouterr().out)["customers.customer"] == 1


def test_a_key_that_is_missing_is_named(customer, settings):
    settings.PII_KEYS = {"new": b"n" * 32}
    with pytest.raises(CommandError, match="no key 't1' in PII_KEYS"):
        call_command("rotate_keys")
    assert key_ids(Customer, "profile") == {"t1"}
