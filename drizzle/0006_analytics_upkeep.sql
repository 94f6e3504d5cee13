-- How `product_analytics` and `user_analytics` follow the rows, at a cost that follows the changes.
--
-- Every statement that changes a row which counts leaves a note, in its own transaction: the product whose figures are to be
-- computed again, or what is to be added to a user's sums. `update_analytics()` takes the notes that it sees and works them
-- off. There is no watermark that a transaction could commit behind: a note that isn't visible yet stays for the next run. A
-- product's figures are computed from its own rows; a user's are added up, because one user may have made every product.
--
-- The triggers run with their owner's rights, for nobody else writes the notes, and once a statement, however many rows it has.
CREATE FUNCTION ledger.awaits_analytics_rebuild() RETURNS boolean
	LANGUAGE plpgsql VOLATILE
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	-- The lock keeps a rebuild from starting before this transaction ends. A request that is locked already is being
	-- carried out, and may not see this transaction's rows.
	PERFORM FROM ledger.analytics_rebuilds FOR KEY SHARE SKIP LOCKED;
	RETURN FOUND;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.awaits_analytics_rebuild() IS 'Whether all figures are to be computed anew, so that this transaction''s changes needn''t be noted.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_changed_products() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	-- A deleted product's figures go with it, and what it gave its maker with them: nothing is to be computed.
	INSERT INTO ledger.analytics_product_changes (product_id) SELECT id FROM made;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_changed_products() IS 'Notes the products that were made or changed.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_products_of_rows() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.analytics_product_changes (product_id)
		SELECT DISTINCT product_id FROM made WHERE product_id IS NOT NULL;
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ledger.analytics_product_changes (product_id)
		SELECT product_id FROM made WHERE product_id IS NOT NULL
		UNION SELECT product_id FROM gone WHERE product_id IS NOT NULL;
	ELSE
		INSERT INTO ledger.analytics_product_changes (product_id)
		SELECT DISTINCT product_id FROM gone WHERE product_id IS NOT NULL;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_products_of_rows() IS 'Notes the products that changed rows belong to, or belonged to.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_recorders() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.analytics_user_changes (user_id, checkpoints)
		SELECT stakeholder_id, count(*) FROM made WHERE stakeholder_id IS NOT NULL GROUP BY stakeholder_id;
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ledger.analytics_user_changes (user_id, checkpoints)
		SELECT stakeholder_id, sum(change)
		FROM (
			SELECT stakeholder_id, created_at, 1 AS change FROM made
			UNION ALL SELECT stakeholder_id, created_at, -1 FROM gone
		) AS counted
		WHERE stakeholder_id IS NOT NULL
		GROUP BY stakeholder_id HAVING sum(change) <> 0 OR min(created_at) <> max(created_at);
	ELSE
		INSERT INTO ledger.analytics_user_changes (user_id, checkpoints)
		SELECT stakeholder_id, -count(*) FROM gone WHERE stakeholder_id IS NOT NULL GROUP BY stakeholder_id;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_recorders() IS 'Notes how many checkpoints more or fewer each user has recorded.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_points() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.analytics_user_changes (user_id, points)
		SELECT user_id, sum(points) FROM made WHERE user_id IS NOT NULL GROUP BY user_id;
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ledger.analytics_user_changes (user_id, points)
		SELECT user_id, sum(change)
		FROM (
			SELECT user_id, created_at, points AS change FROM made
			UNION ALL SELECT user_id, created_at, -points FROM gone
		) AS counted
		WHERE user_id IS NOT NULL
		GROUP BY user_id HAVING sum(change) <> 0 OR min(created_at) <> max(created_at);
	ELSE
		INSERT INTO ledger.analytics_user_changes (user_id, points)
		SELECT user_id, -sum(points) FROM gone WHERE user_id IS NOT NULL GROUP BY user_id;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_points() IS 'Notes how many points more or fewer each user has.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_holders() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	-- A holder has a row a token contract, few enough to be added up anew: the note carries no amount.
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.analytics_user_changes (user_id)
		SELECT DISTINCT person.id FROM made JOIN public.users AS person ON person.wallet_address = made.address;
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ledger.analytics_user_changes (user_id)
		SELECT person.id
		FROM (SELECT address FROM made UNION SELECT address FROM gone) AS holder
		JOIN public.users AS person ON person.wallet_address = holder.address;
	ELSE
		INSERT INTO ledger.analytics_user_changes (user_id)
		SELECT DISTINCT person.id FROM gone JOIN public.users AS person ON person.wallet_address = gone.address;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_holders() IS 'Notes the users whose balance changed.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_movers() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	-- Only the time of the last activity depends on these.
	IF TG_LEVEL = 'ROW' THEN
		INSERT INTO ledger.analytics_user_changes (user_id)
		SELECT person FROM unnest(ARRAY[NEW.user_id, OLD.user_id]) AS person WHERE person IS NOT NULL;
	ELSIF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.analytics_user_changes (user_id)
		SELECT DISTINCT user_id FROM made WHERE user_id IS NOT NULL;
	ELSE
		INSERT INTO ledger.analytics_user_changes (user_id)
		SELECT DISTINCT user_id FROM gone WHERE user_id IS NOT NULL;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_movers() IS 'Notes the users of changed token movements.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_new_users() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF NOT ledger.awaits_analytics_rebuild() THEN
		INSERT INTO ledger.analytics_user_changes (user_id) SELECT id FROM made;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_new_users() IS 'Notes new users, so that each has figures, and a balance that was there before has its owner.';
