"""Sections 3.4 and 3.5: `limit`, `more`, `next`, and reading on by `added_after`."""

from typing import Any

from tests.conformance.taxii.answers import Answer, instant
from tests.conformance.taxii.checks import MUST, SHOULD, check, require, skip
from tests.conformance.taxii.suite import LISTS, READS, Suite

LIMITED = "2"


def _filters(suite: Suite, endpoint: str) -> dict[str, Any]:
    """What makes an endpoint answer with what was written: seven objects, or three versions of one."""
    if endpoint in LISTS:
        return {"id": ",".join(suite.written.batch_ids)}
    return {"version": "all"} if endpoint == "object" else {}


def _count(answer: Answer) -> int:
    found = answer.resource
    return len(found.get("versions", found.get("objects", [])))


def _total(endpoint: str) -> int:
    return 7 if endpoint in LISTS else 3


@check("3.4", MUST, each=READS)
def limit_is_kept(suite: Suite, endpoint: str) -> None:
    """There is no more in an answer than `limit` asks for."""
    for limit in (1, 2):
        found = _count(suite.read(endpoint, limit=limit, **_filters(suite, endpoint)))
        require(0 < found <= limit, f"{found} with a limit of {limit}")


@check("3.5", MUST, each=READS)
def more_is_told(suite: Suite, endpoint: str) -> None:
    """Where there is more than an answer has, it says `more: true`."""
    require(suite.read(endpoint, limit=LIMITED, **_filters(suite, endpoint)).more, "`more` is not true")


@check("3.4", MUST, each=READS)
def limit_above_what_there_is(suite: Suite, endpoint: str) -> None:
    """A limit that is not reached gives all that there is, without `more`."""
    for limit in (_total(endpoint), 50):
        answer = suite.read(endpoint, limit=limit, **_filters(suite, endpoint))
        require(_count(answer) == _total(endpoint), f"{_count(answer)} of {_total(endpoint)} with a limit of {limit}")
        require(not answer.more, f"`more` is true with a limit of {limit}")


@check("3.4", MUST)
def oldest_first(suite: Suite) -> None:
    """Without `added_after` the oldest come first, limited or not."""
    found = suite.read("manifest", limit=3, **_filters(suite, "manifest")).objects
    known = sorted(instant(str(each.get("date_added"))) for each in suite.records(*suite.written.batch_ids))
    require([instant(str(each.get("date_added"))) for each in found] == known[: len(found)], "they are not the oldest")


def _walked(suite: Suite, endpoint: str, **more: Any) -> list[str]:
    walked = suite.walk(endpoint, limit=LIMITED, **_filters(suite, endpoint), **more)
    if endpoint == "versions":
        return [str(each) for page in walked for each in page.resource.get("versions", [])]
    return [f"{identifier} {version}" for page in walked for identifier, version in page.versions]


@check("3.5", MUST, each=READS)
def walk_gives_each_once(suite: Suite, endpoint: str) -> None:
    """Going on as the answers say, by `next` or else by `added_after`, gives each object once, and ends."""
    found = _walked(suite, endpoint)
    require(len(set(found)) == _total(endpoint), f"{len(set(found))} of {_total(endpoint)}")
    require(len(found) == len(set(found)), f"{len(found) - len(set(found))} twice")


@check("3.5", SHOULD, each=READS)
def walk_by_date_gives_each_once(suite: Suite, endpoint: str) -> None:
    """Going on by `added_after` alone gives each object once, and ends."""
    found = _walked(suite, endpoint, by_date=True)
    require(len(set(found)) == _total(endpoint), f"{len(set(found))} of {_total(endpoint)}")
    require(len(found) == len(set(found)), f"{len(found) - len(set(found))} twice")


@check("3.5", SHOULD, each=("objects", "manifest", "versions"))
def empty_next_is_never_needed(suite: Suite, endpoint: str) -> None:
    """An answer with `more` says by `next` how to go on, for manifest and versions too: clients expect it."""
    answer = suite.read(endpoint, limit=LIMITED, **_filters(suite, endpoint))
    require(not answer.more or answer.next, "`more` is true, and there is no `next`")


@check("3.5", MUST)
def walk_keeps_the_order(suite: Suite) -> None:
    """Over all pages objects come in the order in which they were added."""
    known = [str(each["id"]) for each in suite.records(*suite.written.batch_ids)]
    found = [each.split()[0] for each in _walked(suite, "objects")]
    require(found == known, "the pages' order is not the manifest's")


