"""Validation: every rule with an object that breaks it and one that does not, places, limits, Mithaq's own types."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from mithaq.model import Tlp, adopt_charter
from mithaq.node.validation import load_validator
from mithaq.wire.validation import MAX_FINDINGS, RULES, Finding
from tests.unit.stix_objects import DELETE, OBJECTS, TLP_WHITE, V4, V5, changed

VALIDATOR = load_validator()
EXTENSIONS = "extensions/windows-pebinary-ext"
NEVER = "2016-02-30T00:00:00.000Z"
SELF = f"marking-definition--{V4}"

BREACHES: list[tuple[str, str, dict[str, Any], str]] = [
    ("stix/object", "tool", {"id": DELETE}, ""),
    ("stix/object", "bundle", {"objects/0": "a"}, "/objects/0"),
    ("stix/version", "tool", {"spec_version": "2.0"}, "/spec_version"),
    ("stix/common", "url", {"created": "yesterday"}, "/created"),
    ("stix/common", "url", {"modified": 1}, "/modified"),
    ("stix/common", "url", {"external_references": ["a"]}, "/external_references"),
    ("stix/container", "container", {"objects/0": 1}, "/objects/0"),
    ("stix/container", "container", {"objects/0/id": 1}, "/objects/0/id"),
    ("must/timestamp", "campaign", {"created": NEVER}, "/created"),
    ("must/timestamp", "campaign", {"first_seen": "2015-12-31T23:58:60Z"}, "/first_seen"),
    (
        "must/timestamp",
        "file",
        {f"{EXTENSIONS}/time_date_stamp": "2016-02-30T00:00:00Z"},
        f"/{EXTENSIONS}/time_date_stamp",
    ),
    ("must/timestamp", "container", {"objects/2/start": NEVER}, "/objects/2/start"),
    (
        "must/timestamp",
        "x509-certificate",
        {"x509_v3_extensions/private_key_usage_period_not_before": NEVER},
        "/x509_v3_extensions/private_key_usage_period_not_before",
    ),
    ("must/timestamp-compare", "tool", {"created": "2016-04-06T20:03:48.0001Z"}, "/modified"),
    ("must/timestamp-compare", "campaign", {"last_seen": "2016-12-21T19:59:59.9Z"}, "/last_seen"),
    ("must/timestamp-compare", "indicator", {"valid_until": "2016-01-01T00:00:00.00Z"}, "/valid_until"),
    ("must/observable-timestamp-compare", "network-traffic", {"end": "2016-12-21T19:00:00Z"}, "/end"),
    (
        "must/object-marking-circular-refs",
        "marking-definition",
        {"object_marking_refs": [SELF]},
        "/object_marking_refs/0",
    ),
    (
        "must/granular-markings-circular-refs",
        "marking-definition",
        {"granular_markings": [{"selectors": ["definition"], "marking_ref": SELF}]},
        "/granular_markings/0/marking_ref",
    ),
    (
        "must/marking-selector",
        "location",
        {"granular_markings/0/selectors/0": "name"},
        "/granular_markings/0/selectors/0",
    ),
    (
        "must/marking-selector",
        "location",
        {"granular_markings/0/selectors/1": "external_references.[1].url"},
        "/granular_markings/0/selectors/1",
    ),
    (
        "must/marking-selector",
        "location",
        {"granular_markings/0/selectors/0": "country.[0]"},
        "/granular_markings/0/selectors/0",
    ),
    (
        "must/observable-object-references",
        "container",
        {"objects/0/resolves_to_refs": ["7"]},
        "/objects/0/resolves_to_refs/0",
    ),
    ("must/observable-object-references", "container", {"objects/2/src_ref": "2"}, "/objects/2/src_ref"),
    ("must/character-set", "directory", {"path_enc": "utf8"}, "/path_enc"),
    ("must/character-set", "file", {"name_enc": "windows-9999"}, "/name_enc"),
    ("must/language", "location", {"lang": "klingon"}, "/lang"),
    ("must/language", "location", {"lang": "eng"}, "/lang"),
    ("must/language", "location", {"lang": 1}, "/lang"),
    (
        "must/language",
        "location",
        {"granular_markings/0": {"selectors": ["country"], "lang": "q1"}},
        "/granular_markings/0/lang",
    ),
    ("must/software-language", "software", {"languages/1": "xx"}, "/languages/1"),
    ("must/pattern", "indicator", {"pattern": "[ipv4-addr:value = ]"}, "/pattern"),
    ("must/cpe", "software", {"cpe": "cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*:and more"}, "/cpe"),
    ("must/language-contents", "language-content", {"contents": {"xx": {"name": "a"}}}, "/contents/xx"),
    ("must/language-contents", "language-content", {"contents": {"ru": {"A b": "a"}}}, "/contents/ru/A b"),
    ("must/language-contents", "language-content", {"contents": {"ru": "a"}}, "/contents/ru"),
    ("must/uuid-version", "user-account", {"user_id": DELETE, "account_type": DELETE}, "/id"),
    ("must/process-id", "process", {"id": f"process--{V5}"}, "/id"),
    ("should/uuid-check", "tool", {"id": f"tool--{V5}"}, "/id"),
    ("should/uuid-check", "url", {"id": f"url--{V4}"}, "/id"),
    ("should/open-vocab-format", "tool", {"tool_types/0": "Remote Access"}, "/tool_types/0"),
    ("should/open-vocab-format", "marking-definition", {"definition_type": "a_b"}, "/definition_type"),
    (
        "should/kill-chain-names",
        "attack-pattern",
        {"kill_chain_phases/0/phase_name": "P 1"},
        "/kill_chain_phases/0/phase_name",
    ),
    ("should/observable-object-keys", "container", {"objects/a": {"type": "url", "value": "urn:a"}}, "/objects/a"),
    ("should/observable-dictionary-keys", "ipv4-addr", {"x_Own": 1}, "/x_Own"),
    ("should/malware-analysis-product", "malware-analysis", {"product": "A b"}, "/product"),
    (
        "should/windows-process-priority-format",
        "process",
        {"extensions/windows-process-ext/priority": "HIGH"},
        "/extensions/windows-process-ext/priority",
    ),
    ("should/marking-definition-type", "marking-definition", {"definition_type": "own"}, "/definition_type"),
    ("should/relationship-types", "relationship", {"relationship_type": "knows"}, "/relationship_type"),
    ("should/relationship-types", "relationship", {"source_ref": f"note--{V4}"}, "/relationship_type"),
    ("should/relationship-types", "relationship", {"target_ref": f"note--{V4}"}, "/relationship_type"),
    ("should/duplicate-ids", "bundle", {"objects/0": OBJECTS["tool"]}, "/objects/1/modified"),
    ("should/account-type", "user-account", {"account_type": "own"}, "/account_type"),
    ("should/attack-motivation", "intrusion-set", {"primary_motivation": "own"}, "/primary_motivation"),
    ("should/attack-resource-level", "intrusion-set", {"resource_level": "own"}, "/resource_level"),
    ("should/grouping-context", "grouping", {"context": "own"}, "/context"),
    ("should/hash-algo", "file", {"hashes": {"md5": "a"}}, "/hashes/md5"),
    ("should/hash-algo", "artifact", {"hashes": {"md5": "a"}}, "/hashes/md5"),
    (
        "should/hash-algo",
        "file",
        {f"{EXTENSIONS}/sections/0/hashes": {"md5": "a"}},
        f"/{EXTENSIONS}/sections/0/hashes/md5",
    ),
    (
        "should/hash-algo",
        "file",
        {"extensions/ntfs-ext/alternate_data_streams/0/hashes": {"md5": "a"}},
        "/extensions/ntfs-ext/alternate_data_streams/0/hashes/md5",
    ),
    ("should/identity-class", "identity", {"identity_class": "own"}, "/identity_class"),
    (
        "should/implementation-languages",
        "malware",
        {"implementation_languages/0": "own"},
        "/implementation_languages/0",
    ),
    ("should/indicator-types", "indicator", {"indicator_types/0": "own"}, "/indicator_types/0"),
    ("should/industry-sector", "identity", {"sectors/0": "own"}, "/sectors/0"),
    ("should/infrastructure-types", "infrastructure", {"infrastructure_types/0": "own"}, "/infrastructure_types/0"),
    ("should/malware-result", "malware-analysis", {"result": "own"}, "/result"),
    ("should/malware-capabilities", "malware", {"capabilities/0": "own"}, "/capabilities/0"),
    ("should/malware-types", "malware", {"malware_types/0": "own"}, "/malware_types/0"),
    ("should/indicator-pattern-types", "indicator", {"pattern_type": "own"}, "/pattern_type"),
    (
        "should/processor-architecture",
        "malware",
        {"architecture_execution_envs/0": "own"},
        "/architecture_execution_envs/0",
    ),
    ("should/region", "location", {"region": "own"}, "/region"),
    ("should/report-types", "report", {"report_types/0": "own"}, "/report_types/0"),
    ("should/threat-actor-types", "threat-actor", {"threat_actor_types/0": "own"}, "/threat_actor_types/0"),
    ("should/threat-actor-role", "threat-actor", {"roles/0": "own"}, "/roles/0"),
    ("should/threat-actor-sophistication", "threat-actor", {"sophistication": "own"}, "/sophistication"),
    ("should/tool-types", "tool", {"tool_types/0": "own"}, "/tool_types/0"),
    ("should/windows-pebinary-type", "file", {f"{EXTENSIONS}/pe_type": "own"}, f"/{EXTENSIONS}/pe_type"),
    ("should/mime-type", "file", {"mime_type": "text/own"}, "/mime_type"),
    ("should/mime-type", "artifact", {"mime_type": "image/own"}, "/mime_type"),
    ("should/protocols", "network-traffic", {"protocols/1": "no-such-thing"}, "/protocols/1"),
    ("should/ipfix", "network-traffic", {"ipfix": {"own": 1}}, "/ipfix/own"),
    (
        "should/http-request-headers",
        "network-traffic",
        {"extensions/http-request-ext/request_header": {"Own": ["a"]}},
        "/extensions/http-request-ext/request_header/Own",
    ),
    (
        "should/socket-options",
        "network-traffic",
        {"extensions/socket-ext/options": {"SO_OWN": 1}},
        "/extensions/socket-ext/options/SO_OWN",
    ),
    (
        "should/pdf-doc-info",
        "file",
        {"extensions/pdf-ext/document_info_dict": {"own": "a"}},
        "/extensions/pdf-ext/document_info_dict/own",
    ),
    ("should/countries", "location", {"country": "xx"}, "/country"),
    ("should/network-traffic-ports", "network-traffic", {"dst_port": DELETE}, ""),
    ("should/extref-hashes", "location", {"external_references/0/hashes": DELETE}, "/external_references/0"),
    ("should/indicator-properties", "indicator", {"description": DELETE}, ""),
    ("should/deprecated-properties", "observed-data", {"object_refs": DELETE, "objects": {}}, "/objects"),
    ("should/extension-description", "extension-definition", {"description": DELETE}, ""),
    ("should/extension-properties", "extension-definition", {"extension_properties": DELETE}, ""),
    ("should/extensions-use", "tool", {"own": 1}, "/own"),
    ("should/extensions-use", "url", {"lang": "en"}, "/lang"),
    ("should/extensions-use", "x-own", {"extensions": DELETE}, "/type"),
    ("should/extensions-use", "file", {f"{EXTENSIONS}/own": 1}, f"/{EXTENSIONS}/own"),
    ("should/extensions-use", "file", {f"{EXTENSIONS}/sections/0/own": 1}, f"/{EXTENSIONS}/sections/0/own"),
    ("should/extensions-use", "file", {"extensions/own-ext": {"a_b": 1}}, "/extensions/own-ext"),
    ("should/extensions-use", "email-message", {"body_multipart/0/own": 1}, "/body_multipart/0/own"),
    ("should/extensions-use", "marking-definition", {"definition_type": "own"}, ""),
]


def find(value: Any, rule: str) -> list[Finding]:
    return [each for each in VALIDATOR.validate(value) if each.rule == rule]


@pytest.mark.parametrize("name", OBJECTS.keys() - {"container"})
def test_nothing_is_found_in_these(name: str) -> None:
    assert VALIDATOR.validate(OBJECTS[name]) == []
    assert VALIDATOR.is_valid(OBJECTS[name])


def test_a_container_is_only_old() -> None:
    found = VALIDATOR.validate(OBJECTS["container"])
    assert [(each.rule, each.pointer) for each in found] == [("should/deprecated-properties", "/objects")]


@pytest.mark.parametrize(("rule", "name", "changes", "pointer"), BREACHES)
def test_each_rule_finds_its_breach(rule: str, name: str, changes: dict[str, Any], pointer: str) -> None:
    assert not find(OBJECTS[name], rule)
    value = changed(name, changes)
    found = find(value, rule)
    assert pointer in [each.pointer for each in found]
    assert all(each.severity == RULES[rule].severity and each.section and each.message for each in found)
    assert VALIDATOR.is_valid(value) == all(each.severity == "warning" for each in VALIDATOR.validate(value))


def test_every_rule_has_its_breach_here() -> None:
    limits = {"limit/findings", "limit/depth"}
    assert {rule for rule, *_ in BREACHES} == RULES.keys() - limits


@pytest.mark.parametrize(
    ("name", "changes", "rule", "pointer", "section", "message"),
    [
        ("tool", {"name": DELETE}, "required", "", "4.18", "name is required"),
        ("tool", {"created": DELETE}, "required", "", "3.2", "created is required"),
        ("tool", {"name": 1}, "type", "/name", "4.18", "must be a string"),
        (
            "tool",
            {"created": "2016-04-06T20:03:48Z"},
            "pattern",
            "/created",
            "3.2",
            "is not precise to the millisecond",
        ),
        ("tool", {"id": "tool--1"}, "pattern", "/id", "2.9", "is no identifier"),
        ("tool", {"id": f"note--{V4}"}, "pattern", "/id", "2.9", "must begin with tool--"),
        ("tool", {"labels": []}, "minItems", "/labels", "3.2", "must not be empty"),
        ("tool", {"confidence": 101}, "maximum", "/confidence", "3.2", "must be at most 100"),
        ("tool", {"x_own": None}, "anyOf", "/x_own", "4.18", "must not be null"),
        ("tool", {"Own": 1}, "additionalProperties", "", "3.1", "names that are not allowed here: “Own”"),
        ("tool", {"severity": 1}, "not", "", "3.8", "uses a reserved name: severity"),
        ("tool", {"type": "x-other"}, "pattern", "/id", "2.9", ""),
        ("url", {"value": "no uri"}, "format", "/value", "6.15", "is no URI"),
        ("email-addr", {"value": "a@b"}, "format", "/value", "6.5", "is no e-mail address"),
        ("domain-name", {"value": "a b"}, "format", "/value", "6.4", "is no domain name"),
        ("location", {"country": DELETE, "region": DELETE}, "anyOf", "", "4.10", ""),
        ("location", {"external_references/0": {"source_name": "a"}}, "oneOf", "/external_references/0", "2.5", ""),
        ("bundle", {"objects": []}, "minItems", "/objects", "8.1", "must not be empty"),
        ("bundle", {"objects/1/name": DELETE}, "required", "/objects/1", "4.18", "name is required"),
        ("container", {"objects/1/value": "a"}, "pattern", "/objects/1/value", "6.8", ""),
    ],
)
def test_shapes_are_said_in_words(
    name: str, changes: dict[str, Any], rule: str, pointer: str, section: str, message: str
) -> None:
    if changes == {"type": "x-other"}:
        changes = {"type": "x-other", "id": "Other"}
    found = find(changed(name, changes), f"schema/{rule}")
    assert (pointer, section) in [(each.pointer, each.section) for each in found]
    assert any(message in each.message for each in found)
    assert not VALIDATOR.is_valid(changed(name, changes))


@pytest.mark.parametrize(
    "value", [None, 1, "a", [], {}, {"type": "tool"}, {"id": f"tool--{V4}"}, {"type": [], "id": ""}]
)
def test_what_is_no_object_is_refused(value: object) -> None:
    assert [each.rule for each in VALIDATOR.validate(value)] == ["stix/object"]


def test_pointers_are_escaped() -> None:
    value = changed("file", {"extensions/pdf-ext/document_info_dict": {"a~b/c": "d"}})
    assert "/extensions/pdf-ext/document_info_dict/a~0b~1c" in [each.pointer for each in VALIDATOR.validate(value)]


def test_findings_are_cut_off_errors_first() -> None:
    value = changed("tool", {f"own_{number}": 1 for number in range(300)} | {"name": 1})
    found = VALIDATOR.validate(value)
    assert len(found) == MAX_FINDINGS + 1
    assert (found[0].pointer, found[0].severity) == ("/name", "error")
    assert (found[-1].rule, found[-1].message) == ("limit/findings", "201 more findings are not listed")


def test_objects_inside_objects_have_a_bottom() -> None:
    value: dict[str, Any] = {"type": "x-own", "id": f"x-own--{V4}"}
    for _ in range(200):
        value = {"type": "x-own", "id": f"x-own--{V4}", "inner": [value]}
    assert find(value, "limit/depth")


def test_long_texts_are_shown_in_part_and_on_one_line() -> None:
    found = find(changed("location", {"lang": "\x1b[31m\n" + "x" * 500}), "must/language")
    assert found[0].message.isprintable()
    assert len(found[0].message) < 200


def test_a_granular_marking_names_a_marking_or_a_language() -> None:
    both = {"selectors": ["country"], "lang": "ru", "marking_ref": TLP_WHITE}
    assert VALIDATOR.is_valid(changed("location", {"granular_markings": [{"selectors": ["country"], "lang": "ru"}]}))
    assert not VALIDATOR.is_valid(changed("location", {"granular_markings": [both]}))
    assert not VALIDATOR.is_valid(changed("location", {"granular_markings": [{"selectors": ["country"]}]}))


@pytest.mark.parametrize(
    "language", ["en", "RU-ru", "zh-Hans", "sr-Latn-RS", "ky-Cyrl-KG-x-own", "nso", "de-1996", "es-419"]
)
def test_languages_of_rfc_5646(language: str) -> None:
    assert VALIDATOR.validate(changed("location", {"lang": language})) == []


@pytest.mark.parametrize(
    "language", ["", "e", "xx", "eng", "zh_CN", "en-", "en-x", "en-a", "ns", "en" * 200, None, ["en"]]
)
def test_what_is_no_language(language: object) -> None:
    assert find(changed("location", {"lang": language}), "must/language")


def test_times_are_compared_as_moments() -> None:
    fine = {"created": "2016-04-06T20:03:48.500000000Z", "modified": "2016-04-06T20:03:48.500Z"}
    assert VALIDATOR.validate(changed("tool", fine)) == []
    leap = {"first_seen": "2016-12-31T23:59:60Z", "last_seen": "2017-01-01T00:00:00Z"}
    assert VALIDATOR.validate(changed("campaign", leap)) == []


def test_own_types_have_their_shape() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    charter = adopt_charter(1, "0" * 64, author=f"identity--{V5}", unique=uuid.UUID(V4), now=now)
    receipt = {**charter, "type": "mithaq-receipt", "id": f"mithaq-receipt--{V4}"}
    receipt |= {"log": "a.example/log", "from": 0, "to": 2, "root": "0" * 64, "held": [[0, "1" * 64]], "purged": [1]}
    withdrawal = {**charter, "type": "mithaq-withdrawal", "id": f"mithaq-withdrawal--{V4}"}
    withdrawal |= {"target": {"log": "a.example/log", "index": 0, "commitment": "1" * 64}, "from": ["own"]}
    withdrawal |= {"scope": "record", "reason": "a", "object_marking_refs": [Tlp.GREEN.marking]}
    for value in (receipt, withdrawal):
        del value["version"]
        del value["charter"]
    for value, wrong in (
        (charter, {"version": 0}),
        (charter, {"charter": "abc"}),
        (receipt, {"held": [[0]]}),
        (receipt, {"from": -1}),
        (withdrawal, {"scope": "world"}),
        (withdrawal, {"from": []}),
    ):
        assert VALIDATOR.validate(value) == []
        found = VALIDATOR.validate({**value, **wrong})
        assert found
        assert all(each.section == "" for each in found)
    assert find({**withdrawal, "own": 1}, "should/extensions-use")
