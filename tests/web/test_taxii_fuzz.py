"""Whatever is sent below `/taxii2/`: never an answer of 5xx, never another media type, never a secret, never the end.

Requests are made of parts that are right more often than wrong, so that each wrong part also comes alone. What only the
running server knows (tokens, ids, a `next`) stands in them as a word in braces.
"""

import base64
import gzip
import http.client
import json
import socket
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.serving import ServedNode, indicator, make_node

TAXII = "application/taxii+json;version=2.1"
POSTED = "/taxii2/api/collections/own/objects/"
EXAMPLES = 300
TORTURE = 20_000
FORBIDDEN = ("Traceback", "psycopg", "SELECT ", "postgres", ".py", "Exception", "/tmp/", "0x7f")
few = settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Sent:
    """A request as it is sent; `pieces` is 0 where the body's length is stated, else it comes in so many chunks."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pieces: int = 0


class Prey:
    """A server under fire, over one connection, and what its requests may name."""

    def __init__(self, server: ServedNode) -> None:
        self.server = server
        self.port = int(server.url.rpartition(":")[2])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.names = {f"{{{role}}}": token for role, token in server.tokens.items()}
        self.names |= {
            f"{{basic-{role}}}": base64.b64encode(f"{role}:{token}".encode()).decode()
            for role, token in server.tokens.items()
        }
        self.victims: list[str] = []
        self.names["{status}"] = self.store(100)["id"]
        self.names["{object}"] = self.victims.pop()
        with server.client("analyst") as client:
            for each in client.get("/taxii2/api/collections/").json()["collections"]:
                self.names[f"{{{each['title']}}}"] = each["id"]
            self.names["{next}"] = client.get(POSTED, params={"limit": 2}).json()["next"]

    def store(self, count: int) -> dict[str, Any]:
        """New objects, which may be deleted; the status."""
        made = [indicator() for _ in range(count)]
        with self.server.client("analyst") as client:
            body, kind = json.dumps({"objects": made}), {"Content-Type": TAXII}
            status: dict[str, Any] = client.post(POSTED, content=body, headers=kind).json()
        self.victims += [each["id"] for each in made]
        return status

    def named(self, text: str) -> str:
        """The text with what its words in braces stand for."""
        for word, meaning in self.names.items():
            text = text.replace(word, meaning)
        if "{victim}" in text:
            if not self.victims:
                self.store(100)
            text = text.replace("{victim}", self.victims[-1])
        return text

    def answer(self, sent: Sent) -> tuple[int, http.client.HTTPMessage, bytes]:
        """What the server says; a connection that it has closed meanwhile is opened again, once."""
        try:
            return self._answer(sent)
        except (ConnectionError, http.client.HTTPException):
            self.connection.close()
            return self._answer(sent)

    def _answer(self, sent: Sent) -> tuple[int, http.client.HTTPMessage, bytes]:
        line = self.connection
        line.putrequest(sent.method, self.named(sent.target), skip_host=True, skip_accept_encoding=True)
        if not any(name.lower() == "host" for name, _ in sent.headers):
            line.putheader("Host", "127.0.0.1")
        for name, value in sent.headers:
            line.putheader(name, self.named(value).encode("latin-1", "replace"))
        if sent.pieces:
            step = max(1, len(sent.body) // sent.pieces)
            line.putheader("Transfer-Encoding", "chunked")
            chunks = [sent.body[at : at + step] for at in range(0, len(sent.body), step)]
            line.endheaders(iter(chunks), encode_chunked=True)
        else:
            line.putheader("Content-Length", str(len(sent.body)))
            line.endheaders(sent.body)
        heard = line.getresponse()
        return heard.status, heard.headers, heard.read()

    def judge(self, sent: Sent) -> int:
        """Send a request and hold the answer to what all answers must be; its status."""
        status, headers, body = self.answer(sent)
        assert status < 500, (status, body)
        assert headers["content-type"] == TAXII, (status, dict(headers), body)
        assert "x-request-id" in headers
        told = f"{headers}\n{body.decode()}"
        secrets = [value for role in self.server.tokens for value in (self.names[f"{{{role}}}"].rpartition("_")[2],)]
        assert not [each for each in (*secrets, *FORBIDDEN) if each in told], told
        if sent.method == "HEAD" or (sent.method == "DELETE" and status == 200):
            assert body == b""
        elif status < 400:
            self._judge_resource(json.loads(body))
        else:
            self._judge_error(status, headers, json.loads(body))
        if sent.method == "DELETE" and status == 200 and "{victim}" in sent.target:
            self.victims.pop()
        return status

    @staticmethod
    def _judge_resource(value: Any) -> None:
        assert isinstance(value, dict)
        assert ("next" in value) == value.get("more", False)

    @staticmethod
    def _judge_error(status: int, headers: http.client.HTTPMessage, value: Any) -> None:
        assert value["http_status"] == str(status)
        assert value["title"]
        assert value["description"]
        assert ("www-authenticate" in headers) == (status == 401)
        assert ("allow" in headers) == (status == 405)


@pytest.fixture(scope="module")
def prey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prey]:
    with make_node(tmp_path_factory.mktemp("fuzz") / "dara").served(workers=2) as served:
        workers, prey = served.workers(), Prey(served)
        yield prey
        prey.connection.close()
        with served.client("analyst") as client:
            for _ in workers:
                body = json.dumps({"objects": [indicator()]})
                url, kind = "/taxii2/api/collections/own/objects/", {"Content-Type": TAXII}
                assert client.post(url, content=body, headers=kind).json()["success_count"] == 1
                assert client.get(url, params={"limit": 3}).status_code == 200
        assert served.workers() == workers, "a worker died"
        told = served.events()
    assert not [each for each in told if each.get("level") in {"error", "critical"} or each["event"] == "unexpected"]


# Parts

COLLECTIONS = ("{own}", "{all}", "{inbox}", "own", "all", "inbox")
SHAPES = (
    "/taxii2/",
    "/taxii2/api/",
    "/taxii2/api/status/S/",
    "/taxii2/api/collections/",
    "/taxii2/api/collections/C/",
    "/taxii2/api/collections/C/manifest/",
    "/taxii2/api/collections/C/objects/",
    "/taxii2/api/collections/C/objects/O/",
    "/taxii2/api/collections/C/objects/O/versions/",
)
ODD = (
    "%00", "%2F", "%2e%2e", "..", ".", "%ff", "%ed%a0%80", "%c0%af", "%F0%9F%9C%82", "%E2%80%AE", "%0d%0aX:%20y",
    "%25", "%", "%zz", "*", "'", "';--", "{object}%00", "{object}%20", "{object}/", "{own}%00", "OWN", "%7B%7D",
    "indicator--", "x" * 9000, "indicator--00000000-0000-0000-0000-000000000000", "indicator--" + "0" * 20_000,
    "00000000-0000-0000-0000-000000000000", "{analyst}", "%D9%A3", "\\", "$1", "%s", "{next}", "~", "%C4%B0",
)  # fmt: skip
NUMBERS = ("0", "-1", "1.5", "1e3", "+5", " 5", "٣", "9" * 18, "9" * 19, "9" * 5000, "NaN", "", "0x10", "5\x00", "null")
INSTANTS = (
    "2026-11-24T05:00:00Z", "2026-11-24T05:00:00.123456Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    "0000-01-01T00:00:00Z", "2026-12-31T23:59:60Z", "9999-12-31T23:59:60.999Z", "2026-02-30T00:00:00Z", "2026-11-24",
    "2026-11-24T05:00:00+03:00", "2026-11-24T05:00:00." + "1" * 51 + "Z", "2026-11-24t05:00:00z", "now", "\x00",
    "٢٠٢٦-11-24T05:00:00Z",
)  # fmt: skip
FILTERS = {
    "limit": ("1", "3", "1000", "1001"),
    "added_after": INSTANTS[:2],
    "next": ("{next}",),
    "match[id]": ("{object}", "{object},{victim}", "x"),
    "match[type]": ("indicator", "indicator,malware", ",".join(f"t{n}" for n in range(100))),
    "match[version]": ("all", "first", "last", "first,last", INSTANTS[0], ",".join(INSTANTS[:4])),
    "match[spec_version]": ("2.1", "2.0", "2.0,2.1", "999.999"),
}
ODD_FILTERS = {
    "limit": NUMBERS,
    "added_after": INSTANTS[2:],
    "next": ("{next}A", "A" * 7000, "!", "", "\x00", "é", "AAAA", "{next}=="),
    "match[id]": (",", "\x00", "{object}\x00", "'", ",".join(["x"] * 101), "\ud7ff", "x" * 8001),
    "match[type]": ("\x00", "", "x" * 7990, "%", "{", "indicator,indicator"),
    "match[version]": ("all,last", "", *INSTANTS, ",".join(INSTANTS)),
    "match[spec_version]": ("2", "9999.1", "2.1\x00", "٢.١"),
}


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any], weight: int = 9) -> st.SearchStrategy[Any]:
    """What is usual, and once in so many times what is odd."""
    return st.integers(0, weight).flatmap(lambda drawn: odd if drawn == weight else usual)


words = st.text(st.characters(codec="utf-8"), max_size=30)
quoted = words.map(lambda text: urllib.parse.quote(text, safe=""))
odd_segments = st.one_of(st.sampled_from(ODD), quoted)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """An address: one that there is, one that is nearly it, or any."""
    path = str(draw(st.sampled_from(SHAPES)))
    path = path.replace("/C/", f"/{draw(mostly(st.sampled_from(COLLECTIONS), odd_segments))}/")
    path = path.replace("/O/", f"/{draw(mostly(st.just('{object}'), odd_segments, 4))}/")
    path = path.replace("/S/", f"/{draw(mostly(st.just('{status}'), odd_segments, 4))}/")
    match draw(st.integers(0, 29)):
        case 1:
            path = path[:-1] if path != "/taxii2/" else path
        case 2:
            path += "/"
        case 3:
            path = "/taxii2/" + "/".join(draw(st.lists(odd_segments, max_size=9)))
        case 4:
            path = path.replace("objects", str(draw(odd_segments)))
    return path


TAILS = ("&", "&&=", "&limit", "&x=%zz", "&x=%ff", ";a", "?", "&" * 999)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Filters: mostly known ones, mostly one of each."""
    names = draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=3, unique=draw(st.integers(0, 9)) != 9))
    odd = {name: st.one_of(st.sampled_from(ODD_FILTERS[name]), words) for name in names}
    pairs = [(name, draw(mostly(st.sampled_from(FILTERS[name]), odd[name], 5))) for name in names]
    pairs += draw(mostly(st.just([]), st.lists(st.tuples(words, words), max_size=2), 19))
    text = "&".join(f"{urllib.parse.quote(name)}={urllib.parse.quote(value, safe='{},')}" for name, value in pairs)
    return text + str(draw(mostly(st.just(""), st.sampled_from(TAILS), 14)))


