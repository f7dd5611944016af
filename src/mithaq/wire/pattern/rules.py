"""What a pattern must keep to beyond its grammar: lawful names, genuine hashes (STIX 2.1 sections 2.7, 3.1, 9.7)."""

import re

__all__ = ["hash_fits", "is_property_name", "is_type_name"]

_TYPE = re.compile(r"[a-z][a-z0-9]*+(?:-[a-z0-9]++)*+-?").fullmatch
_PROPERTY = re.compile(r"[a-z0-9_]{3,250}|id").fullmatch

_HEX_DIGITS = {
    "MD5": 32,
    "RIPEMD160": 40,
    "SHA1": 40,
    "SHA224": 56,
    "SHA256": 64,
    "SHA384": 96,
    "SHA512": 128,
    "SHA3224": 56,
    "SHA3256": 64,
    "SHA3384": 96,
    "SHA3512": 128,
    "WHIRLPOOL": 128,
}
_SPELLINGS = {name: re.compile(rf"[a-fA-F0-9]{{{digits}}}").fullmatch for name, digits in _HEX_DIGITS.items()}
_SPELLINGS["SSDEEP"] = re.compile(r"[a-zA-Z0-9/+:.]{1,128}").fullmatch
# MD6 has digests of any length; the checkers in use ask for the beginning alone.
_SPELLINGS["MD6"] = re.compile(r"[a-fA-F0-9]{32}.*", re.DOTALL).fullmatch


def is_type_name(name: str) -> bool:
    """Whether an object's type may be called so: 3 to 250 small letters, digits and single hyphens."""
    return 3 <= len(name) <= 250 and _TYPE(name) is not None


def is_property_name(name: str) -> bool:
    """Whether a property of an object may be called so: 3 to 250 small letters, digits and underscores, or `id`."""
    return _PROPERTY(name) is not None


def hash_fits(algorithm: str, written: str) -> bool:
    """Whether a hash of this algorithm can be written so; of an algorithm that is not known here, any can.

    Hyphens and the size of letters in the algorithm's name make no difference.
    """
    fits = _SPELLINGS.get(algorithm.upper().replace("-", "").replace("'", ""))
    return fits is None or fits(written) is not None
