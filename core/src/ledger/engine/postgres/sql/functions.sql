-- What runs inside the server. Replaced as a whole at every set-up; holds no data.

-- Streams as postgres-es loads them: payload = the stored groups, metadata = what is chained; bytes as hex.
CREATE OR REPLACE VIEW ledger.stream_load AS
SELECT e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
  coalesce((SELECT json_agg(json_build_object('g', p.grp, 'k', p.kek_id, 'c', p.change, 'b', encode(p.bytes, 'hex')) ORDER BY p.grp)
    FROM ledger.payload p WHERE p.idx = e.idx), '[]'::json) AS payload,
  json_build_object('idx', e.idx, 'hash', encode(e.hash, 'hex'), 'header', encode(e.header, 'hex')) AS metadata
FROM ledger.events e;

-- One group of appends. Locks the head first, checks every claim of the caller under that lock, and only then writes.
-- False: a claim does not hold, and nothing was written. Each statement sees what was committed before the lock came.
CREATE OR REPLACE FUNCTION ledger.append(
  was_size bigint, was_frontier bytea, new_size bigint, new_frontier bytea,
  w_stream text[], w_next bigint[], w_prev bytea[],
  e_stream text[], e_seq bigint[], e_type text[], e_version text[], e_hash bytea[], e_header bytea[],
  p_idx bigint[], p_grp smallint[], p_kek bigint[], p_change bigint[], p_bytes bytea[],
  k_id bigint[], k_subject text[], k_procedure uuid[], k_mac bytea[],
  t_level smallint[], t_n bigint[], t_hashes bytea[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  is_size bigint;
  is_frontier bytea;
BEGIN
  SELECT h.size, h.frontier INTO STRICT is_size, is_frontier FROM ledger.ledger_head h FOR UPDATE;
  IF is_size <> was_size OR is_frontier <> was_frontier THEN RETURN false; END IF;
  IF EXISTS (
    SELECT FROM unnest(w_stream, w_next, w_prev) AS w(stream, next, prev) LEFT JOIN LATERAL (
      SELECT e.sequence, e.hash FROM ledger.events e WHERE e.aggregate_type = 'akte' AND e.aggregate_id = w.stream
      ORDER BY e.sequence DESC LIMIT 1) AS last ON true
    WHERE coalesce(last.sequence, 0) <> w.next OR coalesce(last.hash, decode(repeat('00', 32), 'hex')) <> w.prev
  ) THEN RETURN false; END IF;
  IF cardinality(k_id) > 0 AND EXISTS (
    SELECT FROM unnest(k_id, k_subject, k_procedure, k_mac) AS k(id, subject, procedure, mac)
    JOIN ledger.kek_use u ON u.kek_id = k.id
    WHERE u.subject <> k.subject OR u.procedure <> k.procedure OR u.mac <> k.mac
  ) THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM ledger.kek_retired r WHERE r.kek_id = ANY (p_kek)) THEN RETURN false; END IF;

  INSERT INTO ledger.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, idx, hash, header)
  SELECT 'akte', e.stream, e.seq + 1, e.type, e.version, '{}', '{}', was_size + e.n - 1, e.hash, e.header
  FROM unnest(e_stream, e_seq, e_type, e_version, e_hash, e_header) WITH ORDINALITY AS e(stream, seq, type, version, hash, header, n);
  INSERT INTO ledger.payload (idx, grp, kek_id, change, bytes)
  SELECT * FROM unnest(p_idx, p_grp, p_kek, p_change, p_bytes);
  IF cardinality(k_id) > 0 THEN
    INSERT INTO ledger.kek_use (kek_id, subject, procedure, mac)
    SELECT * FROM unnest(k_id, k_subject, k_procedure, k_mac) ON CONFLICT DO NOTHING;
  END IF;
  IF cardinality(t_n) > 0 THEN
    INSERT INTO ledger.tile (level, n, hashes) SELECT * FROM unnest(t_level, t_n, t_hashes);
  END IF;
  UPDATE ledger.ledger_head SET size = new_size, frontier = new_frontier,
    change = greatest(change, (SELECT max(c) FROM unnest(p_change) AS c));
  PERFORM pg_notify('aktenkette', new_size::text);
  RETURN true;
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