AUTHORITY = (
    "", "Bearer", "Bearer ", "Basic", "Basic {basic-analyst}=", "Basic {analyst}", "Basic !", "Basic YQ==",
    "Basic OnM=", "Basic AAA=", "Basic AAA6AAA=", "Basic //79Ov/+", "Bearer {analyst}x", "Bearer mq_\x80_\xff",
    "Bearer \xff\xfe", "Digest x", "{analyst}", "Token {analyst}", "Bearer {analyst} {analyst}",
    "Bearer " + "x" * 9000, "basic\t{basic-analyst}", "Bearer\t{analyst}", "Basic {basic-auditor}",
)  # fmt: skip
ACCEPT = (
    "*/*", "application/*", "application/taxii+json", "application/taxii+json;version=2.0", "text/html", "", ",",
    ";;;", "q=1", "*/*;q=nan", "*/*;q=0", "*/*;q=1e999", "application/taxii+json; version=\"2.1\"",
    "application/taxii+json;version=2.1;q=-1", "\xff", "*/*," * 3000,
)  # fmt: skip
LANGUAGES = (
    "ar",
    "ru;q=1",
    "en;q=nan",
    "de, *;q=0.5",
    "\xff\xfe",
    "ru;q=",
    "ar;q=1e999",
    "x" * 5000,
    ";q=1,,,",
    "ar-SA;q=0.9, ru;q=0.91",
)
CONTENT = (
    "application/taxii+json", "application/json", "", "text/plain", "application/taxii+json;version=2.0",
    "application/taxii+json;charset=utf-16", "application/taxii+json;version=2.1;charset=\xff",
    "multipart/form-data; boundary=x", "application/taxii+json;;;=;", "\xff" * 100,
)  # fmt: skip
OTHER = (
    ("Host", "["), ("Host", "x/taxii2/"), ("Host", "\xff"), ("Range", "bytes=0-1"), ("If-None-Match", "*"),
    ("Content-Encoding", "gzip"), ("Cookie", "a=b; =; \xff"), ("X-Forwarded-For", "[,;"), ("Accept", "text/html"),
    ("Expect", "something"), ("X-HTTP-Method-Override", "DELETE"), ("Origin", "null"),
    ("Authorization", "Bearer {auditor}"), ("Accept-Encoding", "gzip, br"), ("Content-Language", "\x80"),
    ("Upgrade", "h2c"),
)  # fmt: skip
latin = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)


