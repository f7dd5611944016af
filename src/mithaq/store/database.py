"""One node's part of a PostgreSQL server: schema, roles, migrations, and connections with a reader's rights.

`create` makes roles and schema once, `migrate` brings the schema up to date; both need an administrator's connection.
After that a node works with two logins: the *writer* appends and sees everything, the *reader* is held to one reader's
audience by row-level security. A `Reader` of the model becomes a connection by `Database.reading`, which signs who asks
with a secret that the reader's own login can't read; without such a context the reader's login sees no row.

Several nodes may share a server: role names begin with the schema's name, and nobody else may connect to a database
that a node has for itself.
"""

import contextlib
import hashlib
import re
import select
import time
import weakref
from collections.abc import Callable, Iterator
from importlib import resources

import msgspec
import psycopg
import psycopg.conninfo
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from mithaq.errors import Refused, Unavailable
from mithaq.model import ROLES, Reader, is_id

__all__ = ["SCHEMA_VERSION", "Database", "DatabaseSecrets", "Target", "create", "is_made", "migrate", "schema_version"]

OLDEST_SERVER = 150000
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_STATEMENT_SECONDS = 30
_WAIT_SECONDS = 10.0

Connection = psycopg.Connection[TupleRow]


class DatabaseSecrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lets a node into its schema: passwords of its two logins, and the key that authenticates readers."""

    writer: str
    reader: str
    context: bytes

    def __repr__(self) -> str:
        return "DatabaseSecrets(…)"


class Target(msgspec.Struct, frozen=True):
    """Where a node's schema lies: a libpq connection string of an administrator (a secret), and the schema's name."""

    admin: str
    schema: str = "mithaq"

    def role(self, name: str) -> str:
        """The server-wide name of one of the node's roles: owner, definer, writer or reader."""
        return f"{self.schema}_{name}"

    def login(self, role: str, password: str) -> str:
        """The connection string of one of the node's logins: a secret."""
        return psycopg.conninfo.make_conninfo(
            self.admin,
            user=self.role(role),
            password=password,
            application_name=f"mithaq {role}",
            options=f"-c search_path={self.schema},pg_catalog -c statement_timeout={_STATEMENT_SECONDS}s "
            "-c synchronous_commit=on -c plan_cache_mode=force_custom_plan -c jit=off -c timezone=UTC",
        )

    def __repr__(self) -> str:
        return f"Target(schema={self.schema!r})"


def connect(target: Target) -> Connection:
    """An administrator's connection. Raises `Unavailable` (`database-unreachable`), `Refused` (`database-old`)."""
    try:
        connection = psycopg.connect(target.admin, autocommit=True)
    except psycopg.OperationalError as error:
        raise Unavailable("database-unreachable", reason=_first_line(error)) from None
    found = connection.info.server_version
    if found < OLDEST_SERVER:
        connection.close()
        raise Refused("database-old", found=found // 10000, oldest=OLDEST_SERVER // 10000)
    return connection


def create(target: Target, secrets: DatabaseSecrets, *, alone: bool) -> None:
    """Make the roles and the empty schema; `alone` says that the database is this node's only.

    All or nothing. Raises `Refused` (`database-schema-name`, `database-schema-taken`, `database-not-admin`), and as
    `connect` does.
    """
    if not _SCHEMA.fullmatch(target.schema):
        raise Refused("database-schema-name", schema=target.schema)
    with _reachable(), connect(target) as connection, connection.transaction():
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [target.schema]).fetchone() or (
            connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [target.role("owner")]).fetchone()
        ):
            raise Refused("database-schema-taken", schema=target.schema)
        try:
            _create_roles(connection, target, secrets)
            _create_schema(connection, target, secrets, alone=alone)
        except psycopg.errors.InsufficientPrivilege:
            raise Refused("database-not-admin") from None
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject):  # by somebody else in this moment
            raise Refused("database-schema-taken", schema=target.schema) from None


def is_made(target: Target, secrets: DatabaseSecrets) -> bool:
    """Whether `create` has been here with these very secrets, perhaps in an attempt that was broken off later."""
    # A server that trusts its clients lets the writer in with any password; the mark is there only for these secrets.
    statement = "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')"
    try:
        with psycopg.connect(target.login("writer", secrets.writer)) as connection:
            return connection.execute(statement, [target.schema]).fetchone() == (_mark(secrets),)
    except psycopg.OperationalError:
        return False


def _mark(secrets: DatabaseSecrets) -> str:
    """What the schema's comment says, so that its node knows it again; it tells nothing of the secrets."""
    return "mithaq " + hashlib.sha256(b"mithaq/v1/schema\n" + secrets.context).hexdigest()


