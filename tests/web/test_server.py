"""The server's processes: killed, stopped, started twice; and what becomes of port, lock and answers under way."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psycopg
import pytest

from mithaq.node import Home
from mithaq.node.node import DATABASE_NAME
from mithaq.store.embedded import EmbeddedServer, lease
from tests.serving import MITHAQ, MadeNode, ServedNode, indicator, running, until
from tests.store.running import servers, supervisor

STOP_SECONDS = 10


def serve_again(made: MadeNode, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a server says that doesn't come up."""
    command = [*MITHAQ, "serve", str(made.folder), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"LC_ALL": "C"} | environment
    )
    assert done.returncode != 0
    return done


def refuses(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return True
    return False


def answers(served: ServedNode) -> bool:
    with contextlib.suppress(httpx2.HTTPError), served.client() as client:
        return client.get("/health/ready").status_code == 200
    return False


def test_it_says_where_it_answers_when_it_does(own: MadeNode) -> None:
    with own.served() as served:
        assert served.printed == f"dara answers at {served.url}, 1 worker(s). Ctrl-C stops it.\n"
        assert answers(served)
    with own.served("--json", workers=2, environment={"URL": "https://dara.example"}) as served:
        local = f"http://127.0.0.1:{own.port}"
        assert served.printed == f'{{"local":"{local}","url":"https://dara.example","workers":2}}\n'
        assert len(served.workers()) == 2


@pytest.mark.parametrize("workers", [1, 3])
def test_a_killed_worker_is_replaced(own: MadeNode, workers: int) -> None:
    with own.served(workers=workers) as served:
        before = set(until(lambda: len(served.workers()) == workers and served.workers(), what="workers"))
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(set(served.workers()) - {victim}) == workers, what="another worker")
        assert before - set(served.workers()) == {victim}
        until(lambda: answers(served), what="an answer")
        # Counts of the dead one are not lost: everything that was answered is counted.
        with served.client("analyst") as client:
            text = client.get("/metrics").text
        found = re.search(r'mithaq_http_requests_total\{method="GET",route="/health/ready",status="200"\} (\d+)', text)
        assert found
        assert int(found[1]) >= 2
        assert served.stop() == 0


def test_workers_that_fail_again_and_again_end_the_server(own: MadeNode) -> None:
    with own.served(workers=2) as served:
        known: set[int] = set()
        while served.process.poll() is None:
            new = set(served.workers()) - known
            known |= new
            for each in new:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            time.sleep(0.05)
        assert served.process.returncode == 1
        assert "[workers-failing]" in served.log.read_text()
        assert not any(running(each) for each in known)


def test_when_the_server_is_killed_its_workers_die_and_the_port_is_free(own: MadeNode) -> None:
    with own.served(workers=3) as served:
        workers = until(lambda: len(served.workers()) == 3 and served.workers(), what="workers")
        served.process.kill()
        served.process.wait()
        until(lambda: not any(running(each) for each in workers), 10, "the workers' end")
        until(lambda: refuses(own.port), 10, "the port")
    with own.served(workers=2) as served:
        assert len(served.workers()) == 2
        assert answers(served)
        assert not any(running(each) for each in workers)


def test_a_second_server_on_the_same_folder_is_refused(own: MadeNode) -> None:
    with own.served() as served:
        done = serve_again(own, "--json")
        assert done.returncode == 3
        assert '"code":"server-running"' in done.stdout
        assert answers(served)
        other = serve_again(own, MITHAQ_PORT="1")
        assert "[server-running]" in other.stderr


def test_a_port_that_somebody_listens_on_is_not_shared(own: MadeNode) -> None:
    with socket.socket() as stranger:
        # Even if the other one would share it.
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        stranger.bind(("127.0.0.1", own.port))
        stranger.listen()
        done = serve_again(own, "--json")
    assert done.returncode == 1
    assert '"code":"port-taken"' in done.stdout
    assert "EADDRINUSE" in done.stdout


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"MITHAQ_BIND": "localhost"}, "bind"),
        ({"MITHAQ_PROXIES": "10.0.0.1/8"}, "proxies"),
        ({"MITHAQ_LOG_LEVEL": "chatty"}, "log_level"),
    ],
)
def test_settings_that_can_not_be_are_refused_before_anything_starts(
    own: MadeNode, environment: dict[str, str], place: str
) -> None:
    done = serve_again(own, "--json", **environment)
    assert done.returncode == 1
    assert '"code":"settings-malformed"' in done.stdout
    assert f'"place":"{place}"' in done.stdout


