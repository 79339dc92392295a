-- What runs inside the server. Replaced as a whole at every set-up; holds no data.

-- Streams as postgres-es loads them: payload = the stored groups, metadata = what is chained, each one string of hex.
-- A group is grp (2 bytes), kek_id (8, -1 = none), change (8), length (4), bytes; chained are idx (8), hash (32), header.
CREATE OR REPLACE VIEW ledger.stream_load AS
SELECT e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
  coalesce((SELECT ('"' || encode(string_agg(int2send(p.grp) || int8send(coalesce(p.kek_id, -1)) || int8send(p.change)
      || int4send(octet_length(p.bytes)) || p.bytes, ''), 'hex') || '"')::json
    FROM ledger.payload p WHERE p.idx = e.idx), '""'::json) AS payload,
  ('"' || encode(int8send(e.idx) || e.hash || e.header, 'hex') || '"')::json AS metadata
FROM ledger.events e;

-- One group of appends: locks the head, checks every claim of the caller under that lock, and writes. Each statement
-- sees what was committed before the lock came. NULL: a claim does not hold, and nothing was written; else the
-- microseconds it worked, so that the caller knows what the rest of its wait was: the flush. Arrays are read by
-- subscript, which costs less than unnesting several at once.
-- `before` = the turn of this node's group before, which is still on its way: then claims are checked and rows written
-- first, while that one is flushed, and the head is locked when it has ended. Claims on streams of that group are not
-- among them: they hold if it commits. That it did, and that nobody else wrote since the claims were checked, is what
-- size and frontier say; else the statement fails, and its rows were never there. It never waits for a stranger's lock
-- on the head with rows of its own, so that no two nodes wait for each other.
CREATE OR REPLACE FUNCTION ledger.append(
  node int, turn int, before int, before_size bigint,
  was_size bigint, was_frontier bytea, new_size bigint, new_frontier bytea, new_change bigint,
  w_stream text[], w_next bigint[], w_prev bytea[],
  e_stream text[], e_seq bigint[], e_type text[], e_version text[], e_hash bytea[], e_header bytea[],
  p_idx bigint[], p_grp smallint[], p_kek bigint[], p_change bigint[], p_bytes bytea[],
  k_id bigint[], k_subject text[], k_procedure uuid[], k_mac bytea[],
  t_level smallint[], t_n bigint[], t_hashes bytea[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  began timestamptz := clock_timestamp();
  is_size bigint;
  is_frontier bytea;
BEGIN
  -- The next one waits for this; held already only if that one was there first.
  IF NOT pg_try_advisory_xact_lock(node, turn) THEN RETURN NULL; END IF;
  FOR step IN 1..2 LOOP
    IF (step = 1) = (before IS NULL) THEN
      IF before IS NULL THEN
        SELECT h.size, h.frontier INTO STRICT is_size, is_frontier FROM ledger.ledger_head h FOR UPDATE;
      ELSE
        PERFORM pg_advisory_xact_lock_shared(node, before);
        SELECT h.size, h.frontier INTO is_size, is_frontier FROM ledger.ledger_head h FOR UPDATE SKIP LOCKED;
      END IF;
      IF is_size IS DISTINCT FROM was_size OR is_frontier IS DISTINCT FROM was_frontier
        OR EXISTS (SELECT FROM ledger.kek_retired r WHERE r.kek_id = ANY (p_kek))
        OR cardinality(k_id) > 0 AND EXISTS (
        SELECT FROM unnest(k_id, k_subject, k_procedure, k_mac) AS k(id, subject, procedure, mac)
        JOIN ledger.kek_use u ON u.kek_id = k.id
        WHERE u.subject <> k.subject OR u.procedure <> k.procedure OR u.mac <> k.mac
      ) THEN
        IF before IS NULL THEN RETURN NULL; END IF;
        RAISE EXCEPTION 'the group before did not commit, or a claim does not hold' USING ERRCODE = 'serialization_failure';
      END IF;
    ELSE
      IF before IS NOT NULL AND NOT EXISTS (SELECT FROM ledger.ledger_head h WHERE h.size IN (before_size, was_size))
        OR EXISTS (
          SELECT FROM generate_series(1, cardinality(w_stream)) AS n LEFT JOIN LATERAL (
            SELECT e.sequence, e.hash FROM ledger.events e
            WHERE e.aggregate_type = 'akte' AND e.aggregate_id = w_stream[n] AND e.idx < was_size
            ORDER BY e.sequence DESC LIMIT 1) AS last ON true
          WHERE coalesce(last.sequence, 0) <> w_next[n]
            OR coalesce(last.hash, '\x0000000000000000000000000000000000000000000000000000000000000000') <> w_prev[n]
      ) THEN
        RETURN NULL;
      END IF;
      INSERT INTO ledger.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, idx, hash, header)
      SELECT 'akte', e_stream[n], e_seq[n] + 1, e_type[n], e_version[n], '{}', '{}', was_size + n - 1, e_hash[n], e_header[n]
      FROM generate_series(1, cardinality(e_stream)) AS n;
      INSERT INTO ledger.payload (idx, grp, kek_id, change, bytes)
      SELECT p_idx[n], p_grp[n], p_kek[n], p_change[n], p_bytes[n] FROM generate_series(1, cardinality(p_idx)) AS n;
    END IF;
  END LOOP;
  IF cardinality(k_id) > 0 THEN
    INSERT INTO ledger.kek_use (kek_id, subject, procedure, mac)
    SELECT * FROM unnest(k_id, k_subject, k_procedure, k_mac) ON CONFLICT DO NOTHING;
  END IF;
  IF cardinality(t_n) > 0 THEN
    INSERT INTO ledger.tile (level, n, hashes) SELECT * FROM unnest(t_level, t_n, t_hashes);
  END IF;
  UPDATE ledger.ledger_head SET size = new_size, frontier = new_frontier, change = greatest(change, new_change);
  RETURN extract(epoch FROM clock_timestamp() - began) * 1000000;
END $$;

-- Locks the head to the end of the transaction and says what an append is decided by.
-- kind 0: size and frontier; 1: where a stream ends; 2: a key in use; 3: a retired key; 4: hashes from `known` on.
CREATE OR REPLACE FUNCTION ledger.facts(w_stream text[], w_kek bigint[], known bigint)
RETURNS TABLE (kind smallint, n bigint, bytes bytea, name text, procedure uuid) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT 0::smallint, h.size, h.frontier, NULL::text, NULL::uuid FROM ledger.ledger_head h FOR UPDATE;
  RETURN QUERY SELECT 1::smallint, last.sequence, last.hash, w.stream, NULL::uuid
    FROM unnest(w_stream) AS w(stream) CROSS JOIN LATERAL (
      SELECT e.sequence, e.hash FROM ledger.events e WHERE e.aggregate_type = 'akte' AND e.aggregate_id = w.stream
      ORDER BY e.sequence DESC LIMIT 1) AS last;
  RETURN QUERY SELECT 2::smallint, u.kek_id, u.mac, u.subject, u.procedure FROM ledger.kek_use u WHERE u.kek_id = ANY (w_kek);
  RETURN QUERY SELECT 3::smallint, r.kek_id, NULL::bytea, NULL::text, NULL::uuid FROM ledger.kek_retired r WHERE r.kek_id = ANY (w_kek);
  RETURN QUERY SELECT 4::smallint, e.idx, e.hash, NULL::text, NULL::uuid FROM ledger.events e WHERE e.idx >= known ORDER BY e.idx LIMIT 8192;
END $$;

-- Writes the payload table anew from its living rows, so that no page keeps what was erased, whatever old snapshots see.
-- Only an owner may rewrite a table; the server's role is given this one way.
CREATE OR REPLACE FUNCTION ledger.rewrite_payload() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  ALTER TABLE ledger.payload ALTER COLUMN rewritten TYPE smallint USING (rewritten + 0)::smallint;
END $$;
REVOKE ALL ON FUNCTION ledger.rewrite_payload() FROM PUBLIC;
