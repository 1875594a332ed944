"""Personal data and secrets at rest: AES-256-GCM, bound to the row and column they belong to.

A sealed value is ``version, key id, nonce, ciphertext + tag``. The additional authenticated data is
``app.model.field:uid``, so a ciphertext copied to another row or column does not open. Keys come
from the environment with ids (``settings.PII_KEYS``, newest first): new values use the newest, old
ones stay readable until their key is dropped. What must be found again (an e-mail) stands beside it
as a keyed blind index.
"""

import hashlib
import hmac
import os
import unicodedata
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

VERSION: Final = 1
NONCE_BYTES: Final = 12  # NIST SP 800-38D: 96 bit random nonces
TAG_BYTES: Final = 16
INDEX_BYTES: Final = 16


class CannotUnseal(Exception):
    """The key is not there, or the value was changed or moved from another row."""


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def seal(plain: bytes, context: str) -> bytes:
    """Encrypt `plain` with the newest key, bound to `context`."""
    key_id, key = next(iter(settings.PII_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    head = bytes((VERSION, len(key_id))) + key_id.encode()
    return head + nonce + _cipher(key).encrypt(nonce, plain, context.encode())


def key_id_of(sealed: bytes) -> str:
    """The id of the key that `sealed` was made with; ValueError when it is no sealed value."""
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise ValueError("unknown version")
    if len(sealed) < 2 + sealed[1] + NONCE_BYTES + TAG_BYTES:
        raise ValueError("too short")
    return sealed[2 : 2 + sealed[1]].decode()


def unseal(sealed: bytes, context: str) -> bytes:
    """Decrypt; raises CannotUnseal when the key is gone or the value is not this row's."""
    try:
        key_id = key_id_of(sealed)
    except ValueError:
        raise CannotUnseal(f"{context}: this is not a sealed value") from None
    key = settings.PII_KEYS.get(key_id)
    if key is None:
        raise CannotUnseal(f"{context}: no key {key_id!r} in PII_KEYS")
    start = 2 + sealed[1]
    nonce, body = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        return _cipher(key).decrypt(nonce, body, context.encode())
    except InvalidTag:
        raise CannotUnseal(f"{context}: the value was changed or belongs to another row") from None


def blind_index(purpose: str, text: str) -> bytes:
    """16 bytes that are equal for equal `text` (case, width and spacing aside) and tell no more."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    message = f"{purpose}\0{folded}".encode()
    return hmac.new(settings.PII_INDEX_KEY, message, hashlib.sha256).digest()[:INDEX_BYTES]


def blind_term(purpose: str, text: str) -> int:
    """A signed 64 bit number, equal for equal `text`: a blind index where there are millions of.

    Two texts share one in 2**64 cases, which a search may show and nothing else builds upon.
    """
    digest = hmac.digest(settings.PII_INDEX_KEY, f"{purpose}\0{text}".encode(), "sha256")
    return int.from_bytes(digest[:8], "big", signed=True)


class _Cell:
    """What a row holds: the sealed bytes, the open value, or both when they agree."""

    __slots__ = ("opened", "sealed", "value")

    def __init__(self, *, sealed: bytes | None = None, value: Any = None, opened: bool) -> None:
        self.sealed = sealed
        self.value = value
        self.opened = opened


class _SealedAttribute(DeferredAttribute):
    """Opens on first read, so that a list of a hundred rows decrypts only what it shows."""

    field: "SealedField"

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            self._load(instance)
        cell = self.cell(instance)
        if not cell.opened:
            assert cell.sealed is not None
            plain = unseal(cell.sealed, self.field.context(instance))
            cell.value, cell.opened = msgspec.json.decode(plain), True
        return cell.value

    def __set__(self, instance: models.Model, value: Any) -> None:
        if isinstance(value, _Cell):
            cell = value
        elif isinstance(value, _Sealed):
            cell = _Cell(sealed=bytes(value), opened=False)
        else:
            cell = _Cell(value=value, opened=True)
        instance.__dict__[self.field.attname] = cell

    def cell(self, instance: models.Model) -> _Cell:
        cell: _Cell = instance.__dict__[self.field.attname]
        return cell

    def _load(self, instance: models.Model) -> None:
        """A deferred column. Django's own way would open the value and forget its bytes."""
        name = self.field.attname
        rows = type(instance)._base_manager.using(instance._state.db).filter(pk=instance.pk)
        self.__set__(instance, rows.values_list(name, flat=True).get())


class _Sealed(bytes):
    """Marks sealed bytes, on their way from or to the database: not a value that code assigned."""

    __slots__ = ()


class BytesField(models.BinaryField):  # type: ignore[type-arg]  # bytes in, bytes out
    """Bytes that PostgreSQL gets as one array for all rows of a bulk insert.

    A field with a placeholder of its own, as Django's has for other databases, makes it one
    parameter a value (``SQLInsertCompiler.assemble_as_sql``): a page of orders takes a tenth more.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Text, as of an address that somebody made up, is no value: Django asks no database."""
        if isinstance(value, str):
            raise TypeError(f"{self.name} holds bytes, no text.")
        return super().get_prep_value(value)

    @property
    def get_placeholder(self) -> Any:
        raise AttributeError("get_placeholder")

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs  # the same column


class SealedField(BytesField):
    """A JSON value encrypted at rest. The model needs a ``uid`` (UUID, set before saving).

    Reading gives the open value, assigning replaces it; changing a returned dict in place is not
    noticed. No look-up works on it except ``isnull``.
    """

    descriptor_class = _SealedAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, "customers.sealed.SealedField", args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = list(super().check(**kwargs))
        if not hasattr(self.model, "uid"):
            errors.append(
                checks.Error(
                    f"{self.model.__name__} has a SealedField but no uid to bind it to.", obj=self
                )
            )
        return errors

    def context(self, instance: models.Model) -> str:
        uid: UUID = instance.uid  # type: ignore[attr-defined]  # promised by check()
        return f"{self.model._meta.label_lower}.{self.attname}:{uid}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else _Sealed(value)

    def to_python(self, value: Any) -> Any:
        return value

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        cell = self.descriptor_class(self).cell(model_instance)
        if cell.sealed is None and cell.value is not None:
            cell.sealed = seal(msgspec.json.encode(cell.value), self.context(model_instance))
        return None if cell.sealed is None else _Sealed(cell.sealed)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The gate to the database: update() and bulk_update() would write the open value."""
        if value is not None and not isinstance(value, _Sealed):
            raise FieldError(f"{self.name} is encrypted: it cannot be written by an update.")
        return super().get_db_prep_value(value, connection, prepared)

    def get_default(self) -> Any:
        return None

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it cannot be searched by {lookup_name!r}.")
        return super().get_lookup(lookup_name)
