-- Works off the notes that the triggers of 0006 leave.
CREATE FUNCTION ledger.update_product_analytics() RETURNS bigint
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	noted uuid[];
	saved bigint;
BEGIN
	WITH taken AS (
		DELETE FROM ledger.analytics_product_changes RETURNING product_id
	)
	SELECT array_agg(DISTINCT product_id) INTO noted FROM taken;
	-- The lock keeps the product from being deleted meanwhile; one that is gone already is left out.
	WITH figures AS (
		SELECT figures.*, maker.trust_rating
		FROM public.products AS product
		JOIN ledger.product_figures AS figures ON figures.product_id = product.id
		LEFT JOIN public.user_analytics AS maker ON maker.user_id = product.manufacturer_id
		WHERE product.id = ANY (noted)
		FOR KEY SHARE OF product
	)
	INSERT INTO public.product_analytics AS kept
		(product_id, manufacturer_id, is_active, total_checkpoints, total_stakeholders, trace_duration_hours,
			total_checks, passed_checks, trust_score, last_checkpoint_at)
	SELECT product_id, manufacturer_id, is_active, total_checkpoints, total_stakeholders, trace_duration_hours,
		total_checks, passed_checks, trust_rating, last_checkpoint_at
	FROM figures
	ON CONFLICT (product_id) DO UPDATE SET
		manufacturer_id = excluded.manufacturer_id, is_active = excluded.is_active,
		total_checkpoints = excluded.total_checkpoints, total_stakeholders = excluded.total_stakeholders,
		trace_duration_hours = excluded.trace_duration_hours, total_checks = excluded.total_checks,
		passed_checks = excluded.passed_checks, trust_score = excluded.trust_score,
		last_checkpoint_at = excluded.last_checkpoint_at, updated_at = now()
	WHERE (kept.manufacturer_id, kept.is_active, kept.total_checkpoints, kept.total_stakeholders,
			kept.trace_duration_hours, kept.total_checks, kept.passed_checks, kept.trust_score,
			kept.last_checkpoint_at)
		IS DISTINCT FROM (excluded.manufacturer_id, excluded.is_active, excluded.total_checkpoints,
			excluded.total_stakeholders, excluded.trace_duration_hours, excluded.total_checks,
			excluded.passed_checks, excluded.trust_score, excluded.last_checkpoint_at);
	GET DIAGNOSTICS saved = ROW_COUNT;
	RETURN saved;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.update_product_analytics() IS 'Computes the noted products'' figures; what that means for their makers is noted by a trigger. Returns how many changed.';
--> statement-breakpoint
CREATE FUNCTION ledger.update_user_analytics() RETURNS bigint
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	saved bigint;
	rated uuid[];
