-- Most records have two to four kilobytes. Cut into pieces of two, as PostgreSQL does by itself, each took a second table
-- and a second index at every writing and reading; now only what doesn't fit into a page is cut. Old rows stay as they are.

SET LOCAL ROLE ${owner};

ALTER TABLE records SET (toast_tuple_target = 8160);
