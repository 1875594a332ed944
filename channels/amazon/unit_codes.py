"""Codes of single units: Amazon's Transparency programme and serial numbers."""

import re

# Seller Central, "Transparency": what stands beside the T, or what its QR code holds.
_CODE = re.compile(
    r"(?:AZ|ZA)[0-9A-Z:]{27}"  # 29 characters
    r"|[0-9A-Z]{38}"  # SGTIN
    r"|[0-9A-Z-]{7,20}"  # a serial number
    r"|https?://\S+",  # the QR code, read whole
    re.ASCII | re.IGNORECASE,
)


def is_unit_code(code: str) -> bool:
    """Whether Amazon may take this for the code of a unit."""
    return _CODE.fullmatch(code) is not None
