"""The demonstration: a fictional member's node in a temporary folder, looked at only from outside.

Every step is a command that a person could type, or a request that a program could make; what it gives is asserted.
With `check` the story ends there; otherwise the node stays open until Ctrl-C, and the screen says what to look at. The
demonstration set is MITRE ATT&CK for ICS where its file is at hand, and always a small set of ours, marked EXERCISE.
"""

from mithaq.demo.story import DemoFailed, run_demo

__all__ = ["DemoFailed", "run_demo"]
