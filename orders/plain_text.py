"""Text as people see it. Pure."""

import unicodedata


def visible(text: str) -> str:
    """Without signs that only say how to write the rest (Unicode's Cf).

    Pages and letters put such marks around numbers, and who copies a number copies them along.
    """
    if text.isascii():
        return text
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
