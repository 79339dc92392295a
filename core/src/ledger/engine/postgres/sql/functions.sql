-- What runs inside the server. Replaced as a whole at every set-up; holds no data.

-- Streams as postgres-es loads them: payload = the stored groups, metadata = what is chained, each one string of hex.
-- Chained are idx (8 bytes), hash (32), header.
CREATE OR REPLACE VIEW ledger.stream_load AS
SELECT e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
  coalesce((SELECT ('"' || encode(p.groups, 'hex') || '"')::json FROM ledger.payload p WHERE p.idx = e.idx), '""'::json) AS payload,
  ('"' || encode(int8send(e.idx) || e.hash || e.header, 'hex') || '"')::json AS metadata
FROM ledger.events e;

-- Locks the head to the end of the transaction and says what an append is decided by.
-- kind 0: size and frontier; 1: where a stream ends; 2: a key in use; 3: a retired key; 4: hashes from `known` on;
-- 5: number of the last change to payload and keys.
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
  RETURN QUERY SELECT 5::smallint, h.change, NULL::bytea, NULL::text, NULL::uuid FROM ledger.ledger_head h;
END $$;

-- Writes the payload table anew from its living rows, so that no page keeps what was erased, whatever old snapshots see.
-- Only an owner may rewrite a table; the server's role is given this one way.
CREATE OR REPLACE FUNCTION ledger.rewrite_payload() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  ALTER TABLE ledger.payload ALTER COLUMN rewritten TYPE smallint USING (rewritten + 0)::smallint;
END $$;
REVOKE ALL ON FUNCTION ledger.rewrite_payload() FROM PUBLIC;
