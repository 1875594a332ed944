"""Marketplaces in the reader's language; channels/amazon knows their codes and no translations."""

from channels.amazon.marketplaces import Marketplace
from customers.countries import NAMES


def marketplace_name(marketplace: Marketplace) -> str:
    """``Sweden (SE)``"""
    code = marketplace.country_code
    return f"{NAMES.get(code, marketplace.name)} ({code})"