def _create_roles(connection: Connection, target: Target, secrets: DatabaseSecrets) -> None:
    for role, rights in (
        ("owner", "NOLOGIN"),
        ("definer", "NOLOGIN BYPASSRLS"),
        ("writer", "LOGIN BYPASSRLS"),
        ("reader", "LOGIN"),
    ):
        connection.execute(sql.SQL(f"CREATE ROLE {{}} {rights}").format(sql.Identifier(target.role(role))))
    set_passwords(connection, target, secrets)


def _create_schema(connection: Connection, target: Target, secrets: DatabaseSecrets, *, alone: bool) -> None:
    schema, owner = sql.Identifier(target.schema), sql.Identifier(target.role("owner"))
    connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(schema, owner))
    connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(_mark(secrets))))
    database = sql.Identifier(connection.info.dbname)
    if alone:
        connection.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    for role in ("writer", "reader"):
        login = sql.Identifier(target.role(role))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, login))
    versions = "CREATE TABLE {}.schema_versions (version integer PRIMARY KEY, applied timestamptz NOT NULL)"
    connection.execute(sql.SQL(versions).format(schema))
    connection.execute(sql.SQL("ALTER TABLE {}.schema_versions OWNER TO {}").format(schema, owner))


def set_passwords(connection: Connection, target: Target, secrets: DatabaseSecrets) -> None:
    """Give the logins these passwords; hashed here, so that the server's own log never holds one."""
    for role, password in (("writer", secrets.writer), ("reader", secrets.reader)):
        name = target.role(role)
        hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(hashed)))


# Migrations


def _migrations() -> dict[int, str]:
    folder = resources.files("mithaq.store") / "schema"
    return {
        int(each.name.partition("_")[0]): each.read_text("utf-8")
        for each in folder.iterdir()
        if re.fullmatch(r"[0-9]{4}_[a-z_]+\.sql", each.name)
    }


SCHEMA_VERSION = max(_migrations())
"""The newest migration that this version of Mithaq has."""


def schema_version(connection: Connection, schema: str) -> int:
    """The newest migration that was applied to the schema; 0 of an empty one.

    Raises `Refused` (`database-schema-absent`) if there is no schema of that name, or none of ours.
    """
    statement = sql.SQL("SELECT coalesce(max(version), 0) FROM {}.schema_versions").format(sql.Identifier(schema))
    try:
        row = connection.execute(statement).fetchone()
    except psycopg.errors.UndefinedTable:
        raise Refused("database-schema-absent", schema=schema) from None
    return int(row[0]) if row else 0


def migrate(target: Target, secrets: DatabaseSecrets, *, upto: int = SCHEMA_VERSION) -> int:
    """Apply the migrations that are missing, each in a transaction of its own, and return the version reached.

    Several processes may call it at once. Raises `Refused` (`database-newer`) if a newer Mithaq wrote the schema,
    `database-schema-taken` if another node did, and as `schema_version` and `connect` do.
    """
    with _reachable(), connect(target) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [target.schema])
        found = schema_version(connection, target.schema)
        if found > SCHEMA_VERSION:
            raise Refused("database-newer", found=found, ours=SCHEMA_VERSION)
        _refuse_another_nodes(connection, target, secrets)
        names = {"schema": target.schema} | {
            name: target.role(name) for name in ("owner", "definer", "writer", "reader")
        }
        for version, text in sorted(_migrations().items()):
            if not found < version <= upto:
                continue
            statements = re.sub(r"\$\{(\w+)\}", lambda found: names[found[1]], text)
            with connection.transaction():
                connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(target.schema)))
                connection.execute(statements)
                connection.execute(
                    "INSERT INTO schema_versions VALUES (%s, clock_timestamp())",
                    [version],
                )
        with connection.transaction():
            connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(target.schema)))
            connection.execute("INSERT INTO secrets VALUES ('reader', %s) ON CONFLICT DO NOTHING", [secrets.context])
        return max(found, upto)


def _refuse_another_nodes(connection: Connection, target: Target, secrets: DatabaseSecrets) -> None:
    """Raises `Refused` (`database-schema-taken`) if another node lives in the schema: its readers must go on."""
    table = sql.Identifier(target.schema, "secrets")
    with contextlib.suppress(psycopg.errors.UndefinedTable):  # before the first migration
        row = connection.execute(sql.SQL("SELECT value FROM {} WHERE name = 'reader'").format(table)).fetchone()
        if row is not None and row[0] != secrets.context:
            raise Refused("database-schema-taken", schema=target.schema)


# Connections