WRITERS = ("Bearer {analyst}", "Bearer {delegate}", "Basic {basic-analyst}", "Token {secretariat}")
RIGHTS = st.sampled_from([*WRITERS, *WRITERS, "Bearer {auditor}", "Basic {basic-administrator}"])
HEADS = (
    ("Authorization", RIGHTS, AUTHORITY),
    ("Accept", st.just(TAXII), ACCEPT),
    ("Content-Type", st.just(TAXII), CONTENT),
    ("Accept-Language", st.sampled_from(["en", "ru", "ar"]), LANGUAGES),
)


@st.composite
def heads(draw: st.DrawFn) -> tuple[tuple[str, str], ...]:
    """Headers, each mostly right, mostly all of them."""
    found = [
        (name, draw(mostly(right, st.one_of(st.sampled_from(odd), latin), 14)))
        for name, right, odd in HEADS
        if draw(st.integers(0, 39)) < 39
    ]
    return (*found, *draw(mostly(st.just([]), st.lists(st.sampled_from(OTHER), max_size=2), 9)))


# Bodies

numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([10**400, -(2**63) - 1, 2**64, 1e308, -0.0]),
)
texts = st.one_of(
    words, st.sampled_from(["\x00", "\ud800", "\udfff\ud800", "\uffff", "٣", "x" * 5000, "indicator", "{object}"])
)
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=12,
)
PROPERTIES = (
    *indicator(),
    "created_by_ref",
    "object_marking_refs",
    "granular_markings",
    "extensions",
    "revoked",
    "labels",
    "lang",
)


