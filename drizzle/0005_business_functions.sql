-- What an application asks about one user or one product. Each runs with its caller's rights, so that a role sees no more
-- through it than it sees anyway.
CREATE FUNCTION public.calculate_trust_score(user_id uuid) RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, public, pg_temp
	AS $$
		SELECT ledger.trust_score(live.products, made.checkpoints, checked.shares, checked.products)
		FROM public.users AS person
		-- 25 live products or 100 checkpoints earn all that activity can: no more of them are looked at.
		CROSS JOIN LATERAL (
			SELECT count(*) AS products
			FROM (SELECT FROM public.products WHERE manufacturer_id = person.id AND is_active LIMIT 25) AS counted
		) AS live
		CROSS JOIN LATERAL (
			SELECT count(*) AS checkpoints
			FROM (
				SELECT FROM public.products AS product
				JOIN public.checkpoints AS checkpoint ON checkpoint.product_id = product.id
				WHERE product.manufacturer_id = person.id LIMIT 100
			) AS counted
		) AS made
		CROSS JOIN LATERAL (
			SELECT count(*) AS products,
				coalesce(sum(ledger.compliance_share(checking.passed, checking.checks)), 0) AS shares
			FROM (
				SELECT count(*) AS checks, count(*) FILTER (WHERE compliance_status = 'passed') AS passed
				FROM public.products AS product
				JOIN public.compliance_checkpoints AS checking ON checking.product_id = product.id
				WHERE product.manufacturer_id = person.id
				GROUP BY product.id
			) AS checking
		) AS checked
		WHERE person.id = calculate_trust_score.user_id
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.calculate_trust_score(uuid) IS 'The user''s trust score as of now, from 0 to 100 to 2 decimals: up to 50 from activity (2 a live product that the user makes, 0.5 a checkpoint of the user''s products), and half of the mean compliance score of the user''s checked products. 0 for a user who has done nothing; null for an unknown one. Example: SELECT id, calculate_trust_score(id) FROM users WHERE wallet_address = ''0x…'';';
--> statement-breakpoint
CREATE FUNCTION public.get_product_trace_chain(product_id uuid)
	RETURNS TABLE (
		sequence_order numeric,
		checkpoint_id uuid,
		checkpoint_index numeric,
		checkpoint_at timestamptz,
		status public.checkpoint_status,
		status_text text,
		from_location text,
		to_location text,
		from_stakeholder_id uuid,
		to_stakeholder_id uuid,
		stakeholder_wallet text,
		duration_hours numeric,
		distance_km numeric,
		temperature text,
		humidity text,
		additional_data text,
		block_number bigint,
		transaction_hash text,
		is_final boolean
	)
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, public, pg_temp
	AS $$
		SELECT link.sequence_order, link.checkpoint_id, checkpoint.checkpoint_index, checkpoint."timestamp",
			checkpoint.status, checkpoint.status_text, link.from_location, link.to_location, link.from_stakeholder_id,
			link.to_stakeholder_id, stakeholder.wallet_address, link.duration_hours, link.distance_km,
			checkpoint.temperature, checkpoint.humidity, checkpoint.additional_data, link.block_number,
			link.transaction_hash, public.is_final(link.chain_id, link.block_number)
		FROM public.traceability_chain AS link
		JOIN public.checkpoints AS checkpoint ON checkpoint.id = link.checkpoint_id
		LEFT JOIN public.users AS stakeholder ON stakeholder.id = checkpoint.stakeholder_id
		WHERE link.product_id = get_product_trace_chain.product_id
		ORDER BY link.sequence_order
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.get_product_trace_chain(uuid) IS 'The way of a product, one row a checkpoint in the chain''s order, whole however long it is. No row for a product without checkpoints, or an unknown one. Example: SELECT * FROM get_product_trace_chain((SELECT id FROM products WHERE batch_number = ''B-1''));';
--> statement-breakpoint
CREATE FUNCTION public.check_product_compliance(product_id uuid)
	RETURNS TABLE (
		status text,
		is_compliant boolean,
		compliance_score numeric,
		total_checks bigint,
		passed_checks bigint,
		failed_checks bigint,
		failing_rules bigint,
		total_certifications bigint,
		valid_certifications bigint,
		last_checked_at timestamptz,
		standards jsonb
	)
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, public, pg_temp
	AS $$
		WITH checking AS (
			-- Where the same rule was checked again, the newest check by the chain's own order is what counts now.
			SELECT checked.standard_id, checked.compliance_status = 'passed' AS passed, checked.checked_at,
				row_number() OVER (
					PARTITION BY checked.chain_id, checked.smart_contract_address, checked.rule_key
					ORDER BY checked.block_number DESC, checked.log_index DESC
				) = 1 AS newest
			FROM public.compliance_checkpoints AS checked
			WHERE checked.product_id = check_product_compliance.product_id
		), certified AS (
			SELECT certification.standard_id,
				certification.is_valid AND coalesce(certification.expires_at > now(), true) AS valid
			FROM public.product_certifications AS certification
			WHERE certification.product_id = check_product_compliance.product_id
		), checked_standards AS (
			SELECT standard_id, count(*) AS checks, count(*) FILTER (WHERE passed) AS passed,
				count(*) FILTER (WHERE newest AND NOT passed) AS failing, max(checked_at) AS last_at
			FROM checking GROUP BY standard_id
		), certified_standards AS (
			SELECT standard_id, count(*) AS certifications, count(*) FILTER (WHERE valid) AS valid
			FROM certified GROUP BY standard_id
		), per_standard AS (
			SELECT standard_id, coalesce(checked.checks, 0) AS checks, coalesce(checked.passed, 0) AS passed,
				checked.failing, checked.last_at, coalesce(certified.certifications, 0) AS certifications,
				coalesce(certified.valid, 0) AS valid
			FROM checked_standards AS checked
			FULL JOIN certified_standards AS certified USING (standard_id)
		), summed AS (
			SELECT coalesce(sum(checks), 0)::bigint AS checks, coalesce(sum(passed), 0)::bigint AS passed,
				coalesce(sum(failing), 0)::bigint AS failing, max(last_at) AS last_at,
				coalesce(sum(certifications), 0)::bigint AS certifications, coalesce(sum(valid), 0)::bigint AS valid,
				coalesce(jsonb_agg(jsonb_build_object(
					'standard_code', standard.standard_code, 'standard_name', standard.standard_name,
					'total_checks', checks, 'passed_checks', passed, 'is_compliant', failing = 0,
					'compliance_score', ledger.compliance_score(passed, checks), 'last_checked_at', last_at,
					'total_certifications', certifications, 'valid_certifications', valid
				) ORDER BY standard.standard_code), '[]') AS standards
			FROM per_standard LEFT JOIN public.compliance_standards AS standard ON standard.id = standard_id
		)
		SELECT CASE WHEN checks = 0 THEN 'unchecked' WHEN failing = 0 THEN 'compliant' ELSE 'non_compliant' END,
			CASE WHEN checks > 0 THEN failing = 0 END,
			ledger.compliance_score(passed, checks), checks, passed, checks - passed, failing, certifications, valid,
			last_at, standards
		FROM summed
		WHERE EXISTS (SELECT FROM public.products WHERE id = check_product_compliance.product_id)
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.check_product_compliance(uuid) IS 'A product''s compliance as of now, in one row: `compliant` when the newest check of every rule passed, `non_compliant` when one failed, `unchecked` (score and is_compliant null) when nothing was checked; the score is the share of all checks that passed, in percent to 2 decimals; by standard in `standards`, a null code for checks whose rule isn''t known; a certification past its date isn''t valid. No row for an unknown product. Example: SELECT * FROM check_product_compliance((SELECT id FROM products WHERE batch_number = ''B-1''));';
