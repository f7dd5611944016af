"""Limits of body and time, headers of every answer, who called: what the gate holds, whatever is behind it."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from mithaq.errors import Malformed
from mithaq.web.answers import spoken_language
from mithaq.web.gate import SAFE, decode_proxies, find_client
from tests.serving import MadeNode, ServedNode, indicator, make_node, until

LIMIT = 200_000
SECONDS = 1.5
RECORDS = "/api/v1/records"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> MadeNode:
    return make_node(tmp_path_factory.mktemp("limits") / "dara")


@pytest.fixture(scope="module")
def narrow(small: MadeNode) -> Iterator[ServedNode]:
    """A server that takes little, for a short time, behind a proxy on this machine."""
    limits = {"MAX_BODY": str(LIMIT), "READ_SECONDS": str(SECONDS), "PROXIES": "127.0.0.1 192.0.2.0/24"}
    with small.served("--public-log", environment=limits) as served:
        yield served


def speak(served: ServedNode, *parts: bytes | float) -> bytes:
    """Send bytes, and wait where a number of seconds stands; what came back until the server closed."""
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), timeout=20) as connection:
        for part in parts:
            if isinstance(part, float):
                time.sleep(part)
            else:
                connection.sendall(part)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def head(served: ServedNode, path: str, *lines: str, method: str = "POST", role: str = "analyst") -> bytes:
    start = [
        f"{method} {path} HTTP/1.1",
        "Host: x",
        "Connection: close",
        f"Authorization: Bearer {served.tokens[role]}",
    ]
    return "\r\n".join([*start, *lines, "", ""]).encode()


def verdict(answer: bytes) -> tuple[int, str]:
    """Status and code of an error that came over a bare connection."""
    first, _, rest = answer.partition(b"\r\n")
    return int(first.split(b" ")[1]), json.loads(rest.partition(b"\r\n\r\n")[2])["error"]["code"]


def body_of(size: int) -> bytes:
    body = json.dumps({"objects": [indicator()], "to": ["own"]}).encode()
    return body[:-1] + b" " * (size - len(body)) + b"}"


def chunked(data: bytes, piece: int = 10_000) -> bytes:
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    return b"".join([b"%x\r\n%s\r\n" % (len(each), each) for each in pieces]) + b"0\r\n\r\n"


def test_a_body_of_exactly_the_limit_is_taken(narrow: ServedNode) -> None:
    with narrow.client("analyst") as client:
        assert client.post(RECORDS, content=body_of(LIMIT)).status_code == 201
    answer = speak(narrow, head(narrow, RECORDS, "Transfer-Encoding: chunked"), chunked(body_of(LIMIT)))
    assert answer.startswith(b"HTTP/1.1 201 ")


def test_one_byte_more_is_refused_stated_or_in_chunks(narrow: ServedNode) -> None:
    with narrow.client("analyst") as client:
        for path in (RECORDS, "/api/v1/preview"):
            refused = client.post(path, content=body_of(LIMIT + 1))
            assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body-too-large"), path
    answer = speak(narrow, head(narrow, RECORDS, "Transfer-Encoding: chunked"), chunked(body_of(LIMIT + 1)))
    assert verdict(answer) == (413, "body-too-large")


def test_a_stated_length_beyond_the_limit_is_refused_before_a_byte_is_read(narrow: ServedNode) -> None:
    begun = time.monotonic()
    answer = speak(narrow, head(narrow, RECORDS, "Content-Length: 99999999999"))
    assert verdict(answer) == (413, "body-too-large")
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize("lines", [("Content-Length: 1000",), ("Transfer-Encoding: chunked",)])
def test_a_slow_body_is_not_waited_for(narrow: ServedNode, lines: tuple[str, ...]) -> None:
    pieces = [b"5\r\n     \r\n" if "chunked" in lines[0] else b"     "] * 3
    begun = time.monotonic()
    trickle = [part for piece in pieces for part in (piece, 0.3)]
    answer = speak(narrow, head(narrow, RECORDS, *lines), *trickle)
    assert verdict(answer) == (408, "body-slow")
    assert SECONDS * 0.9 < time.monotonic() - begun < SECONDS + 8


def test_a_slow_head_is_not_waited_for(narrow: ServedNode) -> None:
    begun = time.monotonic()
    assert speak(narrow, b"GET /health/live HTTP/1.1\r\nHo") == b""
    assert time.monotonic() - begun < SECONDS + 8


def test_who_is_refused_hears_why_though_the_body_is_still_coming(narrow: ServedNode) -> None:
    with narrow.client() as client:
        for size in (10, 100_000, 900_000):
            answer = client.post(RECORDS, content=b"x" * size)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token-missing")
            assert client.get("/health/live").status_code == 200


def test_pipelined_and_kept_connections_do_not_mix_bodies(narrow: ServedNode) -> None:
    one = head(narrow, RECORDS, "Content-Length: 5").replace(b"Connection: close\r\n", b"") + b"abcde"
    two = head(narrow, "/health/live", method="GET")
    answer = speak(narrow, one + two)
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"HTTP/1.1 200 " in answer


ANSWERS = [
    ("GET", "/log/checkpoint", 200),
    ("GET", "/log/tile/0/000.p/1", 200),
    ("GET", "/log/tile/0/999", 404),
    ("GET", "/log/tile/0/000.p/0", 400),
    ("GET", "/health/live", 200),
    ("GET", RECORDS, 401),
    ("GET", "/", 404),
    ("GET", "/api/v1/records/", 404),
    ("GET", "//log/checkpoint", 404),
    ("DELETE", RECORDS, 405),
    ("POST", "/log/checkpoint", 405),
    ("OPTIONS", "/api/v1/uploads/x", 405),
    ("BREW", "/nothing", 404),
    ("GET", "/api/v1/openapi.yaml", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_safe_headers(narrow: ServedNode, method: str, path: str, status: int) -> None:
    with narrow.client() as client:
        answer = client.request(method, path, headers={"Host": "evil.example"})
    assert answer.status_code == status
    for name, value in SAFE.items():
        if name != "cache-control":
            assert answer.headers.get_list(name) == [value], name
    assert len(answer.headers["x-request-id"]) == 16
    assert "evil" not in answer.text + str(answer.headers)
    if status >= 400:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["error"]["code"]
    if status == 405:
        assert answer.headers["allow"] in {"GET, HEAD", "GET, HEAD, POST", "GET, HEAD, PATCH"}


def test_strict_transport_is_asked_for_where_the_public_address_is_https(own: MadeNode) -> None:
    with own.served(environment={"URL": "https://node.example/"}) as served, served.client("analyst") as client:
        answer = client.get("/api/v1/charter")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.json()["url"] == "https://node.example/"
        begun = client.post("/api/v1/uploads", json={"size": 1, "sha256": "0" * 64})
        assert begun.headers["location"].startswith("https://node.example/api/v1/uploads/")
    with own.served() as served, served.client() as client:
        assert "strict-transport-security" not in client.get("/api/v1/charter").headers


def test_the_log_is_kept_for_ever_but_for_its_checkpoint(narrow: ServedNode, served: ServedNode) -> None:
    with narrow.client() as client:
        assert client.get("/log/checkpoint").headers["cache-control"] == "no-store"
        assert client.get("/log/checkpoint").headers["content-type"] == "text/plain; charset=utf-8"
        for tile in ("0/000.p/1", "entries/000.p/1"):
            answer = client.get(f"/log/tile/{tile}")
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"] == "application/octet-stream"
            assert client.get(f"/log/tile/{tile}", headers={"Authorization": "Bearer wrong"}).status_code == 200
    with served.client("auditor") as client:
        answer = client.get("/log/tile/0/000.p/1")
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Authorization"


# Languages


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ar", "ar"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, fr;q=0.9", "en"),
        ("en;q=0.1, ar;q=0.2", "ar"),
        ("ru;q=0", "en"),
        ("ru;q=x, ar", "ar"),
        ("AR-eg", "ar"),
        ("ru;q=7", "en"),
        ("ru;q=nan", "en"),
        (",,;;,", "en"),
    ],
)
def test_errors_speak_the_language_that_is_asked_for(narrow: ServedNode, accepted: str, language: str) -> None:
    assert spoken_language(accepted) == language
    with narrow.client() as client:
        answer = client.get(RECORDS, headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == language
    assert Malformed("parameter").title("en")  # the catalogue is there
    titles = {"en": "This needs a token.", "ru": "Для этого нужен токен.", "ar": "يلزم لهذا رمز دخول."}
    assert answer.json()["error"]["title"] == titles[language]


# Who called


def test_a_forwarding_header_counts_only_from_a_configured_proxy(narrow: ServedNode, served: ServedNode) -> None:
    def client_of(server: ServedNode, stated: str) -> str:
        with server.client() as client:
            answer = client.get("/health/live", headers={"X-Forwarded-For": stated})
        number = answer.headers["x-request-id"]
        # The line is written just after the answer.
        (event,) = until(lambda: [each for each in server.events() if each.get("request_id") == number])
        return str(event["client"])

    assert client_of(narrow, "203.0.113.9, 192.0.2.5") == "203.0.113.9"
    assert client_of(served, "203.0.113.9") == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "stated", "found"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", [b"203.0.113.9"], "203.0.113.9"),
        ("198.51.100.1", [b"203.0.113.9"], "198.51.100.1"),
        ("192.0.2.1", [b"6.6.6.6, 203.0.113.9, 192.0.2.7"], "203.0.113.9"),
        ("192.0.2.1", [b"6.6.6.6", b"203.0.113.9"], "203.0.113.9"),
        ("192.0.2.1", [b"not an address"], "192.0.2.1"),
        ("192.0.2.1", [b""], "192.0.2.1"),
        ("192.0.2.1", [b"192.0.2.2, 192.0.2.3"], "192.0.2.2"),
        ("2001:db8::1", [b"::1"], "::1"),
        ("", [b"203.0.113.9"], ""),
    ],
)
def test_find_client(peer: str, stated: list[bytes], found: str) -> None:
    proxies = decode_proxies(["192.0.2.0/24", "2001:db8::1"])
    scope = {"client": (peer, 1) if peer else None, "headers": [(b"x-forwarded-for", each) for each in stated]}
    assert find_client(scope, proxies) == found


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(Malformed) as raised:
        decode_proxies(["localhost"])
    assert (raised.value.code, raised.value.place) == ("settings-malformed", "proxies")


def test_metrics_count_by_route_and_say_nothing_else(narrow: ServedNode) -> None:
    with narrow.client("auditor") as client:
        assert client.get(f"{RECORDS}/{'0' * 64}").status_code == 404
        text = client.get("/metrics").text
    wanted = 'mithaq_http_requests_total{method="GET",route="/api/v1/records/{commitment}",status="404"} 1.0'
    assert wanted in text.splitlines()
    size = next(line for line in text.splitlines() if line.startswith("mithaq_log_size "))
    with httpx2.Client(verify=False) as client:
        assert float(size.split()[1]) == int(client.get(f"{narrow.url}/log/checkpoint").text.split("\n")[1])
    labels = {part.split("=")[0] for line in text.splitlines() if "{" in line for part in line.split("{")[1].split(",")}
    assert {each for each in labels if each.isidentifier()} <= {"method", "route", "status", "le", "version"}
    for secret in ("dara/", "analyst", "0" * 64, *narrow.tokens.values()):
        assert secret not in text


def test_many_large_bodies_at_once_are_taken_one_after_the_other(narrow: ServedNode) -> None:
    def send(number: int) -> int:
        with narrow.client("analyst") as client:
            return client.post(RECORDS, content=body_of(LIMIT - number)).status_code

    with ThreadPoolExecutor(40) as threads:
        assert {*threads.map(send, range(40))} == {201}


def test_publishers_who_dawdle_do_not_keep_readers_waiting(narrow: ServedNode) -> None:
    dawdling = [socket.create_connection(("127.0.0.1", int(narrow.url.rpartition(":")[2]))) for _ in range(20)]
    for connection in dawdling:
        connection.sendall(head(narrow, RECORDS, "Content-Length: 1000") + b"x")
    begun = time.monotonic()
    with narrow.client("analyst") as client:
        assert client.get(RECORDS).status_code == 200
    assert time.monotonic() - begun < SECONDS
    for connection in dawdling:
        connection.close()
