-- One definition of what holds at a time. The contracts never write an expired certificate back as invalid: is_valid says only that
-- nobody withdrew it, and expires_at must be asked as well. Every count of what is valid asks this function.
CREATE FUNCTION ledger.is_in_force(is_valid boolean, expires_at timestamptz) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	-- The contracts' own rule: the second of the expiry is past. now() is the transaction's begin, one time for a whole answer.
	RETURN is_valid AND (expires_at IS NULL OR expires_at > now());
--> statement-breakpoint
COMMENT ON FUNCTION ledger.is_in_force(boolean, timestamptz) IS 'Whether a certificate or certification is in force now, at the begin of the transaction: valid by the chain, and not expired. Null where the chain''s word on it isn''t known.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "public"."product_details" AS (
  select product.id, product.chain_id, product.smart_contract_address, product.product_id, product.product_name,
    product.product_type, product.product_type_text, product.batch_number, product.manufacturer_id,
    maker.wallet_address as manufacturer_wallet, maker.company_name as manufacturer_company,
    product.manufacture_date, product.expiry_date, product.raw_materials, product.metadata_uri, product.is_active,
    product.created_at, product.updated_at, product.block_number, product.transaction_hash,
    public.is_final(product.chain_id, product.block_number) as is_final,
    latest.location as latest_location, latest.status as latest_status, latest."timestamp" as latest_checkpoint_at,
    figures.total_checkpoints, figures.total_stakeholders, figures.trace_duration_hours,
    certified.certifications as total_certifications, certified.valid as valid_certifications,
    ledger.compliance_score(figures.passed_checks, figures.total_checks) as compliance_score
  from public.products as product
  join ledger.product_figures as figures on figures.product_id = product.id
  left join public.users as maker on maker.id = product.manufacturer_id
  left join lateral (
    select location, status, "timestamp" from public.checkpoints as checkpoint
    where checkpoint.product_id = product.id order by checkpoint_index desc limit 1
  ) as latest on true
  cross join lateral (
    select count(*) as certifications, count(*) filter (where ledger.is_in_force(is_valid, expires_at)) as valid
    from public.product_certifications as certification where certification.product_id = product.id
  ) as certified);
--> statement-breakpoint
CREATE OR REPLACE VIEW "public"."user_portfolio" AS (
  select person.id as user_id, person.wallet_address, person.user_tier,
    made.products as total_products, made.live as live_products,
    held.balance as token_balance,
    staked.amount as staked_tokens, staked.rewards as staking_rewards_claimed,
    vesting.amount as vesting_tokens, vesting.released as vesting_tokens_released,
    earned.points as total_trace_points, earned.unclaimed as unclaimed_trace_points,
    owned.certificates as total_certificates, owned.valid as valid_certificates,
    analytics.trust_rating
  from public.users as person
  cross join lateral (
    select count(*) as products, count(*) filter (where is_active) as live
    from public.products where manufacturer_id = person.id
  ) as made
  cross join lateral (
    select coalesce(sum(balance), 0) as balance
    from public.token_balances where address = person.wallet_address
  ) as held
  cross join lateral (
    select coalesce(sum(amount) filter (where is_active), 0) as amount, coalesce(sum(rewards_claimed), 0) as rewards
    from public.user_stakes where user_id = person.id
  ) as staked
  cross join lateral (
    select coalesce(sum(total_amount), 0) as amount, coalesce(sum(released_amount), 0) as released
    from public.vesting_schedules where beneficiary_id = person.id
  ) as vesting
  cross join lateral (
    select coalesce(sum(points), 0) as points, coalesce(sum(points) filter (where not is_claimed), 0) as unclaimed
    from public.trace_points where user_id = person.id
  ) as earned
  cross join lateral (
    select count(*) as certificates, count(*) filter (where ledger.is_in_force(is_valid, expires_at)) as valid
    from public.nft_certificates where owner_id = person.id
  ) as owned
  left join public.user_analytics as analytics on analytics.user_id = person.id);
--> statement-breakpoint
CREATE OR REPLACE FUNCTION public.check_product_compliance(product_id uuid)
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
				ledger.is_in_force(certification.is_valid, certification.expires_at) AS valid
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
-- A materialized view's query can't be replaced.
DROP MATERIALIZED VIEW public.compliance_summary;
--> statement-breakpoint
CREATE MATERIALIZED VIEW "public"."compliance_summary" AS (
  select product.id as product_id, product.chain_id, product.smart_contract_address,
    product.product_id as chain_product_id, product.product_name, product.batch_number, product.manufacturer_id,
    product.is_active,
    coalesce(certified.certifications, 0) as total_certifications,
    coalesce(certified.valid, 0) as valid_certifications,
    coalesce(checked.checks, 0) as total_checks,
    coalesce(checked.passed, 0) as passed_checks,
    coalesce(checked.checks - checked.passed, 0) as failed_checks,
    ledger.compliance_score(checked.passed, checked.checks) as compliance_score,
    checked.last_at as last_checked_at
  from public.products as product
  left join (
    select product_id, count(*) as certifications, count(*) filter (where ledger.is_in_force(is_valid, expires_at)) as valid
    from public.product_certifications group by product_id
  ) as certified on certified.product_id = product.id
  left join (
    select product_id, count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed,
      max(checked_at) as last_at
    from public.compliance_checkpoints group by product_id
  ) as checked on checked.product_id = product.id);
--> statement-breakpoint
CREATE UNIQUE INDEX compliance_summary_key ON public.compliance_summary (product_id);
--> statement-breakpoint
CREATE INDEX compliance_summary_manufacturer_id_index ON public.compliance_summary (manufacturer_id);
--> statement-breakpoint
COMMENT ON MATERIALIZED VIEW public.compliance_summary IS 'Certifications, checks and compliance score of each product, as of the last refresh.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."batch_number" IS 'Unique in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."product_name" IS 'As the registry has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."total_checks" IS 'Checks of the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."failed_checks" IS 'Checks that failed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."passed_checks" IS 'Checks that passed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."last_checked_at" IS 'The latest check’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."manufacturer_id" IS 'Who made the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."compliance_score" IS 'The share of the checks that passed, in percent; null without a check.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."total_certifications" IS 'Certifications.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."valid_certifications" IS 'Certifications that were in force at the last refresh: valid, and not expired.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."valid_certifications" IS 'Certifications in force: valid, and not expired.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."valid_certificates" IS 'Of them, those in force: valid, and not expired.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."is_valid" IS 'Whether it stands, by the chain. It stays true when the certificate expires: ledger.is_in_force() asks both.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."is_valid" IS 'Whether it stands, by the chain. It stays true when the certification expires: ledger.is_in_force() asks both.';