--> statement-breakpoint
CREATE FUNCTION ledger.note_makers() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF ledger.awaits_analytics_rebuild() THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.analytics_user_changes
			(user_id, products, live_products, product_checkpoints, checked_products, compliance_scores)
		SELECT manufacturer_id, count(*), count(*) FILTER (WHERE is_active), sum(total_checkpoints),
			count(*) FILTER (WHERE total_checks > 0), sum(ledger.compliance_share(passed_checks, total_checks))
		FROM made WHERE manufacturer_id IS NOT NULL GROUP BY manufacturer_id;
	ELSIF TG_OP = 'UPDATE' THEN
		INSERT INTO ledger.analytics_user_changes
			(user_id, products, live_products, product_checkpoints, checked_products, compliance_scores)
		SELECT manufacturer_id, sum(change), sum(change * is_active::int), sum(change * total_checkpoints),
			sum(change * (total_checks > 0)::int), sum(change * ledger.compliance_share(passed_checks, total_checks))
		FROM (
			SELECT made.*, 1 AS change FROM made
			UNION ALL SELECT gone.*, -1 FROM gone
		) AS counted
		WHERE manufacturer_id IS NOT NULL
		GROUP BY manufacturer_id
		HAVING sum(change) <> 0 OR sum(change * is_active::int) <> 0 OR sum(change * total_checkpoints) <> 0
			OR sum(change * (total_checks > 0)::int) <> 0
			OR sum(change * ledger.compliance_share(passed_checks, total_checks)) <> 0;
	ELSE
		INSERT INTO ledger.analytics_user_changes
			(user_id, products, live_products, product_checkpoints, checked_products, compliance_scores)
		SELECT manufacturer_id, -count(*), -count(*) FILTER (WHERE is_active), -sum(total_checkpoints),
			-count(*) FILTER (WHERE total_checks > 0), -sum(ledger.compliance_share(passed_checks, total_checks))
		FROM gone WHERE manufacturer_id IS NOT NULL GROUP BY manufacturer_id;
		-- Figures may be deleted without their product: they are made again.
		INSERT INTO ledger.analytics_product_changes (product_id)
		SELECT gone.product_id FROM gone JOIN public.products AS product ON product.id = gone.product_id;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.note_makers() IS 'Notes what changed figures of products mean for those of their makers.';
