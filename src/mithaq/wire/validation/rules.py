"""The names of all rules that are no keyword of JSON Schema: how grave a breach is, and the section of STIX 2.1.

`must/` are requirements that the schema files can't state, `should/` recommendations, under the names by which
`stix2-validator` switches them on and off. `docs/validation.md` says what each one asks for.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

__all__ = ["RULES", "Rule"]


class Rule(NamedTuple):
    """How grave a breach is, and where STIX 2.1 says so; a type of object may have a section of its own."""

    severity: Literal["error", "warning"]
    section: str


def _error(section: str) -> Rule:
    return Rule("error", section)


def _warning(section: str) -> Rule:
    return Rule("warning", section)


RULES: Mapping[str, Rule] = {
    "stix/object": _error("3.2"),
    "stix/version": _error("3.2"),
    "stix/common": _error("3.2"),
    "stix/container": _error("2.13"),
    "limit/findings": _warning(""),
    "limit/depth": _error(""),
    "must/timestamp": _error("2.16"),
    "must/timestamp-compare": _error("3.2"),
    "must/observable-timestamp-compare": _error("6.12.1"),
    "must/object-marking-circular-refs": _error("7.2.2"),
    "must/granular-markings-circular-refs": _error("7.2.3"),
    "must/marking-selector": _error("7.2.3"),
    "must/observable-object-references": _error("2.13"),
    "must/character-set": _error("6.7.1"),
    "must/language": _error("3.2"),
    "must/software-language": _error("6.14.1"),
    "must/pattern": _error("9"),
    "must/cpe": _error("6.14.1"),
    "must/language-contents": _error("7.1.1"),
    "must/uuid-version": _error("2.9"),
    "must/process-id": _error("6.13"),
    "should/uuid-check": _warning("2.9"),
    "should/open-vocab-format": _warning("2.14"),
    "should/kill-chain-names": _warning("2.11"),
    "should/observable-object-keys": _warning("2.9"),
    "should/observable-dictionary-keys": _warning("2.3"),
    "should/malware-analysis-product": _warning("4.12.1"),
    "should/windows-process-priority-format": _warning("6.13.2"),
    "should/marking-definition-type": _warning("7.2.1"),
    "should/relationship-types": _warning("5.1"),
    "should/duplicate-ids": _warning("3.6.1"),
    "should/account-type": _warning("10.1"),
    "should/attack-motivation": _warning("10.2"),
    "should/attack-resource-level": _warning("10.3"),
    "should/grouping-context": _warning("10.6"),
    "should/hash-algo": _warning("10.7"),
    "should/identity-class": _warning("10.8"),
    "should/implementation-languages": _warning("10.9"),
    "should/indicator-types": _warning("10.10"),
    "should/industry-sector": _warning("10.11"),
    "should/infrastructure-types": _warning("10.12"),
    "should/malware-result": _warning("10.13"),
    "should/malware-capabilities": _warning("10.14"),
    "should/malware-types": _warning("10.15"),
    "should/indicator-pattern-types": _warning("10.19"),
    "should/processor-architecture": _warning("10.20"),
    "should/region": _warning("10.21"),
    "should/report-types": _warning("10.22"),
    "should/threat-actor-types": _warning("10.23"),
    "should/threat-actor-role": _warning("10.24"),
    "should/threat-actor-sophistication": _warning("10.25"),
    "should/tool-types": _warning("10.26"),
    "should/windows-pebinary-type": _warning("10.28"),
    "should/mime-type": _warning("6.7.1"),
    "should/protocols": _warning("6.12.1"),
    "should/ipfix": _warning("6.12.1"),
    "should/http-request-headers": _warning("6.12.2"),
    "should/socket-options": _warning("6.12.4"),
    "should/pdf-doc-info": _warning("6.7.4"),
    "should/countries": _warning("4.10.1"),
    "should/network-traffic-ports": _warning("6.12.1"),
    "should/extref-hashes": _warning("2.5.1"),
    "should/indicator-properties": _warning("4.7.1"),
    "should/deprecated-properties": _warning("4.14.1"),
    "should/extension-description": _warning("7.3.1"),
    "should/extension-properties": _warning("7.3.1"),
    "should/extensions-use": _warning("7.3"),
}
