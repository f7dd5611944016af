"""What the server counts, for Prometheus: requests by route and status, their duration, the log's size.

Workers count on their own, each into files of the folder `metrics` of the node, and whichever is asked adds all up
(prometheus-client's multiprocess mode); counts outlive a worker that fails. No number is about a record, an audience
or a token.
"""

import os
from pathlib import Path

__all__ = ["Measures", "clear_measures"]

BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def clear_measures(folder: Path) -> None:
    """Make the folder for a new run of the server: counts begin at nothing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in folder.glob("*.db"):
        path.unlink()


class Measures:
    """The counters of one worker; made after it was forked, before anything else imports prometheus-client."""

    def __init__(self, folder: Path, version: str) -> None:
        # The library looks at this variable when it is imported, and takes nothing else for an answer.
        os.environ[_VARIABLE] = str(folder)
        from prometheus_client import Counter, Histogram

        self._version = version
        self._requests = Counter(
            "mithaq_http_requests_total",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=None,
        )
        self._seconds = Histogram(
            "mithaq_http_request_seconds",
            "Time from a request's head to its answer's end.",
            ("route",),
            buckets=BUCKETS,
            registry=None,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def encode(self, log_size: int) -> bytes:
        """What all workers counted, in the Prometheus text format; `log_size` is the own log's, from the database."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
        from prometheus_client.multiprocess import MultiProcessCollector
        from prometheus_client.registry import Collector

        version = self._version

        class Asked(Collector):
            """What is not counted but known when it is asked for."""

            def collect(self) -> list[Metric]:
                return [
                    GaugeMetricFamily("mithaq_log_size", "Entries of the node's own log.", value=log_size),
                    InfoMetricFamily("mithaq_version", "The running Mithaq.", value={"version": version}),
                ]

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(Asked())
        return generate_latest(registry)
