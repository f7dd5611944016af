"""`python -m benchmarks [--quick] [NAME…]`: measures and writes `docs/benchmarks.md`.

Each measurement says what was done, how fast, and against what. With `--quick` numbers are a hundredth, and nothing is
written: that only shows that the benchmarks work.
"""

import argparse
import contextlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import announcements, canonical, imports, million, taxii, validation
from benchmarks.measure import Row, Setting

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
MEASURES: dict[str, Callable[[Setting], list[Row]]] = {
    "canonical": canonical.measure,
    "import": imports.measure,
    "million": million.measure,
    "taxii": taxii.measure,
    "validation": validation.measure,
    # Last, for what it leaves in memory would be copied by the others' reading processes.
    "announcements": announcements.measure,
}


def machine() -> str:
    """What this ran on, in a line."""
    model = "unknown processor"
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def page(rows: list[Row]) -> str:
    """The page of all measurements."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Rates say how it is on one machine; the ratios, both sides measured in one run,",
        "carry over to another.",
        "",
        f"Machine: {machine()}. Date: {datetime.now(UTC):%Y-%m-%d}.",
        "",
        "| What | Measured | Against | Ratio |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.what} | {row.measured} | {row.against} | {row.ratio} |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MEASURES)}; without it all")
    parser.add_argument("--quick", action="store_true", help="small numbers, and nothing is written")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(MEASURES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    data = Path(os.environ.get("MITHAQ_TEST_DATA") or ROOT / ".." / "shared" / "data").resolve()
    if not data.is_dir():
        print(f"no shared data at {data} (MITHAQ_TEST_DATA names another place)", file=sys.stderr)
        return 1
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="mithaq-bench-") as folder:
        Path(folder).chmod(0o755)  # the database's own account walks through
        for name, measure in MEASURES.items():
            if chosen.names and name not in chosen.names:
                continue
            begun = time.monotonic()
            found = measure(Setting(Path(folder), data, quick=chosen.quick))
            for row in found:
                print(f"{row.what}: {row.measured} | {row.against} | {row.ratio}", flush=True)
            print(f"({name}: {time.monotonic() - begun:.0f} s)", flush=True)
            rows += found
    if not chosen.quick and not chosen.names:
        PAGE.write_text(page(rows), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
