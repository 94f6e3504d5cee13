-- `updated_at` follows by itself where the application writes (users: see 0002). A row of the chain has its block's time
-- there, which the fold gives: no trigger fires for it, so a bulk load doesn't pay a row for a trigger.
CREATE FUNCTION ledger.touch_updated_at() RETURNS trigger
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	-- Without the id, because one that is generated isn't there yet.
	IF to_jsonb(NEW) - 'id' <> to_jsonb(OLD) - 'id' THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.touch_updated_at() IS 'Sets updated_at to the time of the transaction where the row changes.';
--> statement-breakpoint
CREATE TRIGGER compliance_standards_touch BEFORE UPDATE ON compliance_standards
	FOR EACH ROW WHEN (NEW.updated_at = OLD.updated_at)
	EXECUTE FUNCTION ledger.touch_updated_at();
--> statement-breakpoint
CREATE TRIGGER staking_pools_touch BEFORE UPDATE ON staking_pools
	FOR EACH ROW WHEN (NEW.chain_id IS NULL AND NEW.updated_at = OLD.updated_at)
	EXECUTE FUNCTION ledger.touch_updated_at();
