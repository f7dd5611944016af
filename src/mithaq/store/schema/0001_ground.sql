-- The ground: records with their audience, logs, tiles, people's tokens, the audit trail.
--
-- Four roles (made by store.database): ${owner} owns the tables; ${writer} appends and sees everything; ${reader}
-- serves readers and is held to their audience by row-level security; ${definer} owns the functions that look across
-- audiences on a reader's behalf. Whoever holds ${reader}'s connection can set any variable, so the reader's context is
-- authenticated with a secret that ${reader} can't read.

SET LOCAL ROLE ${owner};

CREATE TABLE secrets (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

-- One row, locked by whoever accepts records: the last arrival number, and the lock that makes arrivals gapless.
CREATE TABLE arrivals (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    last bigint NOT NULL
);
INSERT INTO arrivals (last) VALUES (0);

CREATE TABLE logs (
    id smallint PRIMARY KEY,
    origin text NOT NULL UNIQUE,
    member text NOT NULL,
    own boolean NOT NULL,
    size bigint NOT NULL DEFAULT 0,
    root bytea NOT NULL,
    checkpoint bytea,                       -- the newest signed note; what is shown is always read from here
    unproven boolean NOT NULL DEFAULT false -- restored: signs nothing until proven a prefix of what the others hold
);
CREATE UNIQUE INDEX logs_one_own ON logs (own) WHERE own;

CREATE TABLE tiles (
    log smallint NOT NULL REFERENCES logs,
    level smallint NOT NULL,                -- -1: entries
    index bigint NOT NULL,
    data bytea NOT NULL,                    -- the widest so far; narrower tiles are prefixes of it
    PRIMARY KEY (log, level, index)
);
ALTER TABLE tiles ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE audiences (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    digest bytea NOT NULL UNIQUE,           -- SHA-256 of the entries; a thousand of them are too long for an index
    entries text[] NOT NULL
);
CREATE INDEX audiences_entries ON audiences USING gin (entries);

CREATE TABLE records (
    arrival bigint PRIMARY KEY,
    audience integer NOT NULL REFERENCES audiences,
    log smallint NOT NULL REFERENCES logs,
    index bigint NOT NULL,
    accepted timestamptz NOT NULL,
    tlp smallint NOT NULL,                  -- 0 CLEAR, 1 GREEN, 2 AMBER, 3 AMBER+STRICT, 4 RED
    ours boolean NOT NULL,                  -- made by a member or partner of the charter, not a copy of a third party's
    publisher text NOT NULL,
    object_id text NOT NULL,
    version text NOT NULL,
    type text NOT NULL,
    digest bytea NOT NULL,                  -- SHA-256 of the object's canonical bytes
    commitment bytea NOT NULL UNIQUE,
    body bytea NOT NULL,
    words tsvector NOT NULL,                -- each lexeme begins with its audience: a search touches no other reader's
    UNIQUE (log, index)
);
-- Values are written once and mostly incompressible or short: compressing them would cost more than it saves.
ALTER TABLE records ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN words SET STORAGE EXTERNAL;
CREATE INDEX records_audience ON records (audience, arrival);
-- What is strict is mostly rare: whether there is any is asked for each batch.
CREATE INDEX records_strict ON records (tlp) WHERE tlp > 1;
CREATE INDEX records_object ON records (object_id, version);
CREATE INDEX records_words ON records USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 65536);

-- Bytes of an artifact; they live and die with the record that names them, and carry its audience.
CREATE TABLE attachments (
    digest bytea PRIMARY KEY,               -- SHA-256(nonce || bytes)
    arrival bigint NOT NULL REFERENCES records ON DELETE CASCADE,
    audience integer NOT NULL REFERENCES audiences,
    size bigint NOT NULL
);
CREATE INDEX attachments_arrival ON attachments (arrival);
CREATE TABLE attachment_parts (
    digest bytea NOT NULL REFERENCES attachments ON DELETE CASCADE,
    start bigint NOT NULL,
    audience integer NOT NULL REFERENCES audiences,
    data bytea NOT NULL,
    PRIMARY KEY (digest, start)
);
ALTER TABLE attachment_parts ALTER COLUMN data SET STORAGE EXTERNAL;

-- Bytes that were sent and belong to no record yet; only ${writer} sees them.
CREATE TABLE uploads (
    id text PRIMARY KEY,
    owner text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    received bigint NOT NULL DEFAULT 0,
    created timestamptz NOT NULL
);
CREATE TABLE upload_parts (
    upload text NOT NULL REFERENCES uploads ON DELETE CASCADE,
    start bigint NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (upload, start)
);
ALTER TABLE upload_parts ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE tokens (
    id text PRIMARY KEY,
    name text NOT NULL,
    roles text[] NOT NULL,
    hash bytea NOT NULL,
    created timestamptz NOT NULL,
    expires timestamptz,
    revoked timestamptz
);
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked IS NULL;

CREATE TABLE audit (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);

-- The reader's context is organisation|role,role|mac in the setting mithaq.reader. These rules say a second time, in
-- another language, what Reader.entries says in the first.

CREATE FUNCTION reader_entries() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(coalesce(current_setting('mithaq.reader', true), ''), '|');
    secret bytea;
    said bytea;
    roles text[];
    entries text[] := ARRAY['public'];
