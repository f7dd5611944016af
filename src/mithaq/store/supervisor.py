"""The parent of the embedded PostgreSQL: `python -m mithaq.store.supervisor FOLDER LINGER`.

One small process per folder starts PostgreSQL as its direct child, starts it again when it dies, and ends it and
itself once no process has held a lease for LINGER seconds. It is started by whoever takes a lease and finds none
(`store.embedded`), in a session of its own, and has nothing to do with that process afterwards.

What may be killed at any moment, and what holds then:

- **a user of the database**: the kernel drops its lease (a shared lock on `lease.lock`).
- **PostgreSQL**: it is reaped here and started again. Its surviving workers become children of this process
  (a child subreaper), so that no zombie stays where process 1 doesn't reap.
- **the supervisor**: the kernel sends PostgreSQL SIGQUIT (`PR_SET_PDEATHSIG`), and each lease holder looks every half
  second whether `supervisor.lock` is free, and then starts another.
- **both, or all**: before each start the field is cleared (`clear_field`): PostgreSQL processes that still work in the
  data folder get SIGQUIT, later SIGKILL; a `postmaster.pid` that names a zombie or a stranger is removed.

No lease is lost to a supervisor that is about to leave: it leaves only while it holds `lease.lock` exclusively, from
the decision until PostgreSQL has ended, so that a newcomer waits for the end and then starts a new supervisor.
SIGTERM doesn't end it while leases are held: it leaves at once when the last one goes (PostgreSQL outlives the web
workers that a `systemctl stop` is still stopping).

Started by root, it stays root; only the child becomes the account of `placement.json`, and clears the field as that
account, which needs no privilege that a container may lack and can't hit anybody else's process.

>>> next_delay(0.1), next_delay(4.0)
(0.2, 5.0)
"""

import ctypes
import fcntl
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from mithaq.errors import MithaqError
from mithaq.store.place import PORT, Place, drop_short_way, find_place, heal_short_way, server_programs, try_lock

__all__ = ["ENVIRONMENT", "end_with_parent"]

TICK = 0.2  # seconds between two looks at the leases
STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
QUIT_SECONDS = 5.0  # how long orphans may take to heed SIGQUIT before they get SIGKILL
CLEAR_SECONDS = 60.0
STEADY_SECONDS = 10.0  # a server that lived this long is restarted at once when it dies
LOG_LIMIT = 16 * 1024 * 1024
WATCHED = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""All that PostgreSQL's processes learn of our environment."""

# What an operator must not be able to loosen stands here, on the command line; sizes stand in postgresql.conf, where
# ALTER SYSTEM can change them.
OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_directories": "../sockets",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    # Messages of failed statements may quote rows and passwords: they go to the client, not to the log.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}


def next_delay(delay: float) -> float:
    """Seconds to wait before the next start, after a server that didn't live long."""
    return min(delay * 2, 5.0)


