"""A TAXII 2.1 conformance suite for any server, by URL: `python -m tests.conformance.taxii URL --help`.

It states what the OASIS Standard of 10 June 2021 asks of a server in sections 1.6 to 8, in the suite's own words, and
knows nothing of Mithaq: it speaks HTTP. A MUST is what the standard says with MUST, or what its endpoint tables,
which section 3.1 calls normative, or the RFCs that it builds on do; a SHOULD is what it recommends, or what follows
from it only by a reading. Where the standard leaves a choice the check accepts every choice.

    results = run_checks(Target("http://127.0.0.1:8470", collection, token=secret, api_root="/taxii2/api/"))
    assert not failures(results)
"""

from tests.conformance.taxii.checks import Result
from tests.conformance.taxii.report import kinds, summary
from tests.conformance.taxii.run import failures, run_checks
from tests.conformance.taxii.suite import Target

__all__ = ["Result", "Target", "failures", "kinds", "run_checks", "summary"]
