from zoneinfo import available_timezones

import pytest

from channels.amazon.marketplaces import (
    ENDPOINTS,
    MARKETPLACES,
    by_country,
    by_id,
    is_relay_address,
)
from channels.amazon.usage_plan import USAGE_PLANS, UsagePlan


def test_a_marketplace_is_found_by_id_and_by_country():
    sweden = by_id("A2NODRKZP88ZB9")
    assert by_country("SE") is by_country("se") is sweden
    assert (sweden.country_code, sweden.name, sweden.region) == ("SE", "Sweden", "eu")
    assert (sweden.currency, sweden.locale) == ("SEK", "sv_SE")
    assert sweden.time_zone == "Europe/Stockholm"
    assert sweden.seller_central_url == "https://sellercentral.amazon.se"


def test_uk_is_gb():
    assert by_country("UK") is by_country("GB") is by_id("A1F83G8C2ARO7P")


@pytest.mark.parametrize("unknown", ["", "XX", "A2NODRKZP88ZB", "Non-Amazon SE"])
def test_an_unknown_marketplace_is_none(unknown):
    assert by_id(unknown) is None
    assert by_country(unknown) is None


def test_the_table_is_complete_and_consistent():
    assert len(MARKETPLACES) == 23
    assert len({marketplace.id for marketplace in MARKETPLACES}) == 23
    assert len({marketplace.country_code for marketplace in MARKETPLACES}) == 23
    assert {marketplace.region for marketplace in MARKETPLACES} == set(ENDPOINTS)
    assert {marketplace.time_zone for marketplace in MARKETPLACES} <= available_timezones()
    assert all(m.locale.endswith(f"_{m.country_code}") for m in MARKETPLACES)


@pytest.mark.parametrize(
    ("country", "region"),
    [("BR", "na"), ("IN", "eu"), ("AE", "eu"), ("TR", "eu"), ("SG", "fe"), ("AU", "fe")],
)
def test_region_is_the_endpoint_that_serves_a_country(country, region):
    assert by_country(country).region == region


def test_an_order_has_a_page_in_seller_central():
    assert by_country("DE").order_page_url("302-5510047-8830219") == (
        "https://sellercentral-europe.amazon.com/orders-v3/order/302-5510047-8830219"
    )
    assert by_country("SE").order_page_url("a/b?c").endswith("/order/a%2Fb%3Fc")


def test_usage_plans_are_amazons():
    plans = {
        "searchOrders": UsagePlan(rate=0.0056, burst=20),
        "getOrder": UsagePlan(rate=0.5, burst=30),
        "confirmShipment": UsagePlan(rate=2.0, burst=10),
        "getMarketplaceParticipations": UsagePlan(rate=0.016, burst=15),
        "createReport": UsagePlan(rate=0.0167, burst=15),
        "getReport": UsagePlan(rate=2.0, burst=15),
        "getReportDocument": UsagePlan(rate=0.0167, burst=15),
        "createFeedDocument": UsagePlan(rate=0.5, burst=15),
        "createFeed": UsagePlan(rate=0.0083, burst=15),
        "getFeed": UsagePlan(rate=2.0, burst=15),
        "getFeedDocument": UsagePlan(rate=0.0222, burst=10),
    }
    assert plans == USAGE_PLANS


@pytest.mark.parametrize(
    "email",
    [
        "k3v9@marketplace.amazon.se",
        "k3v9@marketplace.amazon.co.uk",
        "K3V9@Marketplace.Amazon.com.be",
    ],
)
def test_amazons_alias_of_a_buyer_is_a_relay_address(email):
    assert is_relay_address(email)


@pytest.mark.parametrize(
    "email",
    [
        "anna@example.com",
        "anna@amazon.se",
        "marketplace.amazon.se@example.com",
        "anna@notmarketplace.amazon.se",
        "anna@marketplace.amazonia.com",
        "marketplace",
        "",
    ],
)
def test_any_other_address_is_the_buyers_own(email):
    assert not is_relay_address(email)