@check("3.5", MUST)
def walk_keeps_the_filter(suite: Suite) -> None:
    """Further pages hold to the filters of the first."""
    ids = ",".join([suite.written.malware["id"], suite.written.id, *suite.written.batch_ids])
    pages = suite.walk("objects", limit=LIMITED, id=ids, type="indicator")
    found = [each for page in pages for each in page.objects]
    require(len(found) == 8 and {each["type"] for each in found} == {"indicator"}, f"{len(found)} objects of 8")


@check("3.5", MUST)
def walk_of_all_versions(suite: Suite) -> None:
    """A walk through all versions gives each version once."""
    ids = ",".join([suite.written.id, *suite.written.batch_ids])
    found = [each for page in suite.walk("objects", limit=LIMITED, id=ids, version="all") for each in page.versions]
    require(len(set(found)) == 10, f"{len(set(found))} of 10 versions")
    require(len(found) == 10, f"{len(found) - len(set(found))} twice")


def _first_page(suite: Suite) -> tuple[Answer, str]:
    page = suite.read("objects", limit=LIMITED, **_filters(suite, "objects"))
    if not page.next:
        skip("there is no `next`, which is allowed")
    return page, page.next


@check("3.5", SHOULD)
def next_can_be_used_again(suite: Suite) -> None:
    """A client whose answer was lost can ask for the same page again."""
    _, token = _first_page(suite)
    first, again = (suite.read("objects", limit=LIMITED, next=token, **_filters(suite, "objects")) for _ in range(2))
    require(first.ids == again.ids, f"{first.ids}, then {again.ids}")


@check("3.5", SHOULD)
def next_with_another_limit(suite: Suite) -> None:
    """`next` can be used with another limit; it loses nothing."""
    page, token = _first_page(suite)
    rest = suite.read("objects", limit=50, next=token, **_filters(suite, "objects"))
    require(sorted(page.ids + rest.ids) == sorted(suite.written.batch_ids), f"{len(page.ids + rest.ids)} of 7")


@check("3.5", SHOULD)
def next_without_limit(suite: Suite) -> None:
    """`next` can be used without the limit; the page that follows is not the first again."""
    page, token = _first_page(suite)
    rest = suite.read("objects", next=token, **_filters(suite, "objects"))
    require(rest.ids and not set(rest.ids) & set(page.ids), f"{rest.ids} after {page.ids}")


@check("3.5", SHOULD)
def added_meanwhile_is_found(suite: Suite) -> None:
    """An object that is added between two pages comes on one of the following ones."""
    made = [suite.material.indicator() for _ in range(4)]
    suite.add(*made[:3])
    filters = {"limit": LIMITED, "id": ",".join(each["id"] for each in made)}
    page = suite.read("objects", **filters)
    suite.add(made[3])
    found = page.ids
    for _ in range(5):
        if not page.more:
            break
        more = {"next": page.next} if page.next else {"added_after": page.headers.get("x-taxii-date-added-last")}
        page = suite.read("objects", **filters, **more)
        found += page.ids
    require(sorted(found) == sorted(each["id"] for each in made), f"{len(set(found))} of 4, {len(found)} in all")


@check("3.4", SHOULD)
def nothing_added_since(suite: Suite) -> None:
    """Asking on with the date of the last object gives nothing until something is added, then just that."""
    made = [suite.material.indicator() for _ in range(2)]
    suite.add(made[0])
    ids = ",".join(each["id"] for each in made)
    last = suite.read("objects", id=ids).headers.get("x-taxii-date-added-last")
    require(last, "no X-TAXII-Date-Added-Last")
    require(not suite.read("objects", id=ids, added_after=last).objects, "the last comes again")
    suite.add(made[1])
    found = suite.read("objects", id=ids, added_after=last).ids
    require(found == [made[1]["id"]], f"it is {found}")


NONSENSE = ("nonsense", "0", "-1", "9" * 40, "%00", "ÿ")


@check("3.5", MUST, each=LISTS)
def invented_next_is_no_crash(suite: Suite, endpoint: str) -> None:
    """A `next` that the server never gave is answered, or refused with 400 or 404."""
    for text in NONSENSE:
        params = {"limit": LIMITED, "next": text}
        suite.get(suite.place(endpoint), params=params).expect(200, 400, 404)


@check("3.4", SHOULD)
def invented_next_is_refused(suite: Suite) -> None:
    """A `next` that the server cannot have given is malformed: 400."""
    suite.get(suite.place("objects"), params={"limit": LIMITED, "next": "no such page"}).expect(400)
