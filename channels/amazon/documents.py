"""Documents behind pre-signed URLs: what Amazon's storage takes and gives, beside the API.

Such a URL opens the document for anybody for five minutes, so it is neither logged nor shown. The
storage knows no token and no quota; what it says no with is an error of ours, sorted as in
``channels.amazon.errors``.
"""

import zlib
from typing import Final

import requests

from channels.amazon.client import SpApiClient
from channels.amazon.errors import Rejected, SpApiError, Throttled, Unavailable, UnexpectedPayload
from channels.amazon.transport import is_confidential, request_id_of, retry_after_of

UPLOAD: Final = "upload"
DOWNLOAD: Final = "download"
GZIP: Final = "GZIP"  # Amazon's only compressionAlgorithm
MAX_BYTES: Final = 256 * 1024 * 1024  # unpacked: far above any report, far below our memory
_OUR_NAMES: Final = {"windows-31j": "cp932"}  # Python does not know the one that Japan answers with
_GZIP_MAGIC: Final = b"\x1f\x8b"


def upload(client: SpApiClient, url: str, content: bytes, content_type: str) -> None:
    """PUT the document; `content_type` exactly as the URL was asked for, or its signature fails."""
    _check_url(UPLOAD, url)
    response = client.transfer(
        UPLOAD, "PUT", url, data=content, headers={"content-type": content_type}
    )
    _check(UPLOAD, response)


def download(
    client: SpApiClient, url: str, compression: str | None, *, charset: str = "utf-8"
) -> str:
    """The text of a document; `charset` is for answers that name none in their Content-Type."""
    _check_url(DOWNLOAD, url)
    response = client.transfer(DOWNLOAD, "GET", url)
    _check(DOWNLOAD, response)
    content = response.content
    if compression not in (None, "", GZIP):
        raise UnexpectedPayload(DOWNLOAD, f"compressed with {compression!r}, not {GZIP}")
    # A Content-Encoding header has had requests unpack it already.
    if compression and content.startswith(_GZIP_MAGIC):
        content = _unpacked(content)
    named = _charset_of(response) or charset
    try:
        return content.decode(_OUR_NAMES.get(named.lower(), named)).removeprefix("\ufeff")
    except (LookupError, UnicodeDecodeError) as exc:
        raise UnexpectedPayload(DOWNLOAD, f"the document is not {named[:40]}") from exc


def _check_url(operation: str, url: str) -> None:
    if not is_confidential(url):
        raise UnexpectedPayload(operation, "the URL of the document is not https")


def _check(operation: str, response: requests.Response) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    detail, request_id = f"HTTP {status}", request_id_of(response)
    error: SpApiError
    if status == 429:
        error = Throttled(
            operation,
            detail,
            request_id=request_id,
            status=status,
            retry_after=retry_after_of(response),
        )
    elif status >= 500:
        error = Unavailable(operation, detail, request_id=request_id, status=status)
    else:  # also 403: the URL has expired, or the signature does not fit
        error = Rejected(operation, detail, request_id=request_id, status=status)
    raise error


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        unpacked = unpacker.decompress(content, MAX_BYTES)
    except zlib.error as exc:
        raise UnexpectedPayload(DOWNLOAD, "the document is not gzip") from exc
    if unpacker.unconsumed_tail:
        raise UnexpectedPayload(DOWNLOAD, f"the document is larger than {MAX_BYTES} bytes")
    if not unpacker.eof:
        raise UnexpectedPayload(DOWNLOAD, "the document breaks off")
    return unpacked


def _charset_of(response: requests.Response) -> str:
    """What the Content-Type says; requests would answer ISO-8859-1 for any text without one."""
    for part in response.headers.get("Content-Type", "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""
