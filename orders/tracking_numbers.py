"""Whether a tracking number can be one of its carrier: formats and check digits; pure.

An opinion, not a law: carriers invent formats, so what fails is a warning that people may overrule.
A carrier that is not here gets no opinion. Sources of the rules:

- S10: UPU standard S10, the 13 characters of every post (``RR123456785SE``).
- SSCC and other GS1 numbers: GS1 General Specifications, check digit modulo 10.
- UPS, FedEx, USPS, DHL Express, DPD: as carriers print them and as the public collection
  github.com/jkeen/tracking_number_data writes them down with real numbers.
- USPS: Publication 199 (IMpb), a GS1 check digit over what follows the ZIP code.
- DHL Paket, GLS, Yamato, Sagawa: their own pages about where the number stands on the label; the
  Japanese twelve digits end in the other eleven modulo 7.
"""

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import cycle

from orders.sentences import gettext as _

Rule = tuple[str, Callable[[str], bool]]
"""A form as a regular expression for the whole number, and whether its check digit is right."""


def problem(carrier_code: str, number: str) -> str | None:
    """Why this is hardly a number of this carrier, in one sentence; None: nothing to say.

    Spaces, dashes and case do not matter: labels print numbers in groups.
    """
    rules = CARRIERS.get(carrier_code)
    plain = re.sub(r"[\s.-]", "", number).upper()
    if rules is None or not plain:
        return None
    fitting = [check for form, check in rules if re.fullmatch(form, plain, re.ASCII)]
    if not fitting:
        text = _("%(number)s does not look like a tracking number of %(carrier)s.")
    elif not any(check(plain) for check in fitting):
        text = _("%(number)s has a wrong check digit for %(carrier)s: is a character mistyped?")
    else:
        return None
    return text % {"number": number.strip(), "carrier": carrier_code}


def doubt(order: int, packages: Iterable[tuple[str, str]]) -> str:
    """What is doubted of an order, in a few letters: the carrier and number of each package.

    A form says by it what somebody overruled: another number is doubted anew.
    """
    return blake2b(repr((order, *packages)).encode(), digest_size=8).hexdigest()


# Check digits. Each takes the whole number and answers whether its last digit is right.


def _any(_number: str) -> bool:
    """Of a form without a check digit, or whose rule is not public."""
    return True


def _weighted(number: str, weights: tuple[int, ...]) -> int:
    """The sum of the digits, the last one aside, times the weights over and over from the right."""
    return sum(int(d) * w for d, w in zip(reversed(number[:-1]), cycle(weights), strict=False))


def _gs1(number: str) -> bool:
    """GS1 modulo 10: weights 3, 1 from the right. SSCC, USPS, FedEx Ground."""
    return -_weighted(number, (3, 1)) % 10 == int(number[-1])


def _mod7(number: str) -> bool:
    """What the digits before the last leave when divided by 7. DHL Express, Yamato, Sagawa."""
    return int(number[:-1]) % 7 == int(number[-1])


def _s10(number: str) -> bool:
    """UPU S10: weights 8 6 4 2 3 5 9 7, then 11 minus the rest; 10 becomes 0 and 11 becomes 5."""
    digits = zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)
    check = 11 - sum(int(digit) * weight for digit, weight in digits) % 11
    return {10: 0, 11: 5}.get(check, check) == int(number[10])


def _ups(number: str) -> bool:
    """Letters count from A = 2, modulo 10; every second of the fifteen after 1Z counts twice."""
    values = [int(c) if c.isdigit() else (ord(c) - 3) % 10 for c in number[2:-1]]
    return -sum(v * w for v, w in zip(values, cycle((1, 2)), strict=False)) % 10 == int(number[-1])


def _fedex_express(number: str) -> bool:
    """Weights 1, 3, 7 from the right; modulo 11, and 10 becomes 0."""
    return _weighted(number, (1, 3, 7)) % 11 % 10 == int(number[-1])


