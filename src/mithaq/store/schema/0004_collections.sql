-- Collections: what TAXII serves. A collection is the audiences that were made from one group of the charter, so an
-- audience now knows the group that it was made from (`label`, empty for none), and two that differ only by it are two.
-- And each record has an instant of its own, so that whoever asks for what was added after one misses nothing.

ALTER FUNCTION ${schema}.reader_entries() OWNER TO ${owner};
ALTER FUNCTION ${schema}.reader_audiences() OWNER TO ${owner};
ALTER FUNCTION ${schema}.find_token(text) OWNER TO ${owner};
SET LOCAL ROLE ${owner};

-- For this transaction alone the owner sees rows, which it may never do otherwise.
ALTER TABLE records NO FORCE ROW LEVEL SECURITY;
ALTER TABLE attachments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE attachment_parts NO FORCE ROW LEVEL SECURITY;

-- The label stands at the end of a record's bytes, where nothing of the object can be.
CREATE FUNCTION label_of(body bytea) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(substring(encode(substring(body FROM greatest(1, length(body) - 1000)), 'escape') FROM
        '"group":"([a-z0-9-]+)","log":"[^"]+","nonce":"[0-9a-f]{32}","released":"[^"]+"(?:,"restates":"[0-9a-f]{64}")?\},"v":1\}$'), '')
$$;
ALTER TABLE audiences ADD COLUMN label text NOT NULL DEFAULT '';
DO $do$
DECLARE
    found record;
    kept integer := 0;
    other integer;
BEGIN
    -- The label that most of an audience's records have stays with it; the others move to audiences of their own.
    FOR found IN SELECT audience, ${schema}.label_of(body) AS label, count(*) AS records FROM ${schema}.records
        GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2
    LOOP
        IF found.audience <> kept THEN
            kept := found.audience;
            UPDATE ${schema}.audiences SET label = found.label WHERE id = kept;
            CONTINUE;
        END IF;
        INSERT INTO ${schema}.audiences (digest, entries, label)
            SELECT sha256(digest || convert_to(found.label, 'UTF8')), entries, found.label
            FROM ${schema}.audiences WHERE id = kept
            RETURNING id INTO other;
        UPDATE ${schema}.records SET audience = other, words = array_to_tsvector(
                ARRAY(SELECT to_hex(other) || substr(lexeme, strpos(lexeme, '.')) FROM unnest(words)))
            WHERE audience = kept AND ${schema}.label_of(body) = found.label;
    END LOOP;
END $do$;
UPDATE attachments a SET audience = r.audience FROM records r WHERE r.arrival = a.arrival AND r.audience <> a.audience;
UPDATE attachment_parts p SET audience = a.audience FROM attachments a
    WHERE a.digest = p.digest AND a.audience <> p.audience;
UPDATE audiences SET digest = sha256(convert_to(label || E'\n' || array_to_string(entries, E'\n'), 'UTF8'));
DROP FUNCTION label_of(bytea);

-- A batch used to share its instant; each record now stands at least a microsecond behind the one before.
UPDATE records SET accepted = stepped.at FROM (
    SELECT arrival, max(accepted - arrival * interval '1 microsecond') OVER (ORDER BY arrival)
        + arrival * interval '1 microsecond' AS at FROM records) AS stepped
    WHERE stepped.arrival = records.arrival AND stepped.at <> records.accepted;
ALTER TABLE arrivals ADD COLUMN accepted timestamptz NOT NULL DEFAULT '2000-01-01T00:00:00Z';
UPDATE arrivals SET accepted = coalesce((SELECT accepted FROM records ORDER BY arrival DESC LIMIT 1), accepted);

-- Versions are instants written so that they sort by their bytes, whatever language the database sorts by.
ALTER TABLE records ALTER COLUMN version TYPE text COLLATE "C";
CREATE INDEX records_type ON records (audience, type, arrival);

ALTER TABLE records FORCE ROW LEVEL SECURITY;
ALTER TABLE attachments FORCE ROW LEVEL SECURITY;
ALTER TABLE attachment_parts FORCE ROW LEVEL SECURITY;

