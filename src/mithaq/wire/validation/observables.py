"""What STIX 2.1 demands and recommends of cyber observables (section 6), beyond what schemas state."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mithaq.wire.validation.finding import Findings, quote
from mithaq.wire.validation.musts import is_language, items, read_time
from mithaq.wire.validation.tables import Tables

__all__ = [
    "CHECKS",
    "PLACEHOLDER",
    "check_container_keys",
    "check_dictionary_keys",
    "check_references",
    "check_uuid_version",
    "uuid_version",
]

Object = dict[str, Any]

PLACEHOLDER = "--00000000-0000-1000-8000-000000000000"
"""Stands in for the id of an object that needs none, since schemas ask for one; `uuid_version` sees through it."""

_UUID = re.compile(
    r"--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-9a-fA-F])[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
).search
_CAPITAL = re.compile(r"[A-Z]").search
# NISTIR 7695 section 6.2: a component is ANY, NA, or letters with special characters escaped, wildcards at either end.
_CPE_TEXT = r"(?:\*|-|(?:\?*|\*)(?:[a-zA-Z0-9\-._]|\\[!-/:-@\[-^`{-~])+(?:\?*|\*)|\?+)"
_CPE_LANGUAGE = r"(?:\*|-|[a-z]{2,3}(?:-(?:[a-z]{2}|\d{3}))?)"
_CPE = re.compile(
    rf"cpe:2\.3:[aho*-](?::{_CPE_TEXT}){{5}}:{_CPE_LANGUAGE}(?::{_CPE_TEXT}){{4}}", re.ASCII | re.IGNORECASE
).fullmatch
_CLASS = re.compile(r".+_CLASS", re.DOTALL).fullmatch
_KEY = re.compile(r"\d+", re.ASCII).fullmatch


def uuid_version(identifier: object) -> int:
    """The version of the UUID in an identifier (RFC 9562 section 4.2); 0 if there is no such UUID."""
    match = _UUID(identifier) if isinstance(identifier, str) else None
    return int(match[1], 16) if match and match[0] != PLACEHOLDER else 0


def check_uuid_version(value: Object, names: list[str], found: Findings) -> None:
    """Without any property that contributes to the id, that must hold a UUIDv4 (section 2.9)."""
    if not any(name in value for name in names) and uuid_version(value.get("id")) not in {0, 4}:
        message = f"without {' or '.join(names)} the id must hold a UUIDv4"
        found.add("must/uuid-version", ("id",), message)


def check_dictionary_keys(value: Object, found: Findings, tables: Tables) -> None:
    """Keys of dictionaries should be in small letters, unless they are somebody else's names (section 2.3)."""
    waiting: list[tuple[tuple[str | int, ...], Object]] = [((), value)]
    while waiting:
        path, inner = waiting.pop()
        for key, each in inner.items():
            if _CAPITAL(key):
                found.add("should/observable-dictionary-keys", (*path, key), "a key should be in small letters")
            if type(each) is dict and key not in tables.foreign_keys:
                waiting.append(((*path, key), each))


def check_container_keys(value: Object, found: Findings) -> None:
    """Keys of an observable container should be whole numbers (section 2.9)."""
    for key in value["objects"]:
        if not _KEY(key):
            found.add("should/observable-object-keys", ("objects", key), "a key should be a whole number")


def check_references(container: Mapping[str, Any], found: Findings, tables: Tables) -> None:
    """References between the objects of a container lead to an object in it, of the right type (section 2.13)."""
    for key, value in container.items():
        kind = value.get("type") if isinstance(value, dict) else None
        for (owner, *steps), allowed in tables.references.items():
            if owner == kind:
                for path, reference in _reach(value, steps, (key,)):
                    _check_reference(container, path, reference, allowed, found)


