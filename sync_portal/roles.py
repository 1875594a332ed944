"""The roles: what members of the seeded groups may do, as permissions by codename. Pure.

Each role may do what the one before it may, and more. docs/roles.md says it in words; a test
holds both together, and every permission of our apps is in a role or in ``NOBODY``.
"""

VIEWER, FULFILMENT, MANAGER, ADMINISTRATOR = "Viewer", "Fulfilment", "Manager", "Administrator"


def _each(app: str, verbs: str, models: str) -> frozenset[str]:
    """``channels``, ``add change``, ``feed report``: each of these verbs of each model."""
    return frozenset(f"{app}.{verb}_{model}" for verb in verbs.split() for model in models.split())


_CHANNEL_RECORDS = (
    "channelorder channelorderitem communicationerror feed feedentry report syncrun synccursor "
    "backfill ordersettings ordersettingschange"
)
_ORDER_RECORDS = (
    "commerceorder commerceorderline cancellation cancellationitem ordernote reservation "
    "stockmovement shipment package packageitem outboxmessage"
)
_CUSTOMER_RECORDS = "customer customeraddress"

_SEES = (
    _each("channels", "view", f"{_CHANNEL_RECORDS} amazonstore skumapping carriermapping")
    | _each("orders", "view", f"{_ORDER_RECORDS} product orderstatus")
    | _each("customers", "view", f"{_CUSTOMER_RECORDS} commercestore")
)
_SHIPS = frozenset(
    {
        "orders.ship_commerceorder",  # and take back, correct, send again
        "orders.hold_commerceorder",
        "orders.comment_commerceorder",
        "orders.view_personal_data",
        "channels.print_channelorder",
    }
)
_MANAGES = (
    frozenset(
        {
            "orders.cancel_commerceorder",
            "orders.dismiss_confirmation",
            "channels.correct_address",
            "channels.change_communicationerror",  # try again, dismiss
            "channels.change_ordersettings",
            "channels.change_amazonstore",  # rename, activate, deactivate
            "channels.export_channelorder",
            "channels.share_view",
        }
    )
    | _each("channels", "add change delete", "skumapping carriermapping")
    | _each("orders", "add change", "product")
    | _each("orders", "add change delete", "orderstatus")
    | _each("customers", "add change", "commercestore")
)
_ADMINISTERS = (
    frozenset(
        {
            "channels.add_amazonstore",
            "channels.delete_amazonstore",
            "channels.change_selleraccount",  # credentials
            "channels.view_saleschannelsettings",
            "channels.change_saleschannelsettings",
            "customers.forget_customer",
        }
    )
    | _each("auth", "view add change delete", "user group")
    | _each("django_celery_beat", "view add change delete", "periodictask intervalschedule")
    | _each("django_celery_beat", "view add change delete", "crontabschedule clockedschedule")
    | _each("django_celery_beat", "view add change delete", "solarschedule")
)

ROLES: dict[str, frozenset[str]] = {
    VIEWER: _SEES,
    FULFILMENT: _SEES | _SHIPS,
    MANAGER: _SEES | _SHIPS | _MANAGES,
    ADMINISTRATOR: _SEES | _SHIPS | _MANAGES | _ADMINISTERS,
}

# What Django makes a permission for and no page asks for: these rows are written by services alone.
NOBODY: frozenset[str] = (
    _each("channels", "add change delete", _CHANNEL_RECORDS)
    | _each("channels", "view add delete", "selleraccount")
    | _each("channels", "add delete", "saleschannelsettings")
    | _each("orders", "add change delete", _ORDER_RECORDS)
    | _each("orders", "delete", "product")
    | _each("orders", "view add change delete", "changeevent")
    | _each("customers", "add change delete", _CUSTOMER_RECORDS)
    | _each("customers", "delete", "commercestore")
) - _MANAGES
