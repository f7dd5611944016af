"""What STIX 2.1 recommends for objects of every kind; `observables` has the recommendations of section 6."""

import re
from typing import Any

from mithaq.wire.validation.finding import Findings, quote
from mithaq.wire.validation.musts import items
from mithaq.wire.validation.observables import uuid_version
from mithaq.wire.validation.tables import Extension, Tables, Vocabulary

__all__ = [
    "check_country",
    "check_custom_properties",
    "check_custom_type",
    "check_duplicates",
    "check_embedded",
    "check_extension_definition",
    "check_extensions",
    "check_hashes_of_references",
    "check_identifier",
    "check_indicator",
    "check_kill_chains",
    "check_marking_definition",
    "check_product",
    "check_relationship",
    "check_vocabulary",
    "check_words",
]

Object = dict[str, Any]

_PRODUCT = re.compile(r"[a-z0-9-]+").fullmatch
_NEW = frozenset({"new-sdo", "new-sco", "new-sro"})
_TOP = frozenset({"toplevel-property-extension"})
_INSIDE = frozenset({"property-extension"})
_DEFINED = "extension-definition--"


def _uses(value: Object, kinds: frozenset[str]) -> bool:
    extensions = value.get("extensions")
    if not isinstance(extensions, dict):
        return False
    stated = [each.get("extension_type") for each in extensions.values() if isinstance(each, dict)]
    return any(isinstance(each, str) and each in kinds for each in stated)


def check_identifier(value: Object, version: int, found: Findings) -> None:
    """The version of UUID that an id should hold: 5 for observables, else 4 (section 2.9)."""
    if uuid_version(value.get("id")) not in {0, version}:
        found.add("should/uuid-check", ("id",), f"should hold a UUIDv{version}")


def check_words(value: object, name: str, found: Findings) -> None:
    """Terms of open vocabularies should be in small letters with hyphens between words (section 2.14)."""
    for number, term in enumerate(value) if isinstance(value, list) else ((None, value),):
        if isinstance(term, str) and not _is_term(term):
            place = (name,) if number is None else (name, number)
            found.add("should/open-vocab-format", place, f"{quote(term)} should be in small letters, with hyphens")


def _is_term(text: str) -> bool:
    return text.islower() and "_" not in text and " " not in text


def check_vocabulary(value: object, name: str, rule: str, vocabulary: Vocabulary, found: Findings) -> None:
    """A term should come from the open vocabulary of its property (section 10)."""
    for number, term in enumerate(value) if isinstance(value, list) else ((None, value),):
        if isinstance(term, str) and term not in vocabulary.values:
            place = (name,) if number is None else (name, number)
            found.add(rule, place, f"{quote(term)} is not in {vocabulary.name}", vocabulary.section)


def check_kill_chains(value: Object, found: Findings) -> None:
    """Kill chains and their phases should be named in small letters, with hyphens between words (section 2.11)."""
    for number, phase in items(value, "kill_chain_phases"):
        for name in ("kill_chain_name", "phase_name"):
            text = phase.get(name)
            if isinstance(text, str) and not _is_term(text):
                message = f"{quote(text)} should be in small letters, with hyphens"
                found.add("should/kill-chain-names", ("kill_chain_phases", number, name), message)


def check_hashes_of_references(value: Object, found: Findings) -> None:
    """What an external reference's URL leads to should be hashed (section 2.5.1)."""
    listed = value["external_references"]
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        found.add("stix/common", ("external_references",), "must be a list of references")
    for number, reference in items(value, "external_references"):
        if "url" in reference and "hashes" not in reference:
            found.add("should/extref-hashes", ("external_references", number), "has a url and no hashes")


def check_relationship(value: Object, found: Findings, tables: Tables) -> None:
    """Relationships should be those that the specification defines (section 5.1)."""
    name, place = value.get("relationship_type"), ("relationship_type",)
    source, target = (str(value.get(each, "")).rpartition("--")[0] for each in ("source_ref", "target_ref"))
    if not isinstance(name, str) or not source or not target or name in tables.common_relationships:
        return
    rule = "should/relationship-types"
    if source not in tables.relationships:
        found.add(rule, place, f"{quote(source)} is no defined source of {quote(name)}")
    elif name not in tables.relationships[source]:
        found.add(rule, place, f"{quote(name)} is no defined relationship of {quote(source)}")
    elif target not in tables.relationships[source][name]:
        found.add(rule, place, f"{quote(target)} is no defined target of {quote(f'{source} {name}')}")


