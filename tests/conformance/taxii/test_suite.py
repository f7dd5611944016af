"""The suite itself: what it registers, what it tells, and that a server which is not there ends no run."""

import contextlib
import http.server
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.conformance.taxii import Result, Target, failures, kinds, run_checks, summary
from tests.conformance.taxii.answers import TAXII, Answer, instant, is_uuid4, media_type
from tests.conformance.taxii.checks import CHECKS, MUST, Failed, check
from tests.conformance.taxii.material import Material
from tests.conformance.taxii.report import as_json, as_text
from tests.serving import free_port


def test_checks_have_names_of_their_own_and_known_sections() -> None:
    assert not [name for name, count in Counter(each.name for each in CHECKS).items() if count > 1]
    assert {each.section.split(".")[0] for each in CHECKS} == {"1", "2", "3", "4", "5", "7", "8"}
    with pytest.raises(TypeError, match="two checks"):
        check("3.4", MUST)(_named(CHECKS[0].name))


def _named(name: str) -> Callable[..., None]:
    def function() -> None:
        """It states something."""

    function.__name__ = name
    return function


def test_a_server_that_is_not_there_fails_and_nothing_raises() -> None:
    target = Target(f"http://127.0.0.1:{free_port()}", Material(1).uuid(), api_root="/api/", token="none", seed=1)
    results = run_checks(target)
    assert len(results) == len(CHECKS)
    assert {each.outcome for each in results} == {"fail", "skip"}
    assert "discovery_place" in failures(results, "MUST")
    assert "next_can_be_used_again" not in failures(results)  # it had nothing to read


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"[]",
        b'{"status": 1, "failure_count": 0, "id": [], "title": {}}',
        b'{"objects": [1], "collections": [1], "versions": [1], "api_roots": [1], "more": true, "next": 1}',
        b'{"objects": [{}], "collections": [{}], "versions": [{}], "failure_count": 0, "successes": [1], "more": true}',
    ],
)
def test_a_server_that_answers_nonsense_fails_and_nothing_raises(body: bytes) -> None:
    with _answering(body) as url:
        results = run_checks(Target(url, Material(1).uuid(), api_root="/api/", token="none", seed=1))
    assert len(results) == len(CHECKS)
    assert len(failures(results, "MUST")) > 50


@contextlib.contextmanager
def _answering(body: bytes) -> Iterator[str]:
    """A server that says the same to everything."""

    class Same(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # one packet for an answer, or each waits for an acknowledgement

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(202 if self.command == "POST" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
        setattr(Same, f"do_{method}", Same.answer)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Same) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_reports_tell_what_failed_and_hide_credentials() -> None:
    target = Target(f"http://127.0.0.1:{free_port()}", Material(1).uuid(), token="secret-word", seed=1)
    results = run_checks(target, ["discovery_place", "tls_1_2"])
    assert summary(results) == {"pass": 0, "fail MUST": 1, "fail SHOULD": 0, "skip": 1}
    assert kinds(results, "MUST") == ["discovery_place"]
    told = json.loads(as_json(results))
    assert told["failed"] == ["discovery_place"]
    text = as_text(results)
    assert "GET /taxii2/" in text
    assert "2 checks: 0 pass, 1 fail MUST, 0 fail SHOULD, 1 skip" in text
    assert "secret-word" not in text + as_json(results)


def test_kinds_count_a_check_at_several_endpoints_once() -> None:
    results = [Result(f"date_headers[{one}]", "3.2", MUST, "It states.", "fail") for one in ("objects", "manifest")]
    assert kinds(results) == ["date_headers"]
    assert failures(results) == ["date_headers[manifest]", "date_headers[objects]"]


def test_the_same_seed_makes_the_same_objects() -> None:
    assert Material(5).indicator() == Material(5).indicator()
    assert Material(5).indicator() != Material(6).indicator()


def test_media_types_are_read_as_http_reads_them() -> None:
    assert media_type('Application/TAXII+JSON ; Version="2.1"') == media_type(TAXII)
    Answer("", 200, {"content-type": "application/taxii+json; version=2.1"}, b"{}").expect_taxii()
    for wrong in ("application/taxii+json", "application/json;version=2.1", ""):
        with pytest.raises(Failed, match="Content-Type"):
            Answer("", 200, {"content-type": wrong}, b"{}").expect_taxii()


def test_identifiers_are_uuids_of_version_4() -> None:
    assert is_uuid4("91a7b528-80eb-42ed-a74d-c6fbd5a26116")
    for wrong in ("91a7b528-80eb-52ed-a74d-c6fbd5a26116", "91a7b52880eb42eda74dc6fbd5a26116", "nonsense", None):
        assert not is_uuid4(wrong)


def test_times_of_any_precision_are_compared_as_times() -> None:
    assert instant("2026-01-05T08:30:00Z") == instant("2026-01-05T08:30:00.000000Z")
    with pytest.raises(Failed):
        instant("yesterday")