def _dpd(number: str) -> bool:
    """ISO/IEC 7064 MOD 37,36 over the fourteen characters before the check character."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    carry = 36
    for character in number[:-1]:
        total = (carry + alphabet.index(character)) % 36 or 36
        carry = total * 2 % 37
    return alphabet[(37 - carry) % 36] == number[-1]


def _gls(number: str) -> bool:
    """Weights 3, 1 from the right, plus one; what is missing to the next ten."""
    return -(_weighted(number, (3, 1)) + 1) % 10 == int(number[-1])


def _behind_zip(check: Callable[[str], bool]) -> Callable[[str], bool]:
    """USPS: a barcode read whole begins with 420 and five or nine digits of the ZIP code."""
    return lambda number: any(check(number[cut:]) for cut in (8, 12) if len(number) > cut + 19)


# Forms per carrier. Where a carrier has a form without a check digit, it stands last.

S10: Rule = (r"[A-Z]{2}\d{9}[A-Z]{2}", _s10)
SSCC: Rule = (r"(?:00)?\d{18}", lambda number: _gs1(number[-18:]))
USPS: tuple[Rule, ...] = (
    (r"\d{20}", lambda number: _gs1(number) or _gs1(f"91{number}")),  # legacy, with or without 91
    (r"9[1-5]\d{20}(?:\d{4})?", _gs1),
    (r"420\d{27,35}", _behind_zip(_gs1)),
    S10,
)
UPS: tuple[Rule, ...] = (
    (r"1Z[0-9A-Z]{15}\d", _ups),
    (r"[AHJKTV]\d{10}", lambda number: _ups(f"1Z{number[1:]}")),  # a waybill
    (r"9[1-5]\d{20}(?:\d{4})?", _gs1),  # delivered by USPS
    (r"\d{9}|\d{12}|MI\d{6,28}", _any),
)
FEDEX: tuple[Rule, ...] = (
    (r"\d{12}", _fedex_express),
    (r"\d{15}", _gs1),
    (r"\d{20}", lambda number: _gs1(number) or _gs1(f"92{number}")),
    (r"96\d{20}", lambda number: _gs1(number[7:])),  # Ground, the whole barcode
    (r"92\d{20}", _gs1),
    (r"\d{18}", _gs1),
    (r"\d{32}|\d{34}", _any),
)
DHL: tuple[Rule, ...] = (
    (r"\d{10}", _mod7),  # Express
    (r"00\d{18}", lambda number: _gs1(number[-18:])),  # Paket: an SSCC
    (r"\d{12}|J[A-Z]{1,3}\d{9,20}|[A-Z]{3}\d{6,20}|\d{11}|\d{14}|\d{16}", _any),
    S10,
)
DPD: tuple[Rule, ...] = (
    (r"\d{14}[0-9A-Z]", _dpd),
    (r"\d{14}|\d{10}|\d{27}[0-9A-Z]", _any),  # without check character; DPD UK; the barcode
)
GLS: tuple[Rule, ...] = (
    (r"\d{12}", _gls),
    (r"\d{11}", _any),  # without the check digit
    (r"[0-9A-Z]{8}", _any),  # the track id
    (r"\d{14}|\d{20}", _any),
)
JAPAN: tuple[Rule, ...] = ((r"\d{12}", _mod7),)
POST: tuple[Rule, ...] = (S10,)
ROYAL_MAIL: tuple[Rule, ...] = (S10, (r"\d{16}|\d{21}", _any))  # Tracked 24 and 48 barcodes

CARRIERS: dict[str, tuple[Rule, ...]] = {
    "USPS": USPS,
    **dict.fromkeys(("UPS", "UPSMI", "UPS Mail Innovations"), UPS),
    **dict.fromkeys(("FedEx", "FedEx SmartPost", "FEDEX_JP"), FEDEX),
    **dict.fromkeys(("DHL", "DHL-Paket"), DHL),
    **dict.fromkeys(("DPD", "DPD Local"), DPD),
    "GLS": GLS,
    "PostNord": (S10, SSCC),
    **dict.fromkeys(("Royal Mail", "ROYAL_MAIL"), ROYAL_MAIL),
    "Parcelforce": (S10, (r"[A-Z]{2}\d{7}", _any), (r"\d{14}", _any)),
    **dict.fromkeys(("YAMATO", "YamatoTransport", "SAGAWA", "SagawaExpress"), JAPAN),
    **dict.fromkeys(("Singapore Post", "China Post", "EUB", "India Post", "Emirates Post"), POST),
}
