"""The wire shape of Sellers API v1 ``getMarketplaceParticipations``: only the fields we read."""

from msgspec import Struct
from msgspec.json import Decoder

from channels.amazon.decoding import decode
from channels.amazon.types import Participation
from channels.amazon.usage_plan import GET_MARKETPLACE_PARTICIPATIONS


class _Marketplace(Struct, rename="camel"):
    id: str
    name: str
    country_code: str
    default_currency_code: str


class _Participation(Struct, rename="camel"):
    is_participating: bool


class _Row(Struct, rename="camel"):
    marketplace: _Marketplace
    participation: _Participation
    store_name: str | None = None


class _Answer(Struct):
    payload: list[_Row]


_ANSWER = Decoder(_Answer)


def read_participations(body: bytes, *, request_id: str = "") -> tuple[Participation, ...]:
    """Every marketplace of the account, also those it does not take part in."""
    answer = decode(_ANSWER, body, operation=GET_MARKETPLACE_PARTICIPATIONS, request_id=request_id)
    return tuple(
        Participation(
            marketplace_id=row.marketplace.id,
            country_code=row.marketplace.country_code,
            name=row.marketplace.name,
            currency=row.marketplace.default_currency_code,
            participating=row.participation.is_participating,
            store_name=row.store_name or "",
        )
        for row in answer.payload
    )
