-- Feeds: what this member pulls from elsewhere, how far each has come, and what of it was not let in. None of these
-- tables is any reader's: what was let in is a record like others, and what was not is the operator's to look at.

SET LOCAL ROLE ${owner};

CREATE TABLE feeds (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('taxii', 'bundle', 'folder')),
    address text NOT NULL,                  -- a URL without credentials, or a folder
    collection text NOT NULL DEFAULT '',    -- what names it: id, alias or title; empty for the only one
    types text[] NOT NULL DEFAULT '{}',     -- of objects that are wanted; empty for all
    red_roles text[] NOT NULL DEFAULT '{}', -- roles of this member to which TLP:RED is released; empty for none
    every integer NOT NULL,                 -- seconds
    max_objects integer NOT NULL,           -- new ones of one pull
    max_seconds integer NOT NULL,           -- of one pull
    max_bytes bigint NOT NULL,              -- of one answer or file, unpacked
    authenticated boolean NOT NULL,         -- whether a file in keys/ has credentials for it
    created timestamptz NOT NULL,
    due timestamptz NOT NULL,
    position jsonb NOT NULL DEFAULT '{}',   -- how far it has come: moves on in a transaction after the publication
    begun timestamptz,
    ended timestamptz,
    outcome text NOT NULL DEFAULT '',
    error jsonb,
    counts jsonb NOT NULL DEFAULT '{}'      -- of the last pull
);

-- What a feed has brought, by SHA-256 of the canonical bytes: it is not looked at again, nor brought back when this
-- member has withdrawn it.
CREATE TABLE feed_objects (
    feed integer NOT NULL REFERENCES feeds ON DELETE CASCADE,
    digest bytea NOT NULL,
    PRIMARY KEY (feed, digest)
);

-- The files of a folder that were read to their end.
CREATE TABLE feed_files (
    feed integer NOT NULL REFERENCES feeds ON DELETE CASCADE,
    path text NOT NULL,
    size bigint NOT NULL,
    modified bigint NOT NULL,               -- nanoseconds, as the file system says
    digest bytea NOT NULL,
    PRIMARY KEY (feed, path)
);

-- What was not let in, with the reason, by SHA-256 of its bytes as they came.
CREATE TABLE quarantine (
    feed integer NOT NULL REFERENCES feeds ON DELETE CASCADE,
    digest bytea NOT NULL,
    object_id text NOT NULL,
    version text NOT NULL,
    place text NOT NULL,
    family text NOT NULL,
    code text NOT NULL,
    details jsonb NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    size bigint NOT NULL,
    data bytea,                             -- null if it is too large to be kept
    PRIMARY KEY (feed, digest)
);
ALTER TABLE quarantine ALTER COLUMN data SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON feeds, feed_objects, feed_files, quarantine TO ${writer};
