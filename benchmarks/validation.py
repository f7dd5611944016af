"""Validation of STIX objects, against `stix2-validator` on the same objects."""

import gzip
import json
import logging
import random
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import orjson

from benchmarks.measure import Row, Setting, best
from mithaq.wire.validation import Validator

INDICATORS = 10_000
SAMPLE = 200


def measure(setting: Setting) -> list[Row]:
    """ATT&CK for ICS with all findings, and generated indicators from their bytes to their findings."""
    from mithaq.node.validation import load_validator

    validator = load_validator()
    repeats = setting.count(5)
    packed = (setting.data / "attack" / "ics-attack-18.1.json.gz").read_bytes()
    attack: list[dict[str, Any]] = json.loads(gzip.decompress(packed))["objects"]
    drawn = random.Random(1)
    lines = [orjson.dumps(indicator(drawn)) for _ in range(setting.count(INDICATORS))]
    samples = (drawn.sample(attack, min(SAMPLE, setting.count(len(attack)))), [*map(orjson.loads, lines[:SAMPLE])])
    ours = (
        len(attack) / best(partial(_validate, validator, attack), repeats),
        len(lines) / best(partial(_read, validator, lines), repeats),
    )
    theirs = tuple(len(sample) / _once(partial(_ask, sample)) for sample in samples)
    whats = (
        f"ATT&CK for ICS is validated, {len(attack):,} objects, all findings",
        f"{len(lines):,} indicators are read from their bytes and validated, patterns parsed",
    )
    return [
        Row(
            what,
            f"{mine:,.0f} objects/s",
            f"stix2-validator, a sample: {other:,.0f} objects/s",
            f"{mine / other:,.0f} times",
        )
        for what, mine, other in zip(whats, ours, theirs, strict=True)
    ]


def indicator(drawn: random.Random) -> dict[str, Any]:
    """An indicator as feeds have them: an address, a hash, a domain, a URL, or two of them."""
    kinds: tuple[Callable[[], str], ...] = (
        lambda: f"ipv4-addr:value = '198.51.{drawn.randrange(256)}.{drawn.randrange(256)}'",
        lambda: f"file:hashes.'SHA-256' = '{drawn.randbytes(32).hex()}'",
        lambda: f"domain-name:value = 'h{drawn.randrange(10**6)}.example'",
        lambda: f"url:value = 'https://h{drawn.randrange(10**6)}.example/a?b={drawn.randrange(100)}'",
    )
    parts = [drawn.choice(kinds)() for _ in range(2 if drawn.random() < 0.1 else 1)]
    instant = f"2026-{drawn.randrange(1, 13):02}-{drawn.randrange(1, 29):02}T05:00:00.{drawn.randrange(1000):03}Z"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{drawn.randbytes(4).hex()}-0000-4000-8000-{drawn.randbytes(6).hex()}",
        "created_by_ref": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "created": instant,
        "modified": instant,
        "name": f"Seen {drawn.randrange(10**6)}",
        "description": "Seen in traffic of a member.",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[{' OR '.join(parts)}]",
        "pattern_type": "stix",
        "valid_from": instant,
        "labels": ["feed"],
        "confidence": drawn.randrange(101),
    }


def _validate(validator: Validator, values: list[dict[str, Any]]) -> None:
    for value in values:
        validator.validate(value)


def _read(validator: Validator, lines: list[bytes]) -> None:
    for line in lines:
        if validator.validate(orjson.loads(line)):
            raise ValueError("a generated indicator is not as it should be")


def _ask(values: list[dict[str, Any]]) -> None:
    stix2validator = import_module("stix2validator")
    options = stix2validator.ValidationOptions()
    for value in values:
        stix2validator.validate_instance(value, options)


def _once(work: Callable[[], object]) -> float:
    """Seconds of a run after one that loads what it needs."""
    logging.getLogger("stix2validator").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work()
        begun = time.perf_counter()
        work()
    return time.perf_counter() - begun
