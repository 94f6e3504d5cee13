-- The figures' formulas, each written once: views, generated columns and functions call them. Numbers are exact; what is
-- rounded is rounded half away from zero, and last.
CREATE FUNCTION ledger.compliance_share(passed numeric, checks numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN round(passed * 100.000000000000000000 / nullif(checks, 0), 18);
--> statement-breakpoint
COMMENT ON FUNCTION ledger.compliance_share(numeric, numeric) IS 'The share of the checks that passed, in percent, to 18 decimals: for sums and means. Null where nothing was checked.';
--> statement-breakpoint
CREATE FUNCTION ledger.compliance_score(passed numeric, checks numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN round(ledger.compliance_share(passed, checks), 2);
--> statement-breakpoint
COMMENT ON FUNCTION ledger.compliance_score(numeric, numeric) IS 'The share of the checks that passed, in percent, to 2 decimals. Null where nothing was checked.';
--> statement-breakpoint
CREATE FUNCTION ledger.trust_score(live_products numeric, product_checkpoints numeric, compliance_shares numeric, checked_products numeric)
	RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN round(
		least(50, 2 * live_products + 0.5 * product_checkpoints)
		+ least(50, coalesce(compliance_shares / nullif(checked_products, 0) / 2, 0)),
		2);
--> statement-breakpoint
COMMENT ON FUNCTION ledger.trust_score(numeric, numeric, numeric, numeric) IS 'Trust from 0 to 100, to 2 decimals: up to 50 from activity (2 a live product, 0.5 a checkpoint of one''s products), and half of the mean compliance of one''s checked products (their sum and their number are given).';
--> statement-breakpoint
CREATE FUNCTION ledger.hours_between(earlier timestamptz, later timestamptz) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN round((extract(epoch FROM later) - extract(epoch FROM earlier)) / 3600, 4);
--> statement-breakpoint
COMMENT ON FUNCTION ledger.hours_between(timestamptz, timestamptz) IS 'Hours from one instant to the other, to 4 decimals.';
