"""Canonical JSON against the reference implementation."""

import gzip

import orjson
import rfc8785

from benchmarks.measure import Row, Setting, best
from mithaq.model import decode_canonical, encode_canonical


def measure(setting: Setting) -> list[Row]:
    """Write, and read and write, the objects of ATT&CK for ICS."""
    data = gzip.decompress((setting.data / "attack" / "ics-attack-18.1.json.gz").read_bytes())
    values = orjson.loads(data)["objects"][: setting.count(1826) + 50]
    texts = [orjson.dumps(value) for value in values]
    ours = best(lambda: [encode_canonical(value) for value in values])
    theirs = best(lambda: [rfc8785.dumps(value) for value in values], 3)
    both = best(lambda: [decode_canonical(text) for text in texts])
    plain = best(lambda: [orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS) for text in texts])
    size = sum(map(len, texts)) / 1e6
    return [
        Row(
            "Canonical JSON written (ATT&CK for ICS)",
            f"{len(values) / ours:,.0f} objects/s, {size / ours:,.0f} MB/s",
            f"`rfc8785`: {len(values) / theirs:,.0f} objects/s",
            f"{theirs / ours:.1f} times as fast",
        ),
        Row(
            "JSON read, checked as I-JSON, written canonically",
            f"{len(values) / both:,.0f} objects/s",
            f"`orjson` without any check: {len(values) / plain:,.0f} objects/s",
            f"{both / plain:.1f} times the time",
        ),
    ]
