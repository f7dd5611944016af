"""What a house rule would forbid and we keep, each with its reason. A rule and a subject as the rule reports them.

A line that no rule reports any more is itself an error: take it away.
"""

EXEMPT: dict[tuple[str, str], str] = {}
