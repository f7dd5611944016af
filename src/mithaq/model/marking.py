"""Traffic Light Protocol markings: both STIX spellings of TLP 1 and TLP 2.0 are read, TLP 2.0 is written.

TLP 1 stands in STIX 2.1 section 7.2.1.4 (four fixed marking-definition objects of `definition_type` *tlp*); TLP 2.0 in
the OASIS extension `extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d` with five fixed ones. A producer may
also give such a definition an id of its own: then the definition object itself says the level. What a level allows is
decided in `release`.

>>> Tlp.AMBER_STRICT.label
'TLP:AMBER+STRICT'
>>> Tlp.RED > Tlp.AMBER
True
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["TLP_BY_MARKING", "TLP_EXTENSION", "Tlp", "strictest", "tlp_of_definition"]

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


class Tlp(enum.IntEnum):
    """The five levels of TLP 2.0, the laxest first, so that *stricter* is *greater* (FIRST, TLP 2.0)."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """The label exactly as FIRST prints it."""
        return _PREFIX + self.name.replace("_", "+")

    @property
    def marking(self) -> str:
        """The id of the fixed TLP 2.0 marking-definition object."""
        return _WRITTEN[self]


_WRITTEN = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

TLP_BY_MARKING: Mapping[str, Tlp] = {
    **{identifier: level for level, identifier in _WRITTEN.items()},
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,  # TLP:WHITE of TLP 1
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
}
"""The level of each fixed marking-definition id, of TLP 1 and TLP 2.0."""

_PREFIX = "TLP:"
_LEVELS = {"WHITE": Tlp.CLEAR} | {level.label.removeprefix(_PREFIX): level for level in Tlp}


def tlp_of_definition(definition: Mapping[str, Any]) -> Tlp | None:
    """The TLP level that a marking-definition object states, in either spelling; None if it states none.

    Producers differ, so it is looked for wherever one states it: the fixed id, TLP 1's `definition`, `tlp_2_0` in any
    extension, a name that begins with "TLP:". The strictest counts. A definition that calls itself TLP but names no
    level we know is RED: a label that can't be read fails closed.
    """
    stated: list[object] = []
    fixed = TLP_BY_MARKING.get(str(definition.get("id")))
    if fixed is not None:
        stated.append(fixed.label)
    kind, inner = definition.get("definition_type"), definition.get("definition")
    if isinstance(kind, str) and kind.lower() == "tlp":
        stated.append(inner.get("tlp") if isinstance(inner, dict) else None)
    extensions = definition.get("extensions")
    for identifier, extension in extensions.items() if isinstance(extensions, dict) else ():
        held = extension if isinstance(extension, dict) else {}
        if identifier == TLP_EXTENSION or "tlp_2_0" in held:
            stated.append(held.get("tlp_2_0"))
    name = definition.get("name")
    if isinstance(name, str) and name.upper().startswith(_PREFIX):
        stated.append(name)
    return strictest(_read_level(text) for text in stated)


def _read_level(text: object) -> Tlp:
    return _LEVELS.get(text.strip().upper().removeprefix(_PREFIX), Tlp.RED) if isinstance(text, str) else Tlp.RED


def strictest(levels: Iterable[Tlp]) -> Tlp | None:
    """The strictest of several levels, None of none."""
    return max(levels, default=None)