def test_an_empty_folder_is_no_node(tmp_path: Path) -> None:
    done = subprocess.run([*MITHAQ, "serve", str(tmp_path), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert '"code":"home-absent"' in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_asked_to(own: MadeNode, number: signal.Signals) -> None:
    with own.served(workers=2) as served:
        workers = served.workers()
        with served.client() as idle:
            idle.get("/health/live")  # a connection that is kept open holds nobody up
            begun = time.monotonic()
            assert served.stop(number) == 0
            assert time.monotonic() - begun < STOP_SECONDS
        assert not any(running(each) for each in workers)
        assert refuses(own.port)


def test_ctrl_c_reaches_every_process_and_it_still_stops_in_order(own: MadeNode) -> None:
    with own.served(workers=2) as served:
        for pid in (*served.workers(), served.process.pid):
            os.kill(pid, signal.SIGINT)
        assert served.process.wait(STOP_SECONDS + 5) == 0
        assert not [each for each in served.events() if each["level"] != "info"]


def test_an_answer_under_way_is_finished_when_it_stops(own: MadeNode) -> None:
    found: list[int] = []

    def publish() -> None:
        many = {"objects": [indicator() for _ in range(2000)], "to": ["own"]}
        with served.client("analyst") as client:
            found.append(client.post("/api/v1/records", json=many).status_code)

    with own.served() as served:
        thread = threading.Thread(target=publish)
        thread.start()
        # Its transaction has begun once the node's one lock is held.
        with database(own) as server:
            until(lambda: is_locked(server), 20, "the transaction")
        assert served.stop() == 0
        thread.join(30)
    assert found == [201]


def test_it_stops_within_seconds_though_a_request_never_ends(own: MadeNode) -> None:
    with own.served(environment={"READ_SECONDS": "600"}) as served:
        with socket.create_connection(("127.0.0.1", own.port)) as slow:
            head = f"POST /api/v1/records HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.tokens['analyst']}\r\n"
            slow.sendall(f"{head}Content-Length: 1000\r\n\r\nabc".encode())
            until(lambda: answers(served))
            time.sleep(0.3)
            begun = time.monotonic()
            assert served.stop() == 0
            took = time.monotonic() - begun
        assert STOP_SECONDS * 0.8 < took < STOP_SECONDS + 8
        assert refuses(own.port)


# What is behind it fails


@contextlib.contextmanager
def database(made: MadeNode) -> Iterator[EmbeddedServer]:
    with lease(Home(made.folder).database) as server:
        yield server


def is_locked(server: EmbeddedServer) -> bool:
    with psycopg.connect(server.dsn(dbname=DATABASE_NAME), autocommit=True) as connection:
        try:
            connection.execute("SELECT last FROM mithaq.arrivals FOR UPDATE NOWAIT")
        except psycopg.errors.LockNotAvailable:
            return True
    return False


def test_while_the_database_is_down_it_says_when_to_try_again(own: MadeNode) -> None:
    with own.served() as served, served.client("analyst") as client, database(own):
        keeper = supervisor(own.folder / "database")
        os.kill(keeper, signal.SIGSTOP)  # so that it stays down for a while
        try:
            for pid in servers(own.folder / "database"):
                os.kill(pid, signal.SIGKILL)
            with ThreadPoolExecutor() as threads:
                seen = [*threads.map(client.get, ("/api/v1/records", "/log/checkpoint", "/health/ready"))]
            assert client.get("/health/live").status_code == 200
        finally:
            os.kill(keeper, signal.SIGCONT)
        for answer in seen:
            assert answer.status_code == 503, answer.text
            assert answer.json()["error"]["code"] in {"node-unready", "database-busy"}
            assert int(answer.headers["retry-after"]) > 0
            for word in ("socket", str(own.folder), "postgres", "mithaq_reader"):
                assert word not in answer.text
        until(lambda: client.get("/api/v1/records").status_code == 200, 60, "the database")


def test_what_nobody_expected_is_told_by_number_only(own: MadeNode) -> None:
    """A function of the database that is gone stands for whatever is broken inside."""
    secret = f"w{uuid.uuid4().hex}"
    rename = "ALTER FUNCTION mithaq.{}(text[], bigint, integer) RENAME TO {}"
    with own.served() as served, served.client("analyst") as client, database(own) as server:
        with psycopg.connect(server.dsn(dbname=DATABASE_NAME), autocommit=True) as connection:
            connection.execute(rename.format("arrivals_with_words", "mislaid").encode())
            try:
                answer = client.get("/api/v1/search", params={"q": secret})
            finally:
                connection.execute(rename.format("mislaid", "arrivals_with_words").encode())
        assert client.get("/api/v1/search", params={"q": secret}).status_code == 200
        number = answer.headers["x-request-id"]
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["family"]) == (500, "internal", "Unavailable")
        assert number in error["advice"]
        assert "arrivals_with_words" not in answer.text
        (event,) = [each for each in served.events() if each["event"] == "unexpected"]
        assert event["request_id"] == number
        assert event["kind"] == "psycopg.errors.UndefinedFunction"
        assert any("store/reading.py" in frame for frame in event["frames"])
        log = served.log.read_text()
        assert secret not in log
        assert "does not exist" not in log


def test_the_log_says_what_happened_and_none_of_what_was_said(own: MadeNode) -> None:
    word, query = f"w{uuid.uuid4().hex}", f"w{uuid.uuid4().hex}"
    sent = indicator(word)
    with own.served(workers=2, environment={"LOG_LEVEL": "debug"}) as served:
        with served.client("analyst") as client:
            (placed,) = client.post("/api/v1/records", json={"objects": [sent], "to": ["own"]}).json()["published"]
            record = client.get(f"/api/v1/records/{placed['commitment']}").json()
            client.get("/api/v1/search", params={"q": query})
            client.get(f"/api/v1/objects/{sent['id']}")
            client.get(f"/{word}/{served.tokens['delegate']}")
            client.post("/api/v1/records", json={"objects": [sent | {"type": word}], "to": [query]})
        with served.client() as client:
            client.get("/api/v1/records", headers={"Authorization": f"Bearer {served.tokens['auditor']}x"})
            client.get("/api/v1/records", params={"after": query})
        assert served.stop() == 0
        log, events = served.log.read_text(), served.events()
    secrets = [word, query, sent["id"], placed["commitment"], record["release"]["nonce"], *served.tokens.values()]
    secrets += [each.rpartition("_")[2] for each in served.tokens.values()]
    for path in (own.folder / "keys").glob("*"):
        secrets += re.findall(r"[\w+/=-]{32,}", path.read_text())
    for secret in secrets:
        assert secret not in log
    requests = [each for each in events if each["event"] == "request" and each["route"] != "/health/ready"]
    assert [(each["method"], each["route"], each["status"], each["token"]) for each in requests] == [
        ("POST", "/api/v1/records", 201, "analyst"),
        ("GET", "/api/v1/records/{commitment}", 200, "analyst"),
        ("GET", "/api/v1/search", 200, "analyst"),
        ("GET", "/api/v1/objects/{id}", 200, "analyst"),
        ("GET", "unmatched", 404, ""),
        ("POST", "/api/v1/records", 400, "analyst"),
        ("GET", "/api/v1/records", 401, ""),
        ("GET", "/api/v1/records", 401, ""),
    ]
    assert all(each["ms"] >= 0 and len(each["request_id"]) == 16 and each["timestamp"] for each in requests)
    assert len({each["request_id"] for each in requests}) == len(requests)