BEGIN
	WITH taken AS (
		DELETE FROM ledger.analytics_user_changes RETURNING *
	), added AS (
		SELECT user_id, coalesce(sum(products), 0) AS products, coalesce(sum(live_products), 0) AS live_products,
			coalesce(sum(product_checkpoints), 0) AS product_checkpoints,
			coalesce(sum(checked_products), 0) AS checked_products,
			coalesce(sum(compliance_scores), 0) AS compliance_scores, coalesce(sum(checkpoints), 0) AS checkpoints,
			coalesce(sum(points), 0) AS points
		FROM taken GROUP BY user_id
	), figures AS MATERIALIZED (
		-- The lock keeps the user from being deleted meanwhile.
		SELECT added.*, figures.tokens, figures.last_activity_at, kept.trust_rating AS rating_before
		FROM added
		JOIN public.users AS person ON person.id = added.user_id
		JOIN ledger.user_figures AS figures ON figures.user_id = person.id
		LEFT JOIN public.user_analytics AS kept ON kept.user_id = person.id
		FOR KEY SHARE OF person
	), saved AS (
		INSERT INTO public.user_analytics AS kept
			(user_id, total_products, live_products, product_checkpoints, checked_products, compliance_scores,
				total_checkpoints, total_trace_points, total_trace_tokens, last_activity_at)
		SELECT user_id, products, live_products, product_checkpoints, checked_products, compliance_scores,
			checkpoints, points, tokens, last_activity_at
		FROM figures
		ON CONFLICT (user_id) DO UPDATE SET
			total_products = kept.total_products + excluded.total_products,
			live_products = kept.live_products + excluded.live_products,
			product_checkpoints = kept.product_checkpoints + excluded.product_checkpoints,
			checked_products = kept.checked_products + excluded.checked_products,
			compliance_scores = kept.compliance_scores + excluded.compliance_scores,
			total_checkpoints = kept.total_checkpoints + excluded.total_checkpoints,
			total_trace_points = kept.total_trace_points + excluded.total_trace_points,
			total_trace_tokens = excluded.total_trace_tokens, last_activity_at = excluded.last_activity_at,
			updated_at = now()
		WHERE (excluded.total_products, excluded.live_products, excluded.product_checkpoints,
				excluded.checked_products, excluded.compliance_scores, excluded.total_checkpoints,
				excluded.total_trace_points) IS DISTINCT FROM (0::numeric, 0::numeric, 0::numeric, 0::numeric,
				0::numeric, 0::numeric, 0::numeric)
			OR (kept.total_trace_tokens, kept.last_activity_at)
				IS DISTINCT FROM (excluded.total_trace_tokens, excluded.last_activity_at)
		RETURNING kept.user_id, kept.trust_rating
	)
	SELECT (SELECT count(*) FROM saved),
		-- A difference of sets, because the planner can't know their sizes and might join them row by row.
		(SELECT array_agg(user_id) FROM (
			SELECT user_id, trust_rating FROM saved EXCEPT SELECT user_id, rating_before FROM figures
		) AS changed)
	INTO saved, rated;
	UPDATE public.product_analytics AS kept SET trust_score = maker.trust_rating, updated_at = now()
	FROM public.user_analytics AS maker
	WHERE maker.user_id = ANY (rated) AND kept.manufacturer_id = maker.user_id
		AND kept.trust_score IS DISTINCT FROM maker.trust_rating;
	RETURN saved;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.update_user_analytics() IS 'Adds what was noted to the users'' figures and hands a changed rating on to the products of its user. Returns how many users changed.';
