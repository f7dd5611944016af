"""What a house rule would forbid and we keep, each with its reason. A rule and a subject as the rule reports them.

A line that no rule reports any more is itself an error: take it away.
"""

from collections.abc import Mapping

from tests.house.source import Violation

_WITNESS = (
    "half of what a witness does: it comes into use with `peers`, and is held by vectors and properties until then"
)
_IN_A_STRING = "the settings of Python's logging name it in a string"

EXEMPT: dict[tuple[str, str], str] = {
    ("reached", "mithaq.tlog.signed_checkpoint:add_signatures"): _WITNESS,
    ("reached", "mithaq.tlog.signed_checkpoint:cosign_checkpoint"): _WITNESS,
    ("reached", "mithaq.tlog.tiles:consistency_proof"): _WITNESS,
    ("reached", "mithaq.tlog.tiles:tiles_for_consistency"): _WITNESS,
    ("reached", "mithaq.tlog.tree:verify_consistency"): _WITNESS,
    ("reached", "mithaq.web.events:JsonLines"): _IN_A_STRING,
    ("exports", "mithaq.web.events:JsonLines"): _IN_A_STRING,
}


def unexcused(rule: str, violations: list[Violation], exempt: Mapping[tuple[str, str], str] = EXEMPT) -> list[str]:
    """What the exemptions leave of a rule's violations, and the exemptions from it that nothing needs any more."""
    left = [str(violation) for violation in violations if (rule, violation.subject) not in exempt]
    unused = {subject for name, subject in exempt if name == rule} - {violation.subject for violation in violations}
    return left + [f"the exemption of {subject} from {rule} is needed no more" for subject in sorted(unused)]
