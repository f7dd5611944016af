"""`python -m tests.conformance.taxii URL …`: is this a TAXII 2.1 server? Exit 1 if a MUST fails, 0 if none does.

    python -m tests.conformance.taxii http://127.0.0.1:8470 --api-root /taxii2/api/ --token … --collection …

The collection must be one that the account may read and write. Objects are written to it and deleted in the end.
"""

import argparse
import os
import sys

from tests.conformance.taxii.report import as_json, as_text
from tests.conformance.taxii.run import failures, run_checks
from tests.conformance.taxii.suite import Target


def main() -> int:
    """Reads the command line, makes the checks and prints what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.taxii", description=__doc__.splitlines()[0])
    parser.add_argument("url", metavar="URL", help="the server, as http://127.0.0.1:8470")
    parser.add_argument("--collection", required=True, metavar="ID", help="to read and write")
    parser.add_argument("--api-root", metavar="PATH", help="a path or URL; else what the discovery says")
    parser.add_argument("--basic", metavar="USER:PASSWORD", help="or the environment variable TAXII_BASIC")
    parser.add_argument("--token", help="for Bearer; or the environment variable TAXII_TOKEN")
    parser.add_argument("--read-only-collection", metavar="ID", help="one that the account may only read")
    parser.add_argument("--write-only-collection", metavar="ID", help="one that the account may only write")
    parser.add_argument("--closed-collection", metavar="ID", help="one that the account may neither read nor write")
    parser.add_argument("--seed", type=int, help="makes the ids of the objects; else chance does")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for one answer (30)")
    parser.add_argument("--check", action="append", default=[], metavar="NAME", help="only these, by their beginnings")
    parser.add_argument("--all", action="store_true", help="show what passed too")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    basic, token = given.basic or os.environ.get("TAXII_BASIC"), given.token or os.environ.get("TAXII_TOKEN")
    user, _, password = (basic or "").partition(":")
    target = Target(
        given.url,
        given.collection,
        api_root=given.api_root,
        basic=(user, password) if basic else None,
        token=token,
        read_only=given.read_only_collection,
        write_only=given.write_only_collection,
        closed=given.closed_collection,
        seed=given.seed,
        timeout=given.timeout,
    )
    results = run_checks(target, given.check)
    print(as_json(results) if given.json else as_text(results, everything=given.all))
    return 1 if failures(results, "MUST") else 0


if __name__ == "__main__":
    sys.exit(main())