-- What was withdrawn: the reference stays, the bytes and all that came from them are gone.
CREATE TABLE withdrawn (
    log smallint NOT NULL,
    index bigint NOT NULL,
    commitment bytea NOT NULL,
    withdrawal bytea NOT NULL,              -- the commitment of the record that withdrew it
    PRIMARY KEY (log, index)
);
-- What became of what was sent, for a day, for whoever sent it.
CREATE TABLE statuses (
    id uuid PRIMARY KEY,
    owner text NOT NULL,
    created timestamptz NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX statuses_created ON statuses (created);

-- Asked at every request: in this language a plan is kept, in SQL one is made each time.
ALTER FUNCTION reader_entries() SET plan_cache_mode = force_generic_plan;
CREATE OR REPLACE FUNCTION reader_audiences() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    mine text[] := ${schema}.reader_entries();
BEGIN
    RETURN (SELECT coalesce(array_agg(id), '{}') FROM ${schema}.audiences WHERE entries && mine);
END $$;
CREATE OR REPLACE FUNCTION find_token(wanted text)
RETURNS TABLE (name text, roles text[], hash bytea, expires timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT t.name, t.roles, t.hash, t.expires FROM ${schema}.tokens t
        WHERE t.id = wanted AND t.revoked IS NULL;
END $$;

-- The reader's audiences in a collection: those of a label, or all of them where no label is given.
CREATE FUNCTION collection_audiences(wanted_label text) RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    mine text[] := ${schema}.reader_entries();
BEGIN
    RETURN (SELECT coalesce(array_agg(id), '{}') FROM ${schema}.audiences
        WHERE entries && mine AND (wanted_label = '' OR label = wanted_label));
END $$;

-- The last arrival that was accepted at or before an instant, 0 if there is none. Both grow together, so a search by
-- halves finds it without an index; what was withdrawn leaves gaps.
CREATE FUNCTION arrival_at(instant timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    low bigint := 0;
    high bigint := coalesce((SELECT max(arrival) FROM ${schema}.records), 0);
    middle record;
BEGIN
    WHILE low < high LOOP
        SELECT arrival, accepted INTO middle FROM ${schema}.records
            WHERE arrival > (low + high) / 2 AND arrival <= high ORDER BY arrival LIMIT 1;
        IF middle.arrival IS NULL THEN
            high := (low + high) / 2;
        ELSIF middle.accepted <= instant THEN
            low := middle.arrival;
        ELSE
            high := (low + high) / 2;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- Which arrivals of a collection come next. Of several copies of one version it shows the first, or the own member's
-- where that one differs. Looked at are at most `bound` records; if that ended it, the last of them comes unpicked.
-- The sums keep the indices over audiences out of it, which without statistics, right after a big import, look better.
CREATE FUNCTION collection_arrivals(
    wanted_label text, after bigint, wanted integer, bound integer, types text[], ids text[],
    newest boolean, oldest boolean, versions text[], instants timestamptz[], own text
) RETURNS TABLE (arrival bigint, picked boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    audiences integer[] := ${schema}.collection_audiences(wanted_label);
    columns CONSTANT text := 'SELECT r.arrival, r.object_id, r.version, r.digest, r.publisher, r.accepted FROM ${schema}.records r';
    candidates text;
    -- Most objects have one version and one copy. Then nothing stands beside it, and one look tells that it is picked.
    beside text := CASE WHEN newest AND NOT oldest AND versions IS NULL THEN '>='
        WHEN NOT newest AND NOT oldest AND versions IS NULL THEN '=' END;
    found bigint;
    looked bigint;
    last bigint;
BEGIN
    IF ids IS NOT NULL THEN
        candidates := format('%s WHERE r.object_id = ANY ($1) AND r.audience + 0 = ANY (%L::integer[])', columns, audiences);
    ELSIF types IS NOT NULL AND cardinality(audiences) * cardinality(types) <= 64 THEN
        -- One run through the index for each audience and type, merged as far as they are needed.
        SELECT coalesce(string_agg(format(
            '(%s WHERE r.audience = %s AND r.type = %L AND r.arrival > $2 ORDER BY r.arrival)', columns, audience, type),
            ' UNION ALL '), columns || ' WHERE false')
        INTO candidates FROM unnest(audiences) AS audience, unnest(types) AS type;
        candidates := format('SELECT * FROM (%s) AS r WHERE true', candidates);
    ELSE
        candidates := format('%s WHERE r.audience = ANY (%L::integer[])', columns, audiences);
    END IF;
    IF types IS NOT NULL AND (ids IS NOT NULL OR cardinality(audiences) * cardinality(types) > 64) THEN
        candidates := candidates || ' AND r.type = ANY ($3)';
    END IF;
    candidates := candidates || ' AND r.arrival > $2 ORDER BY r.arrival LIMIT $4';
    RETURN QUERY EXECUTE format(
        'SELECT c.arrival, true FROM (%1$s) AS c
         WHERE CASE
            %3$s
            WHEN (NOT $5 AND NOT $6 AND $7 IS NULL AND $8 IS NULL
                OR $5 AND NOT EXISTS (SELECT FROM ${schema}.records o WHERE o.object_id = c.object_id
                    AND o.version > c.version AND o.audience + 0 = ANY (%2$L::integer[]))
                OR $6 AND NOT EXISTS (SELECT FROM ${schema}.records o WHERE o.object_id = c.object_id
                    AND o.version < c.version AND o.audience + 0 = ANY (%2$L::integer[]))
                OR c.version <> '''' AND c.version = ANY ($7) OR c.version = '''' AND c.accepted = ANY ($8))
            THEN (SELECT CASE
                    WHEN min(o.arrival) = c.arrival
                        THEN c.publisher = $9 OR NOT bool_or(o.publisher = $9 AND o.digest <> c.digest)
                    ELSE c.publisher = $9 AND min(o.arrival) FILTER (WHERE o.publisher = $9) = c.arrival
                        AND min(o.arrival) FILTER (WHERE o.digest <> c.digest) = min(o.arrival)
                    END
                FROM ${schema}.records o
                WHERE o.object_id = c.object_id AND o.version = c.version AND o.audience + 0 = ANY (%2$L::integer[]))
            END
         ORDER BY c.arrival LIMIT $10', candidates, audiences, CASE WHEN beside IS NULL THEN '' ELSE format(
            'WHEN NOT EXISTS (SELECT FROM ${schema}.records o WHERE o.object_id = c.object_id AND o.version %s c.version
                AND o.arrival <> c.arrival AND o.audience + 0 = ANY (%L::integer[])) THEN true', beside, audiences) END)
    USING ids, after, types, bound, newest, oldest, versions, instants, own, wanted;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < wanted THEN
        EXECUTE format('SELECT count(*), max(c.arrival) FROM (%s) AS c', candidates)
        INTO looked, last USING ids, after, types, bound;
        IF looked >= bound THEN
            RETURN QUERY SELECT last, false;
        END IF;
    END IF;
END $$;

-- The copies of an object's newest version in a collection, with the reader's own rights, in one exchange with the
-- server and by a plan that is made once: this is what is asked most often.
CREATE FUNCTION newest_copies(reader text, wanted_label text, wanted_id text) RETURNS TABLE (
    arrival bigint, log text, index bigint, accepted timestamptz, publisher text, object_id text, version text,
    type text, digest bytea, commitment bytea, body bytea)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    audiences integer[];
    copy record;
    newest text;
BEGIN
    PERFORM set_config('mithaq.reader', reader, true);
    audiences := ${schema}.collection_audiences(wanted_label);
    -- One look at the table, for at each the policy asks anew who reads; the versions before are not fetched.
    FOR copy IN SELECT r.*, l.origin FROM ${schema}.records r JOIN ${schema}.logs l ON l.id = r.log
        WHERE r.object_id = wanted_id AND r.audience + 0 = ANY (audiences) ORDER BY r.version DESC
    LOOP
        EXIT WHEN copy.version <> newest;
        newest := copy.version;
        arrival := copy.arrival; log := copy.origin; index := copy.index; accepted := copy.accepted;
        publisher := copy.publisher; object_id := copy.object_id; version := copy.version; type := copy.type;
        digest := copy.digest; commitment := copy.commitment; body := copy.body;
        RETURN NEXT;
    END LOOP;
END $$;

-- Who carries a token: its name, its roles, and the reader's context that it opens, of this node's member and no other.
CREATE FUNCTION reader_of_token(wanted text, hashed bytea, instant timestamptz)
RETURNS TABLE (name text, roles text[], context text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    secret bytea;
    said text;
BEGIN
    SELECT t.name, t.roles INTO name, roles FROM ${schema}.tokens t WHERE t.id = wanted AND t.hash = hashed
        AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > instant);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT value INTO STRICT secret FROM ${schema}.secrets s WHERE s.name = 'reader';
    SELECT member || '|' || array_to_string(ARRAY(SELECT role FROM unnest(reader_of_token.roles) AS role ORDER BY role COLLATE "C"), ',')
        INTO STRICT said FROM ${schema}.logs WHERE own;
    context := said || '|' || encode(sha256(secret || sha256(secret || convert_to(said, 'UTF8'))), 'hex');
    RETURN NEXT;
END $$;

-- The same copies for whoever carries a token: both questions in one. Without a row it tells nothing at all.
CREATE FUNCTION glance(token text, hashed bytea, instant timestamptz, wanted_label text, wanted_id text) RETURNS TABLE (
    name text, roles text[], arrival bigint, log text, index bigint, accepted timestamptz, publisher text,
    object_id text, version text, type text, digest bytea, commitment bytea, body bytea)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    visitor record;
BEGIN
    SELECT * INTO visitor FROM ${schema}.reader_of_token(token, hashed, instant);
    IF FOUND THEN
        RETURN QUERY SELECT visitor.name, visitor.roles, c.*
            FROM ${schema}.newest_copies(visitor.context, wanted_label, wanted_id) AS c;
    END IF;
END $$;

REVOKE ALL ON FUNCTION glance(text, bytea, timestamptz, text, text), reader_of_token(text, bytea, timestamptz),
    newest_copies(text, text, text), collection_audiences(text), arrival_at(timestamptz), collection_arrivals(
    text, bigint, integer, integer, text[], text[], boolean, boolean, text[], timestamptz[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION glance(text, bytea, timestamptz, text, text), reader_of_token(text, bytea, timestamptz),
    newest_copies(text, text, text), collection_audiences(text), arrival_at(timestamptz), collection_arrivals(
    text, bigint, integer, integer, text[], text[], boolean, boolean, text[], timestamptz[], text) TO ${reader};
GRANT SELECT ON logs TO ${definer};
GRANT SELECT, INSERT ON withdrawn TO ${writer};
GRANT SELECT, INSERT, DELETE ON statuses TO ${writer};

RESET ROLE;
ALTER FUNCTION ${schema}.reader_entries() OWNER TO ${definer};
ALTER FUNCTION ${schema}.reader_audiences() OWNER TO ${definer};
ALTER FUNCTION ${schema}.find_token(text) OWNER TO ${definer};
ALTER FUNCTION ${schema}.reader_of_token(text, bytea, timestamptz) OWNER TO ${definer};
-- These two run with their caller's rights.
ALTER FUNCTION ${schema}.newest_copies(text, text, text) OWNER TO ${definer};
ALTER FUNCTION ${schema}.glance(text, bytea, timestamptz, text, text) OWNER TO ${definer};
ALTER FUNCTION ${schema}.collection_audiences(text) OWNER TO ${definer};
ALTER FUNCTION ${schema}.arrival_at(timestamptz) OWNER TO ${definer};
ALTER FUNCTION ${schema}.collection_arrivals(
    text, bigint, integer, integer, text[], text[], boolean, boolean, text[], timestamptz[], text) OWNER TO ${definer};
