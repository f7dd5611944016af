"""Strict readings shared by the C2SP text formats: standard base64, decimal numbers, text that a note may carry.

Each has one spelling per value: what decodes encodes to the same bytes again. These functions answer `None` for what is
not in the format; the caller knows the format's name and the line, and raises.

>>> decode_base64("AAE="), decode_base64("AAF=")
(b'\\x00\\x01', None)
>>> decode_decimal("42"), decode_decimal("042")
(42, None)
"""

import base64
import binascii

__all__ = ["decode_base64", "decode_decimal", "encode_base64", "is_key_name", "is_printable"]


def encode_base64(data: bytes) -> str:
    """The standard base64 of RFC 4648 section 4, padded."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, length: int | None = None) -> bytes | None:
    """The bytes of padded standard base64, of exactly `length` if given; None for any other spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    # b64decode takes unused bits that are set; RFC 4648 section 3.5 lets a decoder refuse them, and we do.
    if encode_base64(data) != text or (length is not None and len(data) != length):
        return None
    return data


def decode_decimal(text: str, limit: int = 2**63 - 1) -> int | None:
    """An ASCII decimal from 0 to `limit` without sign or leading zeroes; None for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or (text[0] == "0" and text != "0"):
        return None
    number = int(text)
    return number if number <= limit else None


def is_printable(text: str) -> bool:
    """Whether a note may hold `text` within a line: no ASCII control characters, nothing that is not Unicode."""
    return not any(char < " " or "\ud800" <= char <= "\udfff" for char in text)


def is_key_name(text: str) -> bool:
    """Whether signed-note allows `text` as a key name: not empty, without Unicode spaces and plus."""
    return bool(text) and is_printable(text) and not any(char == "+" or char.isspace() for char in text)
