"""Mithaq: the platform on which a regional collective-security organisation works.

What each room is for, and who may import whom, stands in `docs/architecture.md`.
"""

__version__ = "0.1.0"
