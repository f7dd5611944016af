"""STIX 2.1 objects in which validation finds nothing, by a name, and a way to change them."""

import copy
from typing import Any

__all__ = ["DELETE", "OBJECTS", "changed"]

DELETE = object()
V4 = "d2ec5aab-808d-4492-890a-3c1a1e3cb06e"
V5 = "3c10e93f-798e-5a26-a0c1-08156efab7f5"
HASH = "a" * 32
TIME = "2016-12-21T20:00:00Z"
TLP_WHITE = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"


def _domain(kind: str, **properties: Any) -> dict[str, Any]:
    instant = "2016-04-06T20:03:48.000Z"
    common: dict[str, Any] = {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{V4}",
        "created": instant,
        "modified": instant,
    }
    return {**common, **properties}


def _observable(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"{kind}--{V5}", **properties}


OBJECTS: dict[str, dict[str, Any]] = {
    str(each["type"]): each
    for each in (
        _domain("attack-pattern", name="a", kill_chain_phases=[{"kill_chain_name": "k-c", "phase_name": "p-1"}]),
        _domain("campaign", name="a", first_seen=TIME, last_seen=TIME),
        _domain("grouping", context="malware-analysis", object_refs=[f"indicator--{V4}"]),
        _domain("identity", name="a", identity_class="organization", sectors=["energy"]),
        _domain(
            "indicator",
            name="a",
            description="b",
            indicator_types=["benign"],
            pattern="[ipv4-addr:value = '198.51.100.7']",
            pattern_type="stix",
            valid_from="2016-01-01T00:00:00Z",
            valid_until="2017-01-01T00:00:00Z",
        ),
        _domain("infrastructure", name="a", infrastructure_types=["botnet"]),
        _domain(
            "intrusion-set", name="a", resource_level="club", primary_motivation="ideology", goals=["b"], lang="tg"
        ),
        _domain(
            "location",
            region="central-asia",
            country="tj",
            lang="ru",
            external_references=[{"source_name": "a", "url": "https://x.example/", "hashes": {"MD5": HASH}}],
            granular_markings=[{"selectors": ["country", "external_references.[0].url"], "marking_ref": TLP_WHITE}],
        ),
        _domain(
            "malware",
            name="a",
            is_family=True,
            malware_types=["worm"],
            capabilities=["fingerprints-host"],
            architecture_execution_envs=["x86"],
            implementation_languages=["c++"],
        ),
        _domain("malware-analysis", product="a-b", result="benign"),
        _domain("relationship", relationship_type="uses", source_ref=f"malware--{V4}", target_ref=f"tool--{V4}"),
        _domain("report", name="a", report_types=["malware"], published=TIME, object_refs=[f"tool--{V4}"]),
        _domain("sighting", sighting_of_ref=f"indicator--{V4}", first_seen=TIME, last_seen=TIME),
        _domain("threat-actor", name="a", threat_actor_types=["hacker"], roles=["agent"], sophistication="expert"),
        _domain("tool", name="a", tool_types=["remote-access"]),
        _domain("vulnerability", name="a"),
        _domain(
            "language-content", object_ref=f"campaign--{V4}", object_modified=TIME, contents={"zh-Hans": {"name": "b"}}
        ),
        _domain(
            "extension-definition",
            created_by_ref=f"identity--{V4}",
            name="a",
            description="b",
            schema="https://x.example/",
            version="1",
            extension_types=["toplevel-property-extension"],
            extension_properties=["a_b"],
        ),
        _domain(
            "observed-data",
            first_observed=TIME,
            last_observed=TIME,
            number_observed=1,
            object_refs=[f"url--{V5}"],
        ),
        _domain("x-own", extensions={f"extension-definition--{V4}": {"extension_type": "new-sdo"}}, a_b=1),
        {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": f"marking-definition--{V4}",
            "created": "2016-04-06T20:03:48.000Z",
            "definition_type": "statement",
            "definition": {"statement": "a"},
        },
        _observable("artifact", mime_type="image/png", payload_bin="AAAA", hashes={"MD5": HASH}),
        _observable("autonomous-system", number=1),
        _observable("directory", path="/a", path_enc="UTF-8", ctime=TIME),
        _observable("domain-name", value="пример.рф"),
        _observable("email-addr", value="a@b.example"),
        _observable(
            "email-message",
            is_multipart=True,
            subject="a",
            date=TIME,
            body_multipart=[{"content_type": "text/plain", "body": "b"}],
        ),
        _observable(
            "file",
            name="a",
            hashes={"MD5": HASH},
            mime_type="text/plain",
            name_enc="UTF-8",
            extensions={
                "windows-pebinary-ext": {
                    "pe_type": "dll",
                    "time_date_stamp": TIME,
                    "file_header_hashes": {"MD5": HASH},
                    "optional_header": {"magic_hex": "01", "hashes": {"x_own": "a"}},
                    "sections": [{"name": "a", "hashes": {"MD5": HASH}}],
                },
                "ntfs-ext": {"sid": "1", "alternate_data_streams": [{"name": "a", "hashes": {"MD5": HASH}}]},
                "pdf-ext": {"version": "1.7", "document_info_dict": {"Title": "a"}},
                "raster-image-ext": {"exif_tags": {"Make": "a"}},
            },
        ),
        _observable("ipv4-addr", value="198.51.100.0/24"),
        _observable("mac-addr", value="d2:fb:49:24:37:18"),
        _observable(
            "network-traffic",
            src_ref=f"ipv4-addr--{V5}",
            start=TIME,
            end=TIME,
            src_port=1,
            dst_port=2,
            protocols=["tcp", "http", "tls"],
            ipfix={"minimumIpTotalLength": 32},
            extensions={
                "http-request-ext": {
                    "request_method": "get",
                    "request_value": "/",
                    "request_header": {"User-Agent": ["a"], "host": ["b"]},
                },
                "socket-ext": {"address_family": "AF_INET", "options": {"SO_DEBUG": 1}},
            },
        ),
        {
            "type": "process",
            "id": f"process--{V4}",
            "pid": 1,
            "created_time": TIME,
            "environment_variables": {"PATH": "a"},
            "extensions": {"windows-process-ext": {"priority": "HIGH_PRIORITY_CLASS"}},
        },
        _observable(
            "software", name="a", cpe="cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*", languages=["en", "tg", "deu"]
        ),
        _observable("url", value="https://x.example/a?b"),
        _observable("user-account", user_id="1", account_type="unix", account_created=TIME),
        _observable("windows-registry-key", key="HKEY_LOCAL_MACHINE\\a", values=[{"name": "a", "data_type": "REG_SZ"}]),
        _observable(
            "x509-certificate",
            serial_number="1",
            hashes={"MD5": HASH},
            validity_not_before=TIME,
            x509_v3_extensions={"private_key_usage_period_not_before": TIME},
        ),
    )
}
# An old object in the form that is kept for such: observables inside, of which only one has an id.
OBJECTS["container"] = _domain(
    "observed-data",
    first_observed=TIME,
    last_observed=TIME,
    number_observed=1,
    objects={
        "0": {"type": "domain-name", "value": "x.example", "resolves_to_refs": ["1"]},
        "1": {"type": "ipv4-addr", "id": f"ipv4-addr--{V5}", "value": "198.51.100.2"},
        "2": {"type": "network-traffic", "src_ref": "1", "protocols": ["tcp"], "src_port": 1, "dst_port": 2},
    },
)
OBJECTS["bundle"] = {"type": "bundle", "id": f"bundle--{V4}", "objects": [OBJECTS["url"], OBJECTS["tool"]]}


def changed(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The object called `name` with other values at places such as `objects/0/id`; `DELETE` takes one away."""
    made = copy.deepcopy(OBJECTS[name])
    for place, value in changes.items():
        inner: Any = made
        *steps, last = place.split("/")
        for step in steps:
            inner = inner[int(step)] if isinstance(inner, list) else inner[step]
        key = int(last) if isinstance(inner, list) else last
        if value is DELETE:
            del inner[key]
        else:
            inner[key] = value
    return made