--> statement-breakpoint
CREATE FUNCTION ledger.rebuild_analytics(OUT changed_products bigint, OUT changed_users bigint)
	LANGUAGE sql
	SET search_path = pg_catalog, pg_temp
	AS $$
		-- One statement, so one snapshot: the notes that it drops are those of the changes that it counts.
		WITH dropped_products AS (
			DELETE FROM ledger.analytics_product_changes
		), dropped_users AS (
			DELETE FROM ledger.analytics_user_changes
		), product_figures AS MATERIALIZED (
			SELECT * FROM ledger.product_figures
		), made AS (
			SELECT manufacturer_id, count(*) AS products, count(*) FILTER (WHERE is_active) AS live,
				sum(total_checkpoints) AS checkpoints, count(*) FILTER (WHERE total_checks > 0) AS checked,
				sum(ledger.compliance_share(passed_checks, total_checks)) AS shares
			FROM product_figures GROUP BY manufacturer_id
		), user_figures AS MATERIALIZED (
			SELECT figures.*, coalesce(made.products, 0) AS products, coalesce(made.live, 0) AS live_products,
				coalesce(made.checkpoints, 0) AS product_checkpoints, coalesce(made.checked, 0) AS checked_products,
				coalesce(made.shares, 0) AS compliance_scores
			FROM ledger.user_figures AS figures LEFT JOIN made ON made.manufacturer_id = figures.user_id
		), saved_users AS (
			INSERT INTO public.user_analytics AS kept
				(user_id, total_products, live_products, product_checkpoints, checked_products, compliance_scores,
					total_checkpoints, total_trace_points, total_trace_tokens, last_activity_at)
			SELECT user_id, products, live_products, product_checkpoints, checked_products, compliance_scores,
				checkpoints, points, tokens, last_activity_at
			FROM user_figures
			ON CONFLICT (user_id) DO UPDATE SET
				total_products = excluded.total_products, live_products = excluded.live_products,
				product_checkpoints = excluded.product_checkpoints, checked_products = excluded.checked_products,
				compliance_scores = excluded.compliance_scores, total_checkpoints = excluded.total_checkpoints,
				total_trace_points = excluded.total_trace_points, total_trace_tokens = excluded.total_trace_tokens,
				last_activity_at = excluded.last_activity_at, updated_at = now()
			WHERE (kept.total_products, kept.live_products, kept.product_checkpoints, kept.checked_products,
					kept.compliance_scores, kept.total_checkpoints, kept.total_trace_points, kept.total_trace_tokens,
					kept.last_activity_at)
				IS DISTINCT FROM (excluded.total_products, excluded.live_products, excluded.product_checkpoints,
					excluded.checked_products, excluded.compliance_scores, excluded.total_checkpoints,
					excluded.total_trace_points, excluded.total_trace_tokens, excluded.last_activity_at)
			RETURNING 1
		), saved_products AS (
			INSERT INTO public.product_analytics AS kept
				(product_id, manufacturer_id, is_active, total_checkpoints, total_stakeholders, trace_duration_hours,
					total_checks, passed_checks, trust_score, last_checkpoint_at)
			SELECT product_id, manufacturer_id, is_active, total_checkpoints, total_stakeholders, trace_duration_hours,
				total_checks, passed_checks,
				ledger.trust_score(live_products, product_checkpoints, compliance_scores, checked_products),
				last_checkpoint_at
			FROM product_figures LEFT JOIN user_figures ON user_figures.user_id = product_figures.manufacturer_id
			ON CONFLICT (product_id) DO UPDATE SET
				manufacturer_id = excluded.manufacturer_id, is_active = excluded.is_active,
				total_checkpoints = excluded.total_checkpoints, total_stakeholders = excluded.total_stakeholders,
				trace_duration_hours = excluded.trace_duration_hours, total_checks = excluded.total_checks,
				passed_checks = excluded.passed_checks, trust_score = excluded.trust_score,
				last_checkpoint_at = excluded.last_checkpoint_at, updated_at = now()
			WHERE (kept.manufacturer_id, kept.is_active, kept.total_checkpoints, kept.total_stakeholders,
					kept.trace_duration_hours, kept.total_checks, kept.passed_checks, kept.trust_score,
					kept.last_checkpoint_at)
				IS DISTINCT FROM (excluded.manufacturer_id, excluded.is_active, excluded.total_checkpoints,
					excluded.total_stakeholders, excluded.trace_duration_hours, excluded.total_checks,
					excluded.passed_checks, excluded.trust_score, excluded.last_checkpoint_at)
			RETURNING 1
		)
		SELECT (SELECT count(*) FROM saved_products), (SELECT count(*) FROM saved_users)
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.rebuild_analytics() IS 'Computes all figures anew. The caller holds the requests for it.';
--> statement-breakpoint
CREATE FUNCTION public.update_analytics(rebuild boolean DEFAULT false)
	RETURNS TABLE (changed_products bigint, changed_users bigint)
	LANGUAGE plpgsql SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	rebuilt record;
BEGIN
	-- One run at a time; writers, whose locks are weaker, don't wait for it.
	LOCK TABLE ledger.analytics_rebuilds IN SHARE UPDATE EXCLUSIVE MODE;
	IF rebuild THEN
		INSERT INTO ledger.analytics_rebuilds DEFAULT VALUES;
	END IF;
	-- Waits for transactions that, relying on the request, left no notes. Those that begin later leave some.
	PERFORM FROM ledger.analytics_rebuilds FOR UPDATE;
	IF FOUND THEN
		rebuilt := ledger.rebuild_analytics();
		DELETE FROM ledger.analytics_rebuilds;
		changed_products := rebuilt.changed_products;
		changed_users := rebuilt.changed_users;
	ELSE
		changed_products := ledger.update_product_analytics();
		changed_users := ledger.update_user_analytics();
	END IF;
	RETURN NEXT;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.update_analytics(boolean) IS 'Brings product_analytics and user_analytics up to date, at a cost that follows what changed since the last run; computes everything anew when asked to, the first time, and after a TRUNCATE. Says how many rows it changed: 0 and 0 where nothing did. Example: SELECT * FROM update_analytics();';
--> statement-breakpoint
REVOKE ALL ON FUNCTION ledger.update_product_analytics(), ledger.update_user_analytics(), ledger.rebuild_analytics(), public.update_analytics(boolean) FROM PUBLIC;
