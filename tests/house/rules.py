"""All house rules under their names. `test_house.py` runs them here, `test_rules_catch.py` shows each one a breach."""

from tests.house import codes, documents, purity, shape
from tests.house.source import Rule

RULES: dict[str, Rule] = {
    "purity": purity.purity,
    "contracts": purity.contracts,
    "sizes": shape.sizes,
    "names": shape.names,
    "exports": shape.exports,
    "reached": shape.reached,
    "examples": shape.examples,
    "error-codes": codes.error_codes,
    "error-words": codes.error_words,
    "reference-pages": codes.reference_pages,
    "links": documents.links,
    "hosts": documents.hosts,
    "words": documents.words,
    "dependencies": documents.dependencies,
    "settings": documents.settings,
    "routes": documents.routes,
}
