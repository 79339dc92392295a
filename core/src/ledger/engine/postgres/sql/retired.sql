-- Step 4: whoever takes a key out of use, by whatever program or by hand, raises `change`, by which nodes know.

CREATE FUNCTION ledger.tell_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger.ledger_head SET change = change + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER retired_tells AFTER INSERT ON ledger.kek_retired EXECUTE FUNCTION ledger.tell_retired();
ALTER TABLE ledger.kek_retired ENABLE ALWAYS TRIGGER retired_tells;
