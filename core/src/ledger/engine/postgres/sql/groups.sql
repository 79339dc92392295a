-- Step 3: the payload groups of an event are one row, an append is a statement and no function, and what is checked
-- elsewhere with every event is not checked here again.

-- The right of the server's role to read it stays; what it is comes with the functions.
CREATE OR REPLACE VIEW ledger.stream_load AS
SELECT e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version, e.payload, e.metadata FROM ledger.events e;
DROP FUNCTION IF EXISTS ledger.append(
  int, int, int, bigint, bigint, bytea, bigint, bytea, bigint, text[], bigint[], bytea[],
  text[], bigint[], text[], text[], bytea[], bytea[], bigint[], smallint[], bigint[], bigint[], bytea[],
  bigint[], text[], uuid[], bytea[], smallint[], bigint[], bytea[]
);

-- A group is grp (2 bytes), kek_id (8, -1 = none), change (8), length (4), bytes.
ALTER TABLE ledger.payload ADD COLUMN groups bytea;
ALTER TABLE ledger.payload ALTER COLUMN groups SET STORAGE EXTERNAL;
UPDATE ledger.payload p SET groups = (
  SELECT string_agg(int2send(q.grp) || int8send(coalesce(q.kek_id, -1)) || int8send(q.change)
    || int4send(octet_length(q.bytes)) || q.bytes, '' ORDER BY q.grp)
  FROM ledger.payload q WHERE q.idx = p.idx
) WHERE NOT EXISTS (SELECT FROM ledger.payload q WHERE q.idx = p.idx AND q.grp < p.grp);
DELETE FROM ledger.payload WHERE groups IS NULL;
ALTER TABLE ledger.payload DROP COLUMN grp, DROP COLUMN kek_id, DROP COLUMN change, DROP COLUMN bytes;
ALTER TABLE ledger.payload ADD PRIMARY KEY (idx), ALTER COLUMN groups SET NOT NULL;
-- What the rows were before goes with their pages.
ALTER TABLE ledger.payload ALTER COLUMN rewritten TYPE smallint USING (rewritten + 0)::smallint;

-- The server reads a check anew for every statement, which costs it more than the row; the type is always the same.
ALTER TABLE ledger.events DROP CONSTRAINT IF EXISTS events_aggregate_type_check, DROP CONSTRAINT IF EXISTS events_sequence_check;
ALTER TABLE ledger.events DROP CONSTRAINT events_pkey, ADD CONSTRAINT events_pkey PRIMARY KEY (aggregate_id, sequence);
ALTER TABLE ledger.ledger_head DROP CONSTRAINT IF EXISTS ledger_head_one_check;