class Database:
    """A node's connections: a pool for each login. Thread-safe; close it, or use it as a context manager.

    Every method that reaches the server raises `Unavailable` (`database-unreachable`, `database-busy`) when that can't
    be done now.
    """

    def __init__(self, target: Target, secrets: DatabaseSecrets, *, readers: int = 8, writers: int = 2) -> None:
        self._secrets = secrets
        self._reader = target.login("reader", secrets.reader)
        self._writer = target.login("writer", secrets.writer)
        self._readers = _pool(self._reader, readers, _read_only)
        self._writers = _pool(self._writer, writers)

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections. Idempotent."""
        self._readers.close()
        self._writers.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of the writer's: committed at the end of the block, rolled back if it raises."""
        with _reachable(self._writer), self._writers.connection() as connection:
            yield connection

    @contextlib.contextmanager
    def inspecting(self) -> Iterator[Connection]:
        """A read-only snapshot of everything: for looking after the node, never for a reader."""
        with self.writing() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextlib.contextmanager
    def reading(self, reader: Reader) -> Iterator[Connection]:
        """A read-only snapshot with the rights of `reader` and no more.

        Raises `ValueError` for a reader that nobody can be: a name that could mean several is a mistake of ours.
        """
        with _reachable(self._reader), self._readers.connection() as connection:
            connection.execute("SELECT set_config('mithaq.reader', %s, true)", [self.context(reader)])
            yield connection

    @contextlib.contextmanager
    def asking(self) -> Iterator[Connection]:
        """The reader's login for single statements that need no snapshot, each a transaction of its own.

        Without a reader's context it sees no row; a statement that needs one takes what `context` gives.
        """
        with _reachable(self._reader), self._readers.connection() as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                connection.autocommit = False

    @property
    def reader_login(self) -> str:
        """The connection string of the reader's login, for a connection beside the pools: a secret."""
        return self._reader

    @contextlib.contextmanager
    def holding(self, work: str) -> Iterator[bool]:
        """Whether nobody else is at this work in the schema; nobody else is while the block runs.

        PostgreSQL ends it with the process, however that ends. If the server is started again meanwhile, somebody else
        may begin as well, so the work must bear that.
        """
        with _reachable():
            connection = psycopg.connect(self._writer, autocommit=True, connect_timeout=10)
        try:
            lock = "SELECT pg_try_advisory_lock(hashtext(%s), hashtext(current_schema()))"
            with _reachable():
                row = connection.execute(lock, [work]).fetchone()
            yield bool(row and row[0])
        finally:
            # When the server sees a connection's end is its own affair, so it is told first.
            with contextlib.suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock_all()")
            connection.close()

    def context(self, reader: Reader) -> str:
        """Who asks, signed so that the database believes it. Raises `ValueError` as `reading` does."""
        if not (reader.organisation == "" or is_id(reader.organisation)) or not reader.roles <= ROLES:
            raise ValueError("no such reader")
        said = f"{reader.organisation}|{','.join(sorted(reader.roles))}"
        secret = self._secrets.context
        mac = hashlib.sha256(secret + hashlib.sha256(secret + said.encode()).digest()).hexdigest()
        return f"{said}|{mac}"


_TRUSTED_SECONDS = 1.0
"""So long after its last use a connection that is silent is taken to live, without asking the server."""

_used: "weakref.WeakKeyDictionary[Connection, float]" = weakref.WeakKeyDictionary()


def _note_use(connection: Connection) -> None:
    _used[connection] = time.monotonic()


def _check(connection: Connection) -> None:
    """Raise if a connection is no more. A server that ends one says so or hangs up: there is something to read."""
    idle = time.monotonic() - _used.get(connection, 0.0)
    silent = idle < _TRUSTED_SECONDS and not select.select([connection.fileno()], [], [], 0)[0]
    if not silent:
        ConnectionPool.check_connection(connection)


def _read_only(connection: Connection) -> None:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _pool(
    conninfo: str, size: int, configure: Callable[[Connection], None] | None = None
) -> ConnectionPool[Connection]:
    # A connection that the server has ended is found out when it is taken, so that nobody sees its death but once.
    return ConnectionPool(
        conninfo,
        min_size=0,
        max_size=size,
        open=True,
        timeout=_WAIT_SECONDS,
        max_idle=300,
        # Once the server is back, the next request finds it; a pool left to itself waits ever longer between two tries.
        reconnect_timeout=4.0,
        configure=configure,
        check=_check,
        reset=_note_use,
    )


@contextlib.contextmanager
def _reachable(login: str = "") -> Iterator[None]:
    """Say what kept a block from the server; `login` is how its pool connects."""
    try:
        yield
    except PoolTimeout:
        # A pool waits for a server that is down as for one that is busy, and says the same: so the server is asked.
        with _reachable():
            psycopg.connect(login, connect_timeout=2).close()
        raise Unavailable("database-busy", retry_after=1.0) from None
    except psycopg.errors.QueryCanceled:
        raise Unavailable("database-busy", retry_after=5.0) from None
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Unavailable("database-unreachable", retry_after=2.0, reason=_first_line(error)) from None


def _first_line(error: psycopg.Error) -> str:
    """What the server or libpq says, without hints that might quote values."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