@st.composite
def objects(draw: st.DrawFn) -> Any:
    """An object that is right but for a property or two, or any value."""
    if draw(st.integers(0, 9)) == 9:
        return draw(values)
    made: dict[str, Any] = indicator() | {"id": f"indicator--{draw(st.uuids(version=4))}"}
    for name in draw(st.lists(st.sampled_from(PROPERTIES), max_size=2)):
        made[name] = draw(values)
    if draw(st.integers(0, 4)) == 4:
        made.pop(draw(st.sampled_from(sorted(made))), None)
    return made


DEEP = 100_000
FIXED = (
    b"", b"null", b"[]", b"{}", b'"objects"', b'{"objects":null}', b'{"objects":{}}', b'{"objects":[null]}',
    b'{"objects":[[]]}', b'{"objects":' + b"[" * DEEP, b'{"objects":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"objects":[' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"]}", b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'{"objects":[{"id":"x","a":1e999999}]}', b'{"objects":[{"id":"x","a":' + b"9" * 50_000 + b"}]}",
    b'{"objects":[{"id":"x","id":"y"}]}', b'{"objects":[],"objects":[{}]}', b'{"objects":[{"id":"\\ud800"}]}',
    b'{"objects":[{"id":"\xed\xa0\x80"}]}', b'{"objects":[{"id":"\\u0000"}]}', b'{"objects":[{"id":"a\x00b"}]}',
    b'\xef\xbb\xbf{"objects":[{"id":"x"}]}', b'{"objects":[{"id":"\xff"}]}',
    b'{"objects":[' + b"{}," * 20_000 + b"{}]}", b'{"type":"bundle","objects":[{}]}',
    b'{"type":"bundle","id":7,"objects":[{"id":"x"}]}',
    b'{"type":"bundle","spec_version":"2.0","id":"bundle--1","objects":[{"id":"x"}]}',
    b'{"type":["bundle"],"objects":[{}]}', b"\x00" * 100, b'{"objects":[{"id":"x"}]}{"objects":[{"id":"x"}]}',
    b'{"objects":[{"id":"x"}]}\n\n\x00', b'{"objects":[{"id":"' + b"x" * 50_000 + b'"}]}',
    b'{"objects":[{"id":"x","modified":"' + b"9" * 50_000 + b'"}]}', b'{"more":true,"next":"x"}',
    b'{"objects":[{"id":NaN}]}', b"\xff\xfe", b'{"objects":[{"id":"x"}],"more":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"objects":[{"id":"x","type":"mithaq-withdrawal","spec_version":"2.1"}]}',
)  # fmt: skip


