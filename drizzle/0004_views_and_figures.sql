CREATE TABLE "ledger"."analytics_product_changes" (
	"product_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."analytics_rebuilds" (
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."analytics_user_changes" (
	"user_id" uuid NOT NULL,
	"products" numeric,
	"live_products" numeric,
	"product_checkpoints" numeric,
	"checked_products" numeric,
	"compliance_scores" numeric,
	"checkpoints" numeric,
	"points" numeric
);
--> statement-breakpoint
DROP INDEX "checkpoints_stakeholder_id_index";--> statement-breakpoint
ALTER TABLE "product_analytics" drop column "compliance_score";--> statement-breakpoint
ALTER TABLE "user_analytics" drop column "trust_rating";--> statement-breakpoint
ALTER TABLE "compliance_standards" ADD COLUMN "updated_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "product_analytics" ADD COLUMN "manufacturer_id" uuid;--> statement-breakpoint
ALTER TABLE "product_analytics" ADD COLUMN "is_active" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "product_analytics" ADD COLUMN "total_checks" numeric(78,0) DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "product_analytics" ADD COLUMN "passed_checks" numeric(78,0) DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "user_analytics" ADD COLUMN "live_products" numeric(78,0) DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "user_analytics" ADD COLUMN "product_checkpoints" numeric(78,0) DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "user_analytics" ADD COLUMN "checked_products" numeric(78,0) DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "user_analytics" ADD COLUMN "compliance_scores" numeric DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "product_analytics" ADD COLUMN "compliance_score" numeric GENERATED ALWAYS AS (ledger.compliance_score(passed_checks, total_checks)) STORED;--> statement-breakpoint
ALTER TABLE "user_analytics" ADD COLUMN "trust_rating" numeric GENERATED ALWAYS AS (ledger.trust_score(live_products, product_checkpoints, compliance_scores, checked_products)) STORED;--> statement-breakpoint
CREATE INDEX "product_analytics_manufacturer_id_index" ON "product_analytics" USING btree ("manufacturer_id");--> statement-breakpoint
CREATE INDEX "system_events_own_index" ON "system_events" USING btree ("created_at") WHERE chain_id is null;--> statement-breakpoint
CREATE INDEX "quarantine_resolved_index" ON "ledger"."quarantine" USING btree ("resolved_at") WHERE resolved_at is not null;--> statement-breakpoint
CREATE INDEX "checkpoints_stakeholder_id_index" ON "checkpoints" USING btree ("stakeholder_id","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE VIEW "ledger"."product_figures" AS (
  select product.id as product_id, product.manufacturer_id, product.is_active,
    visited.checkpoints as total_checkpoints,
    (select count(*) from public.product_stakeholders as stakeholder where stakeholder.product_id = product.id)
      as total_stakeholders,
    visited.first_at as first_checkpoint_at, visited.last_at as last_checkpoint_at,
    ledger.hours_between(visited.first_at, visited.last_at) as trace_duration_hours,
    checked.checks as total_checks, checked.passed as passed_checks
  from public.products as product
  cross join lateral (
    select count(*) as checkpoints, min("timestamp") as first_at, max("timestamp") as last_at
    from public.checkpoints as checkpoint where checkpoint.product_id = product.id
  ) as visited
  cross join lateral (
    select count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed
    from public.compliance_checkpoints as checking where checking.product_id = product.id
  ) as checked);--> statement-breakpoint
CREATE VIEW "ledger"."user_figures" AS (
  select person.id as user_id,
    (select count(*) from public.checkpoints where stakeholder_id = person.id) as checkpoints,
    coalesce((select sum(points) from public.trace_points where user_id = person.id), 0) as points,
    coalesce((select sum(balance) from public.token_balances where address = person.wallet_address), 0) as tokens,
    greatest(
      (select max(created_at) from public.products where manufacturer_id = person.id),
      (select max(created_at) from public.checkpoints where stakeholder_id = person.id),
      (select max(created_at) from public.trace_points where user_id = person.id),
      (select max(created_at) from public.trace_token_transactions where user_id = person.id)
    ) as last_activity_at
  from public.users as person);--> statement-breakpoint
CREATE VIEW "public"."checkpoint_details" AS (
  select checkpoint.id, checkpoint.product_id, checkpoint.chain_id, checkpoint.smart_contract_address,
    product.product_id as chain_product_id, product.product_name, product.batch_number, checkpoint.checkpoint_index,
    link.sequence_order, checkpoint."timestamp", checkpoint.location, checkpoint.status, checkpoint.status_text,
    checkpoint.temperature, checkpoint.humidity, checkpoint.additional_data, checkpoint.stakeholder_id,
    stakeholder.wallet_address as stakeholder_wallet, stakeholder.company_name as stakeholder_company,
    link.from_location, link.from_stakeholder_id, link.duration_hours, link.distance_km,
    checked.checks as total_checks, checked.passed as passed_checks,
    checkpoint.created_at, checkpoint.block_number, checkpoint.transaction_hash,
    public.is_final(checkpoint.chain_id, checkpoint.block_number) as is_final
  from public.checkpoints as checkpoint
  join public.products as product on product.id = checkpoint.product_id
  left join public.users as stakeholder on stakeholder.id = checkpoint.stakeholder_id
  left join lateral (
    select sequence_order, from_location, from_stakeholder_id, duration_hours, distance_km
    from public.traceability_chain as link
    where link.checkpoint_id = checkpoint.id order by sequence_order limit 1
  ) as link on true
  cross join lateral (
    select count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed
    from public.compliance_checkpoints as checking where checking.checkpoint_id = checkpoint.id
  ) as checked);--> statement-breakpoint
CREATE VIEW "public"."product_details" AS (
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
    select count(*) as certifications, count(*) filter (where is_valid) as valid
    from public.product_certifications as certification where certification.product_id = product.id
  ) as certified);--> statement-breakpoint