def _reach(value: Any, steps: list[str], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """What stands at the end of steps through properties and lists, with its path."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _reach(each, steps, (*path, number))
    elif not steps:
        yield path, value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _reach(value[steps[0]], steps[1:], (*path, steps[0]))


def _check_reference(
    container: Mapping[str, Any],
    path: tuple[str | int, ...],
    reference: object,
    allowed: tuple[str, ...],
    found: Findings,
) -> None:
    rule, place = "must/observable-object-references", ("objects", *path)
    target = container.get(reference) if isinstance(reference, str) else None
    if target is None:
        found.add(rule, place, f"no object of this container has the key {quote(reference)}")
    elif isinstance(target, dict) and target.get("type", allowed[0]) not in allowed:
        found.add(rule, place, f"must refer to an object of type {' or '.join(allowed)}")


# By type


def _check_character_set(value: Object, name: str, section: str, found: Findings, tables: Tables) -> None:
    text = value.get(name)
    if isinstance(text, str) and text not in tables.character_sets:
        message = f"{quote(text)} is no name of a character set that IANA prefers"
        found.add("must/character-set", (name,), message, section)


def _check_media_type(value: Object, section: str, found: Findings, tables: Tables) -> None:
    text = value.get("mime_type")
    if isinstance(text, str) and text.lower() not in tables.media_types:
        found.add("should/mime-type", ("mime_type",), f"{quote(text)} is no registered media type", section)


def _check_hashes(hashes: object, path: tuple[str | int, ...], found: Findings, tables: Tables) -> None:
    known = tables.vocabularies["hash-algo"].values
    for name in hashes if isinstance(hashes, dict) else ():
        if name not in known and not name.startswith("x_"):
            found.add("should/hash-algo", (*path, name), f"{quote(name)} is not in hash-algorithm-ov")


def _extension(value: Object, name: str) -> Object:
    extensions = value.get("extensions")
    extension = extensions.get(name) if isinstance(extensions, dict) else None
    return extension if isinstance(extension, dict) else {}


def _check_artifact(value: Object, found: Findings, tables: Tables) -> None:
    _check_media_type(value, "6.1.1", found, tables)
    _check_hashes(value.get("hashes"), ("hashes",), found, tables)


def _check_directory(value: Object, found: Findings, tables: Tables) -> None:
    _check_character_set(value, "path_enc", "6.3.1", found, tables)


def _check_file(value: Object, found: Findings, tables: Tables) -> None:
    _check_media_type(value, "6.7.1", found, tables)
    _check_character_set(value, "name_enc", "6.7.1", found, tables)
    _check_hashes(value.get("hashes"), ("hashes",), found, tables)
    if "extensions" not in value:
        return
    for number, stream in items(_extension(value, "ntfs-ext"), "alternate_data_streams"):
        place = ("extensions", "ntfs-ext", "alternate_data_streams", number, "hashes")
        _check_hashes(stream.get("hashes"), place, found, tables)
    documents = _extension(value, "pdf-ext").get("document_info_dict")
    for key in documents if isinstance(documents, dict) else ():
        if key not in tables.document_keys:
            message = f"{quote(key)} is no key of a document information dictionary"
            found.add("should/pdf-doc-info", ("extensions", "pdf-ext", "document_info_dict", key), message)
    _check_binary(_extension(value, "windows-pebinary-ext"), found, tables)


def _check_binary(binary: Object, found: Findings, tables: Tables) -> None:
    at = ("extensions", "windows-pebinary-ext")
    read_time(binary.get("time_date_stamp"), (*at, "time_date_stamp"), found)
    _check_hashes(binary.get("file_header_hashes"), (*at, "file_header_hashes"), found, tables)
    header = binary.get("optional_header")
    if isinstance(header, dict):
        _check_hashes(header.get("hashes"), (*at, "optional_header", "hashes"), found, tables)
    for number, part in items(binary, "sections"):
        _check_hashes(part.get("hashes"), (*at, "sections", number, "hashes"), found, tables)
    kind = binary.get("pe_type")
    if isinstance(kind, str) and kind not in tables.vocabularies["windows-pebinary-type"].values:
        message = f"{quote(kind)} is not in windows-pebinary-type-ov"
        found.add("should/windows-pebinary-type", (*at, "pe_type"), message)


def _check_traffic(value: Object, found: Findings, tables: Tables) -> None:
    if "src_port" not in value or "dst_port" not in value:
        found.add("should/network-traffic-ports", (), "should have both src_port and dst_port")
    protocols = value.get("protocols")
    for number, name in enumerate(protocols if isinstance(protocols, list) else ()):
        if isinstance(name, str) and name not in tables.protocols:
            found.add("should/protocols", ("protocols", number), f"{quote(name)} is no protocol that IANA lists")
    elements = value.get("ipfix")
    for name in elements if isinstance(elements, dict) else ():
        if name not in tables.flow_elements:
            found.add("should/ipfix", ("ipfix", name), f"{quote(name)} is no element of IPFIX")
    if "extensions" not in value:
        return
    headers = _extension(value, "http-request-ext").get("request_header")
    for name in headers if isinstance(headers, dict) else ():
        if name.lower() not in tables.headers:
            place = ("extensions", "http-request-ext", "request_header", name)
            found.add("should/http-request-headers", place, f"{quote(name)} is no known header of a request")
    options = _extension(value, "socket-ext").get("options")
    for name in options if isinstance(options, dict) else ():
        if name not in tables.socket_options:
            place = ("extensions", "socket-ext", "options", name)
            found.add("should/socket-options", place, f"{quote(name)} is no known socket option")


def _check_process(value: Object, found: Findings, tables: Tables) -> None:
    if uuid_version(value.get("id")) not in {0, 4}:
        found.add("must/process-id", ("id",), "the id of a process must hold a UUIDv4")
    priority = _extension(value, "windows-process-ext").get("priority")
    if isinstance(priority, str) and not _CLASS(priority):
        place = ("extensions", "windows-process-ext", "priority")
        found.add("should/windows-process-priority-format", place, "should end in _CLASS")


def _check_software(value: Object, found: Findings, tables: Tables) -> None:
    cpe = value.get("cpe")
    if isinstance(cpe, str) and not _CPE(cpe):
        found.add("must/cpe", ("cpe",), f"{quote(cpe)} is no CPE 2.3 name in its formatted form")
    languages = value.get("languages")
    for number, language in enumerate(languages if isinstance(languages, list) else ()):
        if isinstance(language, str) and not _is_software_language(language, tables):
            message = f"{quote(language)} is no language tag of RFC 5646"
            found.add("must/software-language", ("languages", number), message)


def _is_software_language(text: str, tables: Tables) -> bool:
    return is_language(text, tables) or text in tables.software_languages


def _check_certificate(value: Object, found: Findings, tables: Tables) -> None:
    _check_hashes(value.get("hashes"), ("hashes",), found, tables)
    inner = value.get("x509_v3_extensions")
    if isinstance(inner, dict):
        for name in ("private_key_usage_period_not_before", "private_key_usage_period_not_after"):
            read_time(inner.get(name), ("x509_v3_extensions", name), found)


CHECKS = {
    "artifact": _check_artifact,
    "directory": _check_directory,
    "file": _check_file,
    "network-traffic": _check_traffic,
    "process": _check_process,
    "software": _check_software,
    "x509-certificate": _check_certificate,
}
"""What is checked of objects of one type, by type."""
