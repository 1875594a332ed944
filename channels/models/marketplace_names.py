"""Marketplaces in the reader's language; channels/amazon knows their codes and no translations."""

from django.utils.translation import gettext_lazy as _

from channels.amazon.marketplaces import Marketplace

NAMES = {
    "US": _("United States"),
    "CA": _("Canada"),
    "MX": _("Mexico"),
    "BR": _("Brazil"),
    "GB": _("United Kingdom"),
    "DE": _("Germany"),
    "FR": _("France"),
    "IT": _("Italy"),
    "ES": _("Spain"),
    "NL": _("Netherlands"),
    "BE": _("Belgium"),
    "IE": _("Ireland"),
    "SE": _("Sweden"),
    "PL": _("Poland"),
    "TR": _("Turkey"),
    "AE": _("United Arab Emirates"),
    "SA": _("Saudi Arabia"),
    "EG": _("Egypt"),
    "ZA": _("South Africa"),
    "IN": _("India"),
    "JP": _("Japan"),
    "AU": _("Australia"),
    "SG": _("Singapore"),
}


def marketplace_name(marketplace: Marketplace) -> str:
    """``Sweden (SE)``"""
    code = marketplace.country_code
    return f"{NAMES.get(code, marketplace.name)} ({code})"