def check_marking_definition(value: Object, found: Findings) -> None:
    """A marking of a kind of one's own should be an extension (section 7.2.1)."""
    kind = value.get("definition_type")
    if "definition_type" in value and kind not in ("statement", "tlp"):
        found.add("should/marking-definition-type", ("definition_type",), "should be statement or tlp")
    if "extensions" not in value and kind not in ("statement", "tlp"):
        found.add("should/extensions-use", (), "a marking of one's own kind should be an extension")


def check_indicator(value: Object, found: Findings) -> None:
    """An indicator should have a name and a description (section 4.7.1)."""
    if "name" not in value or "description" not in value:
        found.add("should/indicator-properties", (), "should have both name and description")


def check_product(value: Object, found: Findings) -> None:
    """A product's name should be in small letters with hyphens between words (section 4.12.1)."""
    product = value.get("product")
    if isinstance(product, str) and not _PRODUCT(product):
        found.add("should/malware-analysis-product", ("product",), "should be in small letters, with hyphens")


def check_country(value: Object, found: Findings, tables: Tables) -> None:
    """A country should be a code of ISO 3166-1 alpha-2 (section 4.10.1)."""
    country = value.get("country")
    if isinstance(country, str) and country.upper() not in tables.countries:
        found.add("should/countries", ("country",), f"{quote(country)} is no code of ISO 3166-1 alpha-2")


def check_extension_definition(value: Object, found: Findings) -> None:
    """An extension definition should explain itself, and name the properties that it adds on top (section 7.3.1)."""
    if "description" not in value:
        found.add("should/extension-description", (), "should have a description")
    kinds = value.get("extension_types")
    if isinstance(kinds, list) and "toplevel-property-extension" in kinds and "extension_properties" not in value:
        found.add("should/extension-properties", (), "should name its extension_properties")


def check_custom_type(value: Object, found: Findings) -> None:
    """An object of a type of one's own should say which extension defines it (section 7.3)."""
    if not _uses(value, _NEW):
        found.add("should/extensions-use", ("type",), "a type of one's own should be an extension")


def check_custom_properties(value: Object, names: list[str], found: Findings) -> None:
    """Properties of one's own should come with the extension that defines them (section 7.3)."""
    if not _uses(value, _TOP):
        for name in names:
            found.add("should/extensions-use", (name,), "a property of one's own should be an extension's")


def check_embedded(value: object, name: str, known: frozenset[str], found: Findings) -> None:
    """The objects inside an observable have the properties that the specification gives them (section 7.3)."""
    for path, inner in _embedded(value, (name,)):
        for key in inner:
            if key not in known:
                found.add("should/extensions-use", (*path, key), "a property of one's own should be an extension's")


def _embedded(value: object, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Object]]:
    listed = [((*path, number), each) for number, each in enumerate(value)] if isinstance(value, list) else []
    return [(where, each) for where, each in [*listed, (path, value)] if isinstance(each, dict)]


def check_extensions(value: Object, known: dict[str, Extension], found: Findings) -> None:
    """Extensions of an observable are the predefined ones or come with their definition (sections 3.10, 7.3)."""
    extensions = value.get("extensions")
    if not isinstance(extensions, dict):
        return
    for key, extension in extensions.items():
        if key in known:
            for name in extension if isinstance(extension, dict) else ():
                place = ("extensions", key, name)
                if name not in known[key].properties:
                    found.add("should/extensions-use", place, "a property of one's own should be an extension's")
                elif name in known[key].embedded:
                    for path, inner in _embedded(extension[name], place):
                        for each in sorted(set(inner) - known[key].embedded[name]):
                            message = "a property of one's own should be an extension's"
                            found.add("should/extensions-use", (*path, each), message)
        elif not key.startswith(_DEFINED) and not _uses(value, _INSIDE):
            found.add("should/extensions-use", ("extensions", key), "an extension of one's own should be defined")


def check_duplicates(objects: list[Any], found: Findings) -> None:
    """Two objects of a bundle with one id should have different versions (section 3.6.1)."""
    seen: dict[str, set[str]] = {}
    for number, each in enumerate(objects):
        if isinstance(each, dict):
            identifier, modified = each.get("id"), each.get("modified")
            if isinstance(identifier, str) and isinstance(modified, str):
                versions = seen.setdefault(identifier, set())
                if modified in versions:
                    place = ("objects", number, "modified")
                    found.add(
                        "should/duplicate-ids", place, f"another object of the bundle is this version of {identifier}"
                    )
                versions.add(modified)
