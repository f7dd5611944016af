"""TLP: the fixed markings of both versions, and what a definition of one's own states."""

import json
from pathlib import Path
from typing import Any

import pytest

from mithaq.model import TLP_BY_MARKING, Tlp, strictest, tlp_of_definition
from mithaq.model.marking import TLP_EXTENSION

# STIX 2.1 section 7.2.1.4.
TLP_1 = {
    "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
# The OASIS extension for TLP 2.0.
TLP_2 = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
LEVELS = {
    "white": Tlp.CLEAR,
    "clear": Tlp.CLEAR,
    "green": Tlp.GREEN,
    "amber": Tlp.AMBER,
    "amber+strict": Tlp.AMBER_STRICT,
    "red": Tlp.RED,
}
OWN_ID = "marking-definition--a1111111-1111-4111-8111-111111111111"


def tlp_1(level: object, **more: object) -> dict[str, Any]:
    return {"id": OWN_ID, "definition_type": "tlp", "definition": {"tlp": level}, **more}


def tlp_2(level: object, extension: str = TLP_EXTENSION, **more: object) -> dict[str, Any]:
    properties = {"extension_type": "property-extension", "tlp_2_0": level}
    return {"id": OWN_ID, "extensions": {extension: properties}, **more}


def test_the_nine_fixed_markings() -> None:
    assert len(TLP_BY_MARKING) == 9
    for spelling in (TLP_1, TLP_2):
        assert {name: TLP_BY_MARKING[marking] for name, marking in spelling.items()} == {
            name: LEVELS[name] for name in spelling
        }


def test_tlp_2_is_written_with_the_labels_of_first() -> None:
    assert [level.label for level in Tlp] == ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
    assert [level.marking for level in Tlp] == [*TLP_2.values()]


@pytest.mark.parametrize(("name", "level"), LEVELS.items())
def test_both_spellings_under_an_id_of_ones_own(name: str, level: Tlp) -> None:
    assert tlp_of_definition(tlp_1(name)) is level
    assert tlp_of_definition(tlp_2(name)) is level
    assert tlp_of_definition(tlp_2(name.upper())) is level
    assert tlp_of_definition({"id": OWN_ID, "name": f"TLP:{name}"}) is level
    # Some producers use an extension id of their own.
    assert tlp_of_definition(tlp_2(name, "extension-definition--60477d8d-78ac-1058-8160-d776f9386f83")) is level


@pytest.mark.parametrize(
    "definition",
    [
        tlp_1("purple"),
        tlp_1(None),
        tlp_1(["green"]),
        {"definition_type": "tlp"},
        {"definition_type": "TLP", "definition": "green"},
        tlp_2("amber-strict"),
        tlp_2(4),
        {"extensions": {TLP_EXTENSION: "green"}},
        {"extensions": {TLP_EXTENSION: {}}},
        {"name": "TLP:EX:PURPLE"},
        # Where several are stated, the strictest counts: also against the fixed id of another level.
        tlp_1("green", name="TLP:RED"),
        tlp_1("red", extensions=tlp_2("clear")["extensions"]),
        tlp_1("white", id=TLP_2["red"]),
    ],
)
def test_what_calls_itself_tlp_and_cannot_be_read_is_red(definition: dict[str, Any]) -> None:
    assert tlp_of_definition(definition) is Tlp.RED


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"id": OWN_ID, "definition_type": "statement", "definition": {"statement": "Copyright", "tlp": "red"}},
        {"id": [], "definition_type": ["tlp"], "definition": [], "extensions": [], "name": 5},
        {"extensions": {"extension-definition--x": {"a": 1}}, "name": "TLP and more"},
    ],
)
def test_what_states_no_tlp_has_no_level(definition: dict[str, Any]) -> None:
    assert tlp_of_definition(definition) is None


def test_strictest() -> None:
    assert strictest([]) is None
    assert strictest([Tlp.GREEN, Tlp.AMBER_STRICT, Tlp.AMBER]) is Tlp.AMBER_STRICT


def test_shared_definitions(shared_data: Path) -> None:
    meta = shared_data / "stix" / "rstix" / "spec" / "meta"
    stated = {
        path.name: tlp_of_definition(json.loads(path.read_bytes())) for path in meta.glob("marking-definition-*.json")
    }
    assert stated == {
        "marking-definition-tlp-v1-white-stix21.json": Tlp.CLEAR,
        "marking-definition-tlp-v2-clear-stix21.json": Tlp.CLEAR,
        "marking-definition-with-common-props-stix21.json": None,
    }
    fixed = json.loads((meta / "marking-definition-tlp-v1-white-stix21.json").read_bytes())
    assert TLP_BY_MARKING[fixed["id"]] is Tlp.CLEAR
