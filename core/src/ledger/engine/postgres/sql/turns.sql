-- Step 2: groups of one node take turns, and streams are loaded as strings; what ran inside the server before goes.

DROP FUNCTION IF EXISTS ledger.append(
  bigint, bytea, bigint, bytea, text[], bigint[], bytea[], text[], bigint[], text[], text[], bytea[], bytea[],
  bigint[], smallint[], bigint[], bigint[], bytea[], bigint[], text[], uuid[], bytea[], smallint[], bigint[], bytea[]
);