class Supervisor:
    """Keeps one PostgreSQL running while somebody holds a lease; the caller holds `supervisor.lock`.

    Single-threaded: `PR_SET_PDEATHSIG` follows the thread that forked. Must run with `WATCHED` blocked.
    """

    def __init__(self, place: Place, linger: float) -> None:
        self.place = place
        self.linger = linger
        self.lease = os.open(place.lock("lease"), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        self.log = os.open(place.log, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        self.child: int | None = None
        self.started = self.not_before = time.monotonic()
        self.delay = 0.05
        self.idle_since: float | None = None
        self.last_sign = 0
        self.short_way = heal_short_way(place)

    def run(self) -> None:
        """Watch until nobody needs the database, or its folder is gone; then end PostgreSQL and sweep."""
        self.start()
        while True:
            self.wait(TICK)
            gone = self.vanished()
            if gone or self.deserted():
                self.stop(STOP_STEPS[1:] if gone else STOP_STEPS)
                if self.short_way is not None:
                    drop_short_way(self.short_way)
                return
            self.short_way = heal_short_way(self.place)
            self.trim_log()
            if self.child is None and time.monotonic() >= self.not_before:
                self.start()

    def wait(self, seconds: float) -> None:
        """Sleep until something happens, at most `seconds`; reap whoever has ended."""
        found = signal.sigtimedwait(WATCHED, seconds)
        if found is not None and found.si_signo in {signal.SIGTERM, signal.SIGINT}:
            self.linger = 0.0
        while True:
            try:
                ended, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if ended == 0:
                return
            if ended == self.child:
                self.child = None
                lived = time.monotonic() - self.started
                self.delay = 0.05 if lived >= STEADY_SECONDS else next_delay(self.delay)
                self.not_before = time.monotonic() + self.delay
                self.say(f"PostgreSQL (process {ended}) ended after {lived:.1f} s with status {status}")

    def vanished(self) -> bool:
        """Whether our folder was deleted or replaced: then nobody can find this server any more."""
        try:
            named = self.place.lock("lease").stat()
        except FileNotFoundError:
            return True
        return (named.st_dev, named.st_ino) != (os.fstat(self.lease).st_dev, os.fstat(self.lease).st_ino)

    def deserted(self) -> bool:
        """Whether no lease has been held for `linger` seconds; if so, `lease.lock` stays locked against new ones."""
        sign = os.fstat(self.lease).st_mtime_ns  # touched by every lease, also one that came and went between two looks
        if not try_lock(self.lease, fcntl.LOCK_EX):
            self.idle_since = None
            return False
        now = time.monotonic()
        if self.idle_since is None or sign != self.last_sign:
            self.idle_since, self.last_sign = now, sign
        if now - self.idle_since >= self.linger:
            return True
        fcntl.flock(self.lease, fcntl.LOCK_UN)
        return False

    def start(self) -> None:
        """Fork the child that clears the field and becomes PostgreSQL."""
        self.started = time.monotonic()
        try:
            programs = server_programs(self.place.account)
        except (MithaqError, OSError) as error:
            self.say(f"PostgreSQL can't be started: {error}")
            self.delay = next_delay(self.delay)
            self.not_before = self.started + self.delay
            return
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                _become_postgres(self.place, programs / "postgres", parent, self.log)
            except BaseException:  # the fork must never run on as a second supervisor
                traceback.print_exc()
            finally:
                os._exit(1)
        self.child = child

    def stop(self, steps: tuple[tuple[signal.Signals, float], ...]) -> None:
        """End PostgreSQL, ever less politely; returns when it is gone, or beyond all signals."""
        for number, seconds in steps:
            deadline = time.monotonic() + seconds
            if self.child is not None:
                os.kill(self.child, number)
            while self.child is not None and time.monotonic() < deadline:
                self.wait(0.05)

    def say(self, text: str) -> None:
        """One line for the log."""
        sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC [{os.getpid()}] supervisor: {text}\n")
        sys.stderr.flush()

    def trim_log(self) -> None:
        """Move a long log aside: copied, then emptied, since PostgreSQL goes on appending to the same file."""
        size = os.fstat(self.log).st_size
        if size > LOG_LIMIT:
            old = self.place.folder / "server.log.1"
            old.unlink(missing_ok=True)
            descriptor = os.open(old, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.pread(self.log, LOG_LIMIT, size - LOG_LIMIT))
            os.ftruncate(self.log, 0)


def _prctl(option: int, value: int) -> None:
    """`prctl(2)`. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def end_with_parent() -> None:
    """In a child, before it becomes another program: have the kernel end it when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _become_postgres(place: Place, program: Path, parent: int, log: int) -> NoReturn:
    """In the child: give up privileges, tie our life to the parent's, clear the field, and become PostgreSQL.

    The order matters. The data folder may only be reachable before the change of account; the kernel forgets
    `PR_SET_PDEATHSIG` at a change of account; a parent that died before that call shows in getppid.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold rows and passwords
    os.chdir(place.data)
    here = Path().stat()
    if (here.st_uid, here.st_mode & 0o077) != (place.account.uid, 0):
        raise PermissionError(place.data)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(place.account.gid, place.account.gid, place.account.gid)
        os.setresuid(place.account.uid, place.account.uid, place.account.uid)
    _prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
    if os.getppid() != parent:
        os._exit(1)
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    clear_field()
    os.dup2(log, 1)
    os.dup2(log, 2)
    options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
    os.execve(program, [str(program), "-D", "/proc/self/cwd", *options], ENVIRONMENT)  # noqa: S606 - no shell wanted


def clear_field() -> None:
    """Make the working folder, a data folder, free for a new server; the caller is the account that runs it.

    Ends PostgreSQL processes of this account that work here: after a `kill -9` of their parent, busy ones go on and
    hold its shared memory. Then removes lock files that would mislead a new server: it takes any process with the
    recorded number for a living one, be it a zombie that nobody reaps or a stranger that got the number. Safe,
    since whoever holds `supervisor.lock` is the only one to start a server here, and none is left. A lock file whose
    process is gone is left to PostgreSQL's own checks, which are stricter.

    Raises `TimeoutError` if some process outlives even SIGKILL for a minute.
    """
    begun = time.monotonic()
    while orphans := list(_servers_here()):
        waited = time.monotonic() - begun
        if waited > CLEAR_SECONDS:
            raise TimeoutError(f"processes {orphans} don't end")
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGQUIT if waited < QUIT_SECONDS else signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
    for path in (Path("postmaster.pid"), Path(f"../sockets/.s.PGSQL.{PORT}.lock")):
        recorded = _recorded_process(path)
        if recorded is not None and Path(f"/proc/{recorded}").exists():
            path.unlink(missing_ok=True)


def _servers_here() -> Iterator[int]:
    """The living PostgreSQL processes of this account whose working folder is ours."""
    here, me = Path().stat(), str(os.geteuid())
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines() if ":\t" in line)
            if status["Name"] != "postgres" or status["State"][0] in "ZX" or status["Uid"].split()[1] != me:
                continue
            there = (entry / "cwd").stat()
        except (OSError, KeyError):  # it ended meanwhile
            continue
        if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
            yield int(entry.name)


def _recorded_process(path: Path) -> int | None:
    """The process number in the first line of a PostgreSQL lock file; none if there is no such file or number."""
    try:
        first = path.read_bytes()[:64].split(b"\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return abs(int(first)) if first.removeprefix(b"-").isdigit() else None


def main(arguments: list[str]) -> int:
    """Take `supervisor.lock`, go into the background, watch. Returns once the lock is held, by us or by another.

    `arguments`: the prepared folder and the seconds to linger. Standard error is the log.
    """
    place, linger = find_place(Path(arguments[0])), float(arguments[1])
    lock = os.open(place.lock("supervisor"), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    for _ in range(50):  # lease holders look at this lock by taking it for an instant
        if try_lock(lock, fcntl.LOCK_EX):
            break
        time.sleep(0.02)
    else:
        return 0
    if os.fork() != 0:
        return 0
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    Supervisor(place, linger).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