MEMBERS = ("type", "id", "more", "next", "x", "spec_version")
CODECS = ("utf-16", "utf-32", "utf-8-sig")


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """An envelope: right but for its objects, spoilt as bytes, or any bytes."""
    kind = draw(st.integers(0, 19))
    if kind == 19:
        return draw(st.binary(max_size=300))
    if kind >= 17:
        return draw(st.sampled_from(FIXED))
    envelope: dict[str, Any] = {"objects": draw(st.lists(objects(), min_size=1, max_size=4))}
    if kind == 16:
        envelope |= draw(st.dictionaries(st.sampled_from(MEMBERS), values, max_size=2))
    text = json.dumps(envelope, ensure_ascii=draw(st.booleans()))
    body = text.encode(draw(mostly(st.just("utf-8"), st.sampled_from(CODECS), 19)), "surrogatepass")
    match draw(st.integers(0, 19)):
        case 5:  # cut
            body = body[: draw(st.integers(0, len(body)))]
        case 6 | 7:  # a piece twice: doubled keys, doubled brackets
            start = draw(st.integers(0, len(body)))
            body = body[:start] + body[start : start + draw(st.integers(1, 60))] * 2 + body[start:]
        case 8 | 9:  # some bytes others
            for _ in range(draw(st.integers(1, 4))):
                at = draw(st.integers(0, len(body)))
                body = body[:at] + draw(st.binary(max_size=3)) + body[at + 1 :]
        case 10:
            body = gzip.compress(body, mtime=0)
    return body