BEGIN
    IF cardinality(parts) <> 3 THEN
        RETURN '{}';
    END IF;
    SELECT value INTO STRICT secret FROM ${schema}.secrets WHERE name = 'reader';
    said := convert_to(parts[1] || '|' || parts[2], 'UTF8');
    IF encode(sha256(secret || sha256(secret || said)), 'hex') IS DISTINCT FROM parts[3] THEN
        RETURN '{}';
    END IF;
    IF parts[1] = '' THEN
        RETURN entries;
    END IF;
    roles := CASE WHEN parts[2] = '' THEN '{}'::text[] ELSE string_to_array(parts[2], ',') END;
    IF roles <> ARRAY['administrator'] THEN
        entries := entries || parts[1];
    END IF;
    RETURN entries || ARRAY(SELECT parts[1] || '/' || role FROM unnest(roles) AS role);
END $$;

CREATE FUNCTION reader_audiences() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM ${schema}.audiences WHERE entries && ${schema}.reader_entries()
$$;

-- Which arrivals come next, or came last, for this reader. The audiences stand in the statement as a literal, so that
-- the planner knows how rare they are; a policy alone would not let it use the right index.
CREATE FUNCTION arrivals_after(after bigint, wanted integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT arrival FROM ${schema}.records WHERE audience = ANY (%L::integer[]) AND arrival > $1
         ORDER BY arrival LIMIT $2', ${schema}.reader_audiences())
    USING after, wanted;
END $$;

-- For a reader of many audiences no one plan fits rare and common words, and the planner can't know which these are: so it
-- is told. Each audience's words are others in the index; up to a thousand hits come from there, and nothing that others
-- may read is touched. With more of them, walking back from the newest record soon finds a page.
CREATE FUNCTION arrivals_with_words(words text[], before bigint, wanted integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_indexscan = off SET enable_bitmapscan = on SET enable_sort = on AS $$
DECLARE
    enough CONSTANT integer := 1000;
    audiences integer[] := ${schema}.reader_audiences();
    -- Inside a tsquery's quotes these two end a word or hide its end, and what follows would be read as another one.
    quoted text[] := ARRAY(SELECT replace(replace(word, E'\\', E'\\\\'), '''', '''''') FROM unnest(words) AS word);
    queries tsquery[] := ARRAY(
        SELECT (SELECT string_agg('''' || to_hex(audience) || '.' || word || '''', ' & ') FROM unnest(quoted) AS word)::tsquery
        FROM unnest(audiences) AS audience);
    hits bigint[];
BEGIN
    -- The sums keep other indices out of it. The audience is compared once more, whatever a word may have become.
    EXECUTE 'SELECT ARRAY(SELECT arrival FROM unnest($1, $2) AS own (audience, query), LATERAL
             (SELECT arrival FROM ${schema}.records r
              WHERE words @@ query AND arrival + 0 < $3 AND r.audience + 0 = own.audience LIMIT $4) AS found LIMIT $4)'
    INTO hits USING audiences, queries, before, enough;
    IF cardinality(hits) < enough THEN
        RETURN QUERY SELECT hit FROM unnest(hits) AS hit ORDER BY hit DESC LIMIT wanted;
        RETURN;
    END IF;
    PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'off', true),
        set_config('enable_sort', 'off', true);
    RETURN QUERY EXECUTE 'SELECT arrival FROM ${schema}.records JOIN unnest($1, $2) AS own (audience, query) USING (audience)
             WHERE words @@ query AND arrival < $3 ORDER BY arrival DESC LIMIT $4'
    USING audiences, queries, before, wanted;
END $$;

CREATE FUNCTION find_token(wanted text) RETURNS TABLE (name text, roles text[], hash bytea, expires timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT name, roles, hash, expires FROM ${schema}.tokens WHERE id = wanted AND revoked IS NULL
$$;

ALTER TABLE records ENABLE ROW LEVEL SECURITY;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachments FORCE ROW LEVEL SECURITY;
ALTER TABLE attachment_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachment_parts FORCE ROW LEVEL SECURITY;
CREATE POLICY readers ON records FOR SELECT TO ${reader}
    USING (audience = ANY ((SELECT ${schema}.reader_audiences())::integer[]));
CREATE POLICY readers ON attachments FOR SELECT TO ${reader}
    USING (audience = ANY ((SELECT ${schema}.reader_audiences())::integer[]));
CREATE POLICY readers ON attachment_parts FOR SELECT TO ${reader}
    USING (audience = ANY ((SELECT ${schema}.reader_audiences())::integer[]));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reader_audiences(), arrivals_after(bigint, integer),
    arrivals_with_words(text[], bigint, integer), find_token(text) TO ${reader};
GRANT SELECT ON records, attachments, attachment_parts, tiles, logs TO ${reader};
GRANT SELECT ON secrets, audiences, records, tokens TO ${definer};
GRANT SELECT, INSERT, UPDATE, DELETE ON arrivals, logs, tiles, audiences, records, attachments, attachment_parts,
    uploads, upload_parts, tokens TO ${writer};
GRANT SELECT, INSERT ON audit TO ${writer};
GRANT USAGE ON SCHEMA ${schema} TO ${writer}, ${reader}, ${definer};

RESET ROLE;
ALTER FUNCTION ${schema}.reader_entries() OWNER TO ${definer};
ALTER FUNCTION ${schema}.reader_audiences() OWNER TO ${definer};
ALTER FUNCTION ${schema}.arrivals_after(bigint, integer) OWNER TO ${definer};
ALTER FUNCTION ${schema}.arrivals_with_words(text[], bigint, integer) OWNER TO ${definer};
ALTER FUNCTION ${schema}.find_token(text) OWNER TO ${definer};