CREATE VIEW "public"."user_portfolio" AS (
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
    select count(*) as certificates, count(*) filter (where is_valid) as valid
    from public.nft_certificates where owner_id = person.id
  ) as owned
  left join public.user_analytics as analytics on analytics.user_id = person.id);--> statement-breakpoint
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
    select product_id, count(*) as certifications, count(*) filter (where is_valid) as valid
    from public.product_certifications group by product_id
  ) as certified on certified.product_id = product.id
  left join (
    select product_id, count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed,
      max(checked_at) as last_at
    from public.compliance_checkpoints group by product_id
  ) as checked on checked.product_id = product.id);--> statement-breakpoint
CREATE MATERIALIZED VIEW "public"."product_traceability_summary" AS (
  select product.id as product_id, product.chain_id, product.smart_contract_address,
    product.product_id as chain_product_id, product.product_name, product.batch_number, product.manufacturer_id,
    product.is_active,
    coalesce(visited.checkpoints, 0) as total_checkpoints,
    coalesce(involved.stakeholders, 0) as total_stakeholders,
    coalesce(involved.active, 0) as active_stakeholders,
    visited.first_at as first_checkpoint_at, visited.last_at as last_checkpoint_at,
    ledger.hours_between(visited.first_at, visited.last_at) as trace_duration_hours
  from public.products as product
  left join (
    select product_id, count(*) as checkpoints, min("timestamp") as first_at, max("timestamp") as last_at
    from public.checkpoints group by product_id
  ) as visited on visited.product_id = product.id
  left join (
    select product_id, count(*) as stakeholders, count(*) filter (where is_active) as active
    from public.product_stakeholders group by product_id
  ) as involved on involved.product_id = product.id);--> statement-breakpoint
CREATE MATERIALIZED VIEW "public"."user_activity_summary" AS (
  select person.id as user_id, person.wallet_address, person.user_tier,
    coalesce(made.products, 0) as total_products,
    coalesce(made.live, 0) as live_products,
    coalesce(recorded.checkpoints, 0) as total_checkpoints,
    coalesce(earned.points, 0) as total_trace_points,
    coalesce(earned.claimed, 0) as claimed_trace_points,
    coalesce(moved.movements, 0) as total_token_transactions,
    coalesce(moved.amount, 0) as total_trace_tokens,
    coalesce(held.balance, 0) as token_balance,
    greatest(made.last_at, recorded.last_at, earned.last_at, moved.last_at) as last_activity_at
  from public.users as person
  left join (
    select manufacturer_id as user_id, count(*) as products, count(*) filter (where is_active) as live,
      max(created_at) as last_at
    from public.products group by manufacturer_id
  ) as made on made.user_id = person.id
  left join (
    select stakeholder_id as user_id, count(*) as checkpoints, max(created_at) as last_at
    from public.checkpoints group by stakeholder_id
  ) as recorded on recorded.user_id = person.id
  left join (
    select user_id, sum(points) as points, sum(points) filter (where is_claimed) as claimed, max(created_at) as last_at
    from public.trace_points group by user_id
  ) as earned on earned.user_id = person.id
  left join (
    select user_id, count(*) as movements, sum(amount) as amount, max(created_at) as last_at
    from public.trace_token_transactions group by user_id
  ) as moved on moved.user_id = person.id
  left join (
    select address, sum(balance) as balance from public.token_balances group by address
  ) as held on held.address = person.wallet_address);