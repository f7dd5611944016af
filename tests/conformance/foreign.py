"""Logs judged by `foreign_verifier.go`, that is by `golang.org/x/mod/sumdb`: in a folder, or served.

The fixture `foreign_verifier` is a `ForeignVerifier`, or its test skips.
"""

import base64
import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


def encoded(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


@dataclass
class Proofs:
    """Proofs under one checkpoint, in the form that the verifier reads."""

    inclusion: list[dict[str, Any]] = field(default_factory=list)
    consistency: list[dict[str, Any]] = field(default_factory=list)

    def add_inclusion(self, index: int, hashes: Iterable[bytes]) -> None:
        self.inclusion.append({"index": index, "hashes": encoded(hashes)})

    def add_consistency(self, size: int, root: bytes, hashes: Iterable[bytes]) -> None:
        self.consistency.append({"size": size, "root": encoded([root])[0], "hashes": encoded(hashes)})

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps({"inclusion": self.inclusion, "consistency": self.consistency}))
        return path


class Verdict(NamedTuple):
    """Whether the log was accepted, and the verifier's words: what it verified, or why it refused."""

    accepted: bool
    words: str


@dataclass(frozen=True)
class ForeignVerifier:
    """The compiled program."""

    program: Path

    def judge_folder(self, folder: Path, vkey: str, proofs: Path | None = None) -> Verdict:
        """The log whose files lie in `folder`."""
        return self._run("-vkey", vkey, *self._given(proofs), str(folder))

    def judge_served(self, url: str, vkey: str, token: str = "", proofs: Path | None = None) -> Verdict:
        """The log that is served below `url`; `token` is sent with every request."""
        return self._run("-vkey", vkey, *self._given(proofs), "-url", url, "-token", token)

    @staticmethod
    def _given(proofs: Path | None) -> list[str]:
        return ["-proofs", str(proofs)] if proofs else []

    def _run(self, *words: str) -> Verdict:
        done = subprocess.run([self.program, *words], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode in (0, 1), done.stderr
        return Verdict(done.returncode == 0, done.stdout.strip())
