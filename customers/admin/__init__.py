"""Customers and Commerce stores in the admin, and what all our admin pages build on."""

from customers.admin import customers, stores
from customers.admin.base import (
    VIEW_PERSONAL_DATA,
    FormChangeList,
    FormFilters,
    PageAdmin,
    ReadableKeys,
    ReadOnlyAdmin,
    RevealingChangeList,
    came_from,
    log_reveal,
    may_see_personal_data,
    yes_or_no,
)

__all__ = [
    "VIEW_PERSONAL_DATA",
    "FormChangeList",
    "FormFilters",
    "PageAdmin",
    "ReadOnlyAdmin",
    "ReadableKeys",
    "RevealingChangeList",
    "came_from",
    "customers",
    "log_reveal",
    "may_see_personal_data",
    "stores",
    "yes_or_no",
]
