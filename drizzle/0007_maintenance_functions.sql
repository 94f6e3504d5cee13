-- Upkeep that a schedule or a person calls. What needs the tables' owner runs with the owner's rights, and may be called by
-- whom it is granted to.
CREATE UNIQUE INDEX product_traceability_summary_key ON public.product_traceability_summary (product_id);
--> statement-breakpoint
CREATE UNIQUE INDEX user_activity_summary_key ON public.user_activity_summary (user_id);
--> statement-breakpoint
CREATE UNIQUE INDEX compliance_summary_key ON public.compliance_summary (product_id);
--> statement-breakpoint
CREATE INDEX product_traceability_summary_manufacturer_id_index ON public.product_traceability_summary (manufacturer_id);
--> statement-breakpoint
CREATE INDEX user_activity_summary_wallet_address_index ON public.user_activity_summary (wallet_address);
--> statement-breakpoint
CREATE INDEX compliance_summary_manufacturer_id_index ON public.compliance_summary (manufacturer_id);
--> statement-breakpoint
COMMENT ON MATERIALIZED VIEW public.product_traceability_summary IS 'Checkpoints, stakeholders and duration of each product''s trace, as of the last refresh.';
--> statement-breakpoint
COMMENT ON MATERIALIZED VIEW public.user_activity_summary IS 'Products made, checkpoints recorded, points earned and token movements of each user, as of the last refresh.';
--> statement-breakpoint
COMMENT ON MATERIALIZED VIEW public.compliance_summary IS 'Certifications, checks and compliance score of each product, as of the last refresh.';
--> statement-breakpoint
COMMENT ON VIEW public.product_details IS 'Each product with its maker, latest checkpoint and figures, as of now.';
--> statement-breakpoint
COMMENT ON VIEW public.checkpoint_details IS 'Each checkpoint with its product, who recorded it, and its link of the product''s chain, as of now.';
--> statement-breakpoint
COMMENT ON VIEW public.user_portfolio IS 'What each user makes, holds and is owed, as of now; the trust rating is of the last update_analytics().';
--> statement-breakpoint
COMMENT ON VIEW ledger.product_figures IS 'What product_analytics keeps of each product, computed from its rows.';
--> statement-breakpoint
COMMENT ON VIEW ledger.user_figures IS 'What user_analytics keeps of each user beside the sums of the products, computed from the rows.';
--> statement-breakpoint
CREATE FUNCTION public.refresh_materialized_views()
	RETURNS TABLE (view_name text, is_concurrent boolean, duration_ms numeric)
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	view record;
	started_at timestamptz;
BEGIN
	FOR view IN
		SELECT format('%I.%I', nspname, relname) AS name, relispopulated AS is_populated
		FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE relkind = 'm' AND nspname = 'public'
		ORDER BY relname
	LOOP
		started_at := clock_timestamp();
		view_name := view.name;
		-- One that was never filled can't be refreshed beside its readers, but neither can it have any.
		is_concurrent := view.is_populated;
		EXECUTE CASE WHEN view.is_populated THEN 'REFRESH MATERIALIZED VIEW CONCURRENTLY ' ELSE 'REFRESH MATERIALIZED VIEW ' END
			|| view.name;
		duration_ms := round(extract(epoch FROM clock_timestamp() - started_at) * 1000, 3);
		RETURN NEXT;
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.refresh_materialized_views() IS 'Refreshes all materialized views, one row each, without making their readers wait; a second run waits for the first. Example: SELECT * FROM refresh_materialized_views();';
--> statement-breakpoint
CREATE FUNCTION public.cleanup_old_data(
	processed_event_retention interval DEFAULT '30 days',
	event_retention interval DEFAULT '1 year',
	quarantine_retention interval DEFAULT '90 days',
	batch_rows integer DEFAULT 10000
)
	RETURNS TABLE (what text, deleted bigint, has_more boolean)
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF batch_rows IS NULL OR batch_rows < 1 THEN
		RAISE EXCEPTION 'batch_rows is %, but must be at least 1', batch_rows USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF least(processed_event_retention, event_retention, quarantine_retention) < interval '0' THEN
		RAISE EXCEPTION 'a retention must not be negative' USING ERRCODE = 'invalid_parameter_value';
	END IF;

	-- The chain's own events stay: they are rows like a product, and an undo may need them.
	what := 'system_events';
	-- Materialized: as a subquery it might run once a row, and each time find the next ones.
	WITH outlived AS MATERIALIZED (
		SELECT id FROM public.system_events
		WHERE chain_id IS NULL AND (
			created_at < now() - event_retention
			OR created_at < now() - processed_event_retention AND processed_at < now() - processed_event_retention)
		ORDER BY created_at
		LIMIT batch_rows
		FOR UPDATE SKIP LOCKED
	)
	DELETE FROM public.system_events AS event USING outlived WHERE event.id = outlived.id;
	GET DIAGNOSTICS deleted = ROW_COUNT;
	has_more := deleted = batch_rows;
	RETURN NEXT;

	-- The log itself stays in the ledger; what goes is the note that it once failed. Until its block is final, a reorg may
	-- still come back to it.
	what := 'quarantine';
	WITH outlived AS MATERIALIZED (
		SELECT quarantined.id FROM ledger.quarantine AS quarantined
		WHERE quarantined.resolved_at < now() - quarantine_retention
			AND public.is_final(quarantined.chain_id, quarantined.block_number)
		ORDER BY quarantined.resolved_at
		LIMIT batch_rows
		FOR UPDATE OF quarantined SKIP LOCKED
	)
	DELETE FROM ledger.quarantine AS note USING outlived WHERE note.id = outlived.id;
	GET DIAGNOSTICS deleted = ROW_COUNT;
	has_more := deleted = batch_rows;
	RETURN NEXT;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.cleanup_old_data(interval, interval, interval, integer) IS 'Deletes what outlived its retention, at most batch_rows of each kind: events that neither the chain made nor anyone still has to process, and notes of quarantined logs that were resolved and are final. Call it again while has_more, each time in a transaction of its own. A retention that is null keeps that kind for ever. Nothing of the chain is ever deleted: not its rows, not the ledger, not the journal. Example: SELECT * FROM cleanup_old_data();';
--> statement-breakpoint
CREATE FUNCTION public.analyze_all_tables()
	RETURNS TABLE (table_name text, duration_ms numeric)
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	started_at timestamptz;
BEGIN
	-- A partitioned table's partitions are analyzed with it.
	FOR table_name IN
		SELECT format('%I.%I', nspname, relname)
		FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE nspname IN ('public', 'ledger') AND relkind IN ('r', 'p', 'm') AND NOT relispartition
			AND pg_has_role(relowner, 'USAGE')
		ORDER BY nspname, relname
	LOOP
		started_at := clock_timestamp();
		EXECUTE 'ANALYZE ' || table_name;
		duration_ms := round(extract(epoch FROM clock_timestamp() - started_at) * 1000, 3);
		RETURN NEXT;
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.analyze_all_tables() IS 'Renews the planner''s statistics of every table and materialized view in public and ledger that is ours, one row each. Reads and writes go on meanwhile. Example: SELECT * FROM analyze_all_tables();';
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.refresh_materialized_views(), public.cleanup_old_data(interval, interval, interval, integer), public.analyze_all_tables() FROM PUBLIC;
