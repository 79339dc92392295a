-- Step 1: the tables. Written once; a later change is a step of its own.

-- The shape of postgres-es, and beside it what is chained. Payload lies apart, so that erasing never touches a row here.
CREATE TABLE ledger.events (
  aggregate_type text COLLATE "C" NOT NULL CHECK (aggregate_type = 'akte'),
  aggregate_id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  event_type text NOT NULL,
  event_version text NOT NULL,
  payload json NOT NULL,
  metadata json NOT NULL,
  idx bigint NOT NULL,
  hash bytea NOT NULL,
  header bytea NOT NULL,
  CONSTRAINT events_pkey PRIMARY KEY (aggregate_type, aggregate_id, sequence),
  CONSTRAINT events_idx_key UNIQUE (idx)
);
CREATE TABLE ledger.payload (
  idx bigint NOT NULL,
  grp smallint NOT NULL,
  kek_id bigint,
  change bigint NOT NULL,
  bytes bytea NOT NULL,
  -- Always 0: a table is written anew by changing the type of a column that no view reads.
  rewritten smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (idx, grp)
);
CREATE INDEX payload_changed ON ledger.payload (change) WHERE change > 0;
-- Sealed bytes do not compress; trying costs time.
ALTER TABLE ledger.payload ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE ledger.events ALTER COLUMN header SET STORAGE EXTERNAL;
CREATE TABLE ledger.tile (level smallint NOT NULL, n bigint NOT NULL, hashes bytea NOT NULL, PRIMARY KEY (level, n));
ALTER TABLE ledger.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE TABLE ledger.kek_use (kek_id bigint PRIMARY KEY, subject text NOT NULL, procedure uuid NOT NULL, mac bytea NOT NULL);
CREATE TABLE ledger.kek_retired (kek_id bigint PRIMARY KEY);
CREATE TABLE ledger.checkpoint (size bigint PRIMARY KEY, note text NOT NULL);
CREATE TABLE ledger.lease (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  fence bigint NOT NULL,
  until timestamptz NOT NULL,
  position bigint
);
-- The one row every append locks first: order of commits = order of indices, and no gap after a rollback.
CREATE TABLE ledger.ledger_head (
  one smallint PRIMARY KEY CHECK (one = 1),
  size bigint NOT NULL,
  frontier bytea NOT NULL,
  change bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO ledger.ledger_head VALUES (1, 0, '\x0000000000000000', 0);

CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of ledger.% is refused: what is chained stays', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER tiles_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.tile EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER uses_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.kek_use EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER retired_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.kek_retired EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER head_stays BEFORE DELETE OR TRUNCATE ON ledger.ledger_head EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.events ENABLE ALWAYS TRIGGER events_stay;
ALTER TABLE ledger.tile ENABLE ALWAYS TRIGGER tiles_stay;
ALTER TABLE ledger.kek_use ENABLE ALWAYS TRIGGER uses_stay;
ALTER TABLE ledger.kek_retired ENABLE ALWAYS TRIGGER retired_stay;

-- A ledger belongs to one town for ever.
CREATE FUNCTION ledger.keep_origin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.origin IS NOT NULL AND NEW.origin IS DISTINCT FROM OLD.origin THEN
    RAISE EXCEPTION 'the origin of a ledger is never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER origin_stays BEFORE UPDATE ON ledger.meta FOR EACH ROW EXECUTE FUNCTION ledger.keep_origin();