--> statement-breakpoint
CREATE FUNCTION ledger.request_analytics_rebuild() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		INSERT INTO ledger.analytics_rebuilds DEFAULT VALUES;
	ELSE
		-- A user's sums can't be had from notes once they are lost. Those that went with their user aren't missed.
		INSERT INTO ledger.analytics_rebuilds
		SELECT WHERE EXISTS (SELECT FROM gone JOIN public.users AS person ON person.id = gone.user_id);
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.request_analytics_rebuild() IS 'Asks for all figures to be computed anew, where rows went without a note.';
--> statement-breakpoint
CREATE TRIGGER analytics_insert AFTER INSERT ON products REFERENCING NEW TABLE AS made
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.note_changed_products();
--> statement-breakpoint
CREATE TRIGGER analytics_update AFTER UPDATE ON products REFERENCING NEW TABLE AS made
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.note_changed_products();
--> statement-breakpoint
DO $$
DECLARE
	source record;
BEGIN
	FOR source IN
		SELECT * FROM (VALUES
			('checkpoints', 'products', 'ledger.note_products_of_rows()'),
			('checkpoints', 'users', 'ledger.note_recorders()'),
			('product_stakeholders', 'products', 'ledger.note_products_of_rows()'),
			('compliance_checkpoints', 'products', 'ledger.note_products_of_rows()'),
			('trace_points', 'users', 'ledger.note_points()'),
			('token_balances', 'users', 'ledger.note_holders()'),
			('product_analytics', 'users', 'ledger.note_makers()')
		) AS source (table_name, noted, note)
	LOOP
		EXECUTE format('CREATE TRIGGER analytics_insert_%2$s AFTER INSERT ON public.%1$I REFERENCING NEW TABLE AS made
			FOR EACH STATEMENT EXECUTE FUNCTION %3$s', source.table_name, source.noted, source.note);
		EXECUTE format('CREATE TRIGGER analytics_update_%2$s AFTER UPDATE ON public.%1$I
			REFERENCING NEW TABLE AS made OLD TABLE AS gone
			FOR EACH STATEMENT EXECUTE FUNCTION %3$s', source.table_name, source.noted, source.note);
		EXECUTE format('CREATE TRIGGER analytics_delete_%2$s AFTER DELETE ON public.%1$I REFERENCING OLD TABLE AS gone
			FOR EACH STATEMENT EXECUTE FUNCTION %3$s', source.table_name, source.noted, source.note);
	END LOOP;
END
$$;
--> statement-breakpoint
CREATE TRIGGER analytics_insert AFTER INSERT ON trace_token_transactions REFERENCING NEW TABLE AS made
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.note_movers();
--> statement-breakpoint
-- Row by row, because updates that confirm movements are many and change neither: their statements don't name these columns.
CREATE TRIGGER analytics_update AFTER UPDATE OF user_id, created_at ON trace_token_transactions
	FOR EACH ROW WHEN (NEW.user_id IS DISTINCT FROM OLD.user_id OR NEW.created_at <> OLD.created_at)
	EXECUTE FUNCTION ledger.note_movers();
--> statement-breakpoint
CREATE TRIGGER analytics_delete AFTER DELETE ON trace_token_transactions REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.note_movers();
--> statement-breakpoint
CREATE TRIGGER analytics_insert AFTER INSERT ON users REFERENCING NEW TABLE AS made
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.note_new_users();
--> statement-breakpoint
CREATE TRIGGER analytics_delete AFTER DELETE ON user_analytics REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.request_analytics_rebuild();
--> statement-breakpoint
DO $$
DECLARE
	table_name text;
BEGIN
	FOREACH table_name IN ARRAY ARRAY['products', 'checkpoints', 'product_stakeholders', 'compliance_checkpoints',
		'trace_points', 'token_balances', 'trace_token_transactions', 'product_analytics', 'user_analytics']
	LOOP
		EXECUTE format('CREATE TRIGGER analytics_truncate AFTER TRUNCATE ON public.%I
			FOR EACH STATEMENT EXECUTE FUNCTION ledger.request_analytics_rebuild()', table_name);
	END LOOP;
END
$$;
--> statement-breakpoint
-- What was there before the triggers.
INSERT INTO ledger.analytics_rebuilds DEFAULT VALUES;