METHODS = ("GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 50)


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """Any request: what one reads, writes and deletes with more often than others."""
    usual = st.sampled_from(["GET", "GET", "GET", "POST", "DELETE", "HEAD"])
    method = draw(mostly(usual, st.sampled_from(METHODS)))
    path, query = draw(paths()), draw(mostly(st.just(""), queries(), 1))
    if method in {"POST", "DELETE"} or query:
        # Most addresses know no filters, and nothing can be sent to them: here mostly one that fits.
        fitting = {"POST": SHAPES[6:7], "DELETE": SHAPES[7:8]}.get(method, SHAPES[5:])
        wanted = "{victim}" if method == "DELETE" else "{object}"
        fit = str(draw(st.sampled_from(fitting))).replace("/C/", f"/{draw(st.sampled_from(COLLECTIONS))}/")
        path = draw(mostly(st.just(fit.replace("/O/", f"/{wanted}/")), st.just(path), 5))
        query = draw(mostly(st.just(""), st.just(query), 3)) if method != "GET" else query
    body = draw(bodies()) if method in {"POST", "PUT", "PATCH"} or draw(st.integers(0, 19)) == 19 else b""
    pieces = draw(st.sampled_from([0, 0, 1, 3, 50])) if body else 0
    return Sent(method, path + ("?" + query if query else ""), draw(heads()), body, pieces)


RIGHT = (("Authorization", "Bearer {analyst}"), ("Accept", TAXII), ("Content-Type", TAXII))


@few
@given(requests())
@example(Sent("POST", POSTED, RIGHT, b'{"objects":[{"id":"indicator--\\u0000"}]}'))
@example(Sent("GET", "/taxii2/api/collections/own/objects/{object}%00/", RIGHT))
@example(Sent("DELETE", "/taxii2/api/collections/own/objects/%00/", RIGHT))
@example(Sent("GET", "/taxii2/", (("Authorization", "Basic AAA6AAA="),)))
def test_any_request(prey: Prey, sent: Sent) -> None:
    prey.judge(sent)


@settings(few, max_examples=150)
@given(bodies(), st.sampled_from([0, 0, 1, 7]), st.sampled_from(["own", "all"]))
def test_any_envelope(prey: Prey, body: bytes, pieces: int, collection: str) -> None:
    """To where everything else is right, so that what is wrong is the body's."""
    status = prey.judge(Sent("POST", f"/taxii2/api/collections/{collection}/objects/", RIGHT, body, pieces))
    assert status in {202, 400, 413, 422}


@settings(few, max_examples=150)
@given(st.sampled_from(SHAPES[5:]), queries(), st.sampled_from(COLLECTIONS))
def test_any_filters(prey: Prey, shape: str, query: str, collection: str) -> None:
    path = shape.replace("/C/", f"/{collection}/").replace("/O/", "/{object}/")
    assert prey.judge(Sent("GET", f"{path}?{query}", RIGHT)) in {200, 400, 404}


@pytest.mark.parametrize("name", FILTERS)
def test_each_odd_filter(prey: Prey, name: str) -> None:
    for value in (*FILTERS[name], *ODD_FILTERS[name]):
        query = f"{urllib.parse.quote(name)}={urllib.parse.quote(value, safe='{},')}"
        for shape in SHAPES[5:]:
            path = shape.replace("/C/", "/own/").replace("/O/", "/{object}/")
            status = prey.judge(Sent("GET", f"{path}?{query}", RIGHT))
            assert status in {200, 400}, (path, value)
        assert prey.judge(Sent("DELETE", f"{POSTED}{{victim}}/?{query}", RIGHT)) in {200, 400, 404}, value


@pytest.mark.parametrize("body", FIXED, ids=range(len(FIXED)))
def test_each_odd_body(prey: Prey, body: bytes) -> None:
    for pieces in (0, 5):
        assert prey.judge(Sent("POST", POSTED, RIGHT, body, pieces if body else 0)) in {202, 400, 413, 422}


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_each_odd_segment(prey: Prey, odd: str) -> None:
    for shape in SHAPES:
        for slot in ("C", "O", "S"):
            if f"/{slot}/" in shape:
                path = shape.replace(f"/{slot}/", f"/{odd}/").replace("/C/", "/own/").replace("/O/", "/{object}/")
                for method in ("GET", "DELETE") if path.endswith(f"/{odd}/") else ("GET",):
                    assert prey.judge(Sent(method, path, RIGHT)) in {200, 404, 405, 400, 403}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_method_at_every_address(prey: Prey, shape: str) -> None:
    known = {"GET", "HEAD"} | (
        {"POST"} if shape.endswith("objects/") else {"DELETE"} if shape.endswith("/O/") else set()
    )
    path = shape.replace("/C/", "/own/").replace("/O/", "/indicator--00000000-0000-4000-8000-000000000000/")
    path = path.replace("/S/", "/{status}/")
    for method in METHODS:
        status = prey.judge(Sent(method, path, RIGHT))
        assert (status == 405) == (method not in known), method


RAW = (
    b"GET /taxii2/\xff/ HTTP/1.1", "GET /taxii2/ميثاق/ HTTP/1.1".encode(), b"GET http://elsewhere/taxii2/ HTTP/1.1",
    b"GET /taxii2/?\xff HTTP/1.1", b"GET /taxii2/#x HTTP/1.1", b"GET /taxii2/" + b"x" * 100_000 + b"/ HTTP/1.1",
    b"GET /taxii2/ HTTP/1.0", b"GET /taxii2/?" + b"&" * 60_000 + b" HTTP/1.1", b"GET /taxii2/ HTTP/3.0",
    b"OPTIONS * HTTP/1.1", b"\x00\x01\x02",
)  # fmt: skip


@pytest.mark.parametrize("line", RAW, ids=range(len(RAW)))
def test_what_is_hardly_http(prey: Prey, line: bytes) -> None:
    """The server's own layer refuses some of it without a body; what reaches us is answered as all else is."""
    head = f"\r\nHost: x\r\nAuthorization: Bearer {prey.names['{analyst}']}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", prey.port), timeout=60) as connection:
        connection.sendall(line + head)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    top, _, body = heard.partition(b"\r\n\r\n")
    status = int(top.split(b" ")[1])
    assert status < 500 or status == 505, heard
    if b"x-request-id" in top and b" * " not in line:
        assert f"content-type: {TAXII}".encode() in top, heard
    elif b"x-request-id" not in top:
        assert body == b"", heard


@pytest.mark.torture
def test_any_request_at_length(prey: Prey) -> None:
    def judge(sent: Sent) -> None:
        prey.judge(sent)

    settings(few, max_examples=TORTURE, derandomize=False)(given(requests())(judge))()


@pytest.mark.torture
def test_any_envelope_at_length(prey: Prey) -> None:
    def judge(body: bytes) -> None:
        assert prey.judge(Sent("POST", POSTED, RIGHT, body)) in {202, 400, 413, 422}

    settings(few, max_examples=TORTURE, derandomize=False)(given(bodies())(judge))()
