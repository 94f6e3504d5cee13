CREATE SCHEMA IF NOT EXISTS "ledger";
--> statement-breakpoint
CREATE TYPE "public"."checkpoint_status" AS ENUM('manufactured', 'quality_checked', 'packaged', 'shipped', 'in_transit', 'received', 'stored', 'sold', 'recalled', 'disposed', 'other');--> statement-breakpoint
CREATE TYPE "public"."compliance_status" AS ENUM('passed', 'failed');--> statement-breakpoint
CREATE TYPE "public"."escrow_kind" AS ENUM('deposit', 'release', 'refund');--> statement-breakpoint
CREATE TYPE "public"."product_type" AS ENUM('pharmaceutical', 'electronics', 'luxury', 'food', 'clothing', 'cosmetics', 'automotive', 'agricultural', 'other');--> statement-breakpoint
CREATE TYPE "public"."stakeholder_role" AS ENUM('manufacturer', 'distributor', 'retailer', 'consumer', 'regulator', 'auditor', 'logistics', 'quality_control');--> statement-breakpoint
CREATE TYPE "public"."system_event_severity" AS ENUM('debug', 'info', 'warning', 'error', 'fatal');--> statement-breakpoint
CREATE TYPE "public"."token_transaction_type" AS ENUM('mint', 'burn', 'transfer', 'stake', 'unstake', 'staking_reward', 'reward', 'vesting_release');--> statement-breakpoint
CREATE TYPE "public"."transaction_status" AS ENUM('pending', 'confirmed', 'failed', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."user_tier" AS ENUM('free', 'premium', 'enterprise');--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY GENERATED ALWAYS AS (ledger.user_id(wallet_address)) STORED NOT NULL,
	"wallet_address" text NOT NULL,
	"email" text,
	"username" text,
	"first_name" text,
	"last_name" text,
	"company_name" text,
	"user_tier" "user_tier" DEFAULT 'free' NOT NULL,
	"is_custodial" boolean DEFAULT false NOT NULL,
	"is_verified" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_login" timestamp with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "users_wallet_address_unique" UNIQUE("wallet_address"),
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "users_username_unique" UNIQUE("username"),
	CONSTRAINT "users_wallet_address_check" CHECK (wallet_address ~ '^0x[0-9a-f]{40}$'),
	CONSTRAINT "users_email_check" CHECK (char_length(email) <= 320),
	CONSTRAINT "users_username_check" CHECK (char_length(username) <= 255)
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid NOT NULL,
	"checkpoint_index" numeric(78,0) NOT NULL,
	"timestamp" timestamp with time zone,
	"location" text,
	"stakeholder_id" uuid,
	"status" "checkpoint_status",
	"status_text" text,
	"temperature" text,
	"humidity" text,
	"additional_data" text,
	"created_at" timestamp with time zone NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "checkpoints_product_checkpoint_key" UNIQUE("product_id","checkpoint_index"),
	CONSTRAINT "checkpoints_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "product_stakeholders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid NOT NULL,
	"stakeholder_id" uuid NOT NULL,
	"role" "stakeholder_role",
	"added_at" timestamp with time zone,
	"added_by" uuid,
	"is_active" boolean NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "product_stakeholders_contract_product_stakeholder_key" UNIQUE("chain_id","smart_contract_address","product_id","stakeholder_id"),
	CONSTRAINT "product_stakeholders_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" numeric(78,0) NOT NULL,
	"product_name" text,
	"product_type" "product_type",
	"product_type_text" text,
	"manufacturer_id" uuid,
	"batch_number" text,
	"batch_number_digest" text,
	"manufacture_date" timestamp with time zone,
	"expiry_date" timestamp with time zone,
	"raw_materials" text[],
	"is_active" boolean NOT NULL,
	"metadata_uri" text,
	"deactivated_at" timestamp with time zone,
	"deactivated_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"latest_checkpoint_index" numeric(78,0),
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "products_contract_product_key" UNIQUE("chain_id","smart_contract_address","product_id"),
	CONSTRAINT "products_contract_batch_number_key" UNIQUE("chain_id","smart_contract_address","batch_number_digest"),
	CONSTRAINT "products_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "traceability_chain" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid NOT NULL,
	"checkpoint_id" uuid NOT NULL,
	"sequence_order" numeric(78,0) NOT NULL,
	"from_location" text,
	"to_location" text,
	"from_stakeholder_id" uuid,
	"to_stakeholder_id" uuid,
	"duration_hours" numeric,
	"distance_km" numeric,
	"created_at" timestamp with time zone NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "traceability_chain_product_sequence_key" UNIQUE("product_id","sequence_order"),
	CONSTRAINT "traceability_chain_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "token_balances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"balance" numeric(78,18) NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "token_balances_contract_address_key" UNIQUE("chain_id","smart_contract_address","address"),
	CONSTRAINT "token_balances_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "trace_token_transactions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid,
	"transaction_type" "token_transaction_type" NOT NULL,
	"amount" numeric(78,18) NOT NULL,
	"from_address" text,
	"to_address" text,
	"status" "transaction_status" DEFAULT 'pending' NOT NULL,
	"gas_used" numeric(78,0),
	"gas_price" numeric(78,0),
	"created_at" timestamp with time zone NOT NULL,
	"confirmed_at" timestamp with time zone,
	"metadata" jsonb,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "trace_token_transactions_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "vesting_schedules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"beneficiary_id" uuid,
	"beneficiary" text NOT NULL,
	"total_amount" numeric(78,18),
	"released_amount" numeric(78,18),
	"start_time" timestamp with time zone,
	"duration_seconds" numeric(78,0),
	"is_revocable" boolean,
	"created_at" timestamp with time zone NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "vesting_schedules_contract_beneficiary_key" UNIQUE("chain_id","smart_contract_address","beneficiary"),
	CONSTRAINT "vesting_schedules_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "staking_pools" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"pool_name" text NOT NULL,
	"pool_type" text NOT NULL,
	"apy_percentage" numeric,
	"min_stake_amount" numeric(78,18),
	"max_stake_amount" numeric(78,18),
	"lock_period_days" numeric,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"chain_id" bigint,
	"smart_contract_address" text,
	"block_number" bigint,
	"block_hash" text,
	"transaction_hash" text,
	"log_index" integer,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "staking_pools_contract_key" UNIQUE("chain_id","smart_contract_address"),
	CONSTRAINT "staking_pools_provenance_check" CHECK (block_number >= 0 and log_index >= 0 and num_nulls(chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index) in (0, 6)),
	CONSTRAINT "staking_pools_pool_type_check" CHECK (char_length(pool_type) <= 200)
);
--> statement-breakpoint
CREATE TABLE "user_stakes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"pool_id" uuid NOT NULL,
	"amount" numeric(78,18) NOT NULL,
	"staked_at" timestamp with time zone,
	"unlock_at" timestamp with time zone,
	"is_active" boolean NOT NULL,
	"rewards_claimed" numeric(78,18) NOT NULL,
	"last_claim_at" timestamp with time zone,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "user_stakes_user_pool_key" UNIQUE("user_id","pool_id"),
	CONSTRAINT "user_stakes_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "trace_points" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid,
	"points" numeric(78,18) NOT NULL,
	"points_type" text NOT NULL,
	"source_product_id" uuid,
	"source_checkpoint_id" uuid,
	"description" text,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"is_claimed" boolean NOT NULL,
	"claimed_at" timestamp with time zone,
	"metadata" jsonb,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "trace_points_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "compliance_checkpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid,
	"checkpoint_id" uuid,
	"standard_id" uuid,
	"rule_id" uuid,
	"rule_key" text NOT NULL,
	"check_index" numeric(78,0),
	"compliance_status" "compliance_status" NOT NULL,
	"check_details" text,
	"checked_by" uuid,
	"checked_at" timestamp with time zone,
	"confidence" numeric(78,0),
	"evidence_uri" text,
	"chain_product_id" numeric(78,0) NOT NULL,
	"metadata" jsonb,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "compliance_checkpoints_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "compliance_rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"rule_key" text NOT NULL,
	"rule_id" text,
	"rule_name" text,
	"product_type" text,
	"standard_id" uuid,
	"requirement" text,
	"severity" numeric(78,0),
	"is_active" boolean,
	"created_at" timestamp with time zone NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "compliance_rules_contract_rule_key" UNIQUE("chain_id","smart_contract_address","rule_key"),
	CONSTRAINT "compliance_rules_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "compliance_standard_support" (
	"id" uuid PRIMARY KEY NOT NULL,
	"standard_id" uuid NOT NULL,
	"is_supported" boolean NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "compliance_standard_support_contract_standard_key" UNIQUE("chain_id","smart_contract_address","standard_id"),
	CONSTRAINT "compliance_standard_support_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "compliance_standards" (
	"id" uuid PRIMARY KEY GENERATED ALWAYS AS (ledger.standard_id(standard_code)) STORED NOT NULL,
	"standard_name" text NOT NULL,
	"standard_code" text NOT NULL,
	"description" text,
	"category" text,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "compliance_standards_standard_code_unique" UNIQUE("standard_code"),
	CONSTRAINT "compliance_standards_category_check" CHECK (char_length(category) <= 200)
);
--> statement-breakpoint
CREATE TABLE "product_certifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid,
	"standard_id" uuid NOT NULL,
	"certification_number" text NOT NULL,
	"certification_number_digest" "bytea" NOT NULL,
	"issued_by" text,
	"issued_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"is_valid" boolean NOT NULL,
	"certificate_uri" text,
	"chain_product_id" numeric(78,0) NOT NULL,
	"certificate_id" uuid,
	"failed_rules" text[],
	"created_at" timestamp with time zone NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "product_certifications_contract_product_standard_number_key" UNIQUE("chain_id","smart_contract_address","chain_product_id","standard_id","certification_number_digest"),
	CONSTRAINT "product_certifications_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "escrow_transactions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_contract_id" uuid NOT NULL,
	"kind" "escrow_kind" NOT NULL,
	"milestone_id" numeric(78,0),
	"amount" numeric(78,18) NOT NULL,
	"status" "transaction_status" DEFAULT 'pending' NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"confirmed_at" timestamp with time zone,
	"released_at" timestamp with time zone,
	"released_by" uuid,
	"metadata" jsonb,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "escrow_transactions_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "payment_contracts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"contract_address" text NOT NULL,
	"payment_id" numeric(78,0) NOT NULL,
	"product_id" uuid,
	"chain_product_id" numeric(78,0),
	"buyer_id" uuid,
	"seller_id" uuid,
	"amount" numeric(78,18),
	"fee_amount" numeric(78,18),
	"currency" text,
	"payment_type" text,
	"status" "transaction_status" NOT NULL,
	"is_disputed" boolean NOT NULL,
	"conditions" text,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"metadata" jsonb,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "payment_contracts_contract_payment_key" UNIQUE("chain_id","smart_contract_address","payment_id"),
	CONSTRAINT "payment_contracts_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "payment_disputes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_contract_id" uuid NOT NULL,
	"dispute_id" numeric(78,0) NOT NULL,
	"initiator_id" uuid,
	"reason" text,
	"evidence" text,
	"is_resolved" boolean NOT NULL,
	"arbitrator_id" uuid,
	"resolution_date" timestamp with time zone,
	"favor_payer" boolean,
	"resolution" text,
	"created_at" timestamp with time zone NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "payment_disputes_contract_dispute_key" UNIQUE("chain_id","smart_contract_address","dispute_id"),
	CONSTRAINT "payment_disputes_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "payment_milestones" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_contract_id" uuid NOT NULL,
	"milestone_id" numeric(78,0) NOT NULL,
	"description" text,
	"amount" numeric(78,18),
	"is_completed" boolean NOT NULL,
	"due_date" timestamp with time zone,
	"deliverables" text,
	"completed_at" timestamp with time zone,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "payment_milestones_payment_milestone_key" UNIQUE("payment_contract_id","milestone_id"),
	CONSTRAINT "payment_milestones_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "certificate_codes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"certificate_id" uuid NOT NULL,
	"verification_code" text NOT NULL,
	"is_used" boolean NOT NULL,
	"used_at" timestamp with time zone,
	"used_by" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "certificate_codes_certificate_id_unique" UNIQUE("certificate_id"),
	CONSTRAINT "certificate_codes_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "certificate_verifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"certificate_id" uuid NOT NULL,
	"verifier_id" uuid,
	"verification_method" text,
	"is_valid" boolean NOT NULL,
	"additional_data" text,
	"verified_at" timestamp with time zone,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "certificate_verifications_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "nft_certificates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token_id" numeric(78,0) NOT NULL,
	"product_id" uuid,
	"chain_product_id" numeric(78,0),
	"owner_id" uuid,
	"certificate_type" text,
	"metadata_uri" text,
	"is_valid" boolean,
	"invalidation_reason" text,
	"minted_at" timestamp with time zone,
	"minter_id" uuid,
	"expires_at" timestamp with time zone,
	"transferred_at" timestamp with time zone,
	"compliance_standards" text[],
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "nft_certificates_contract_token_key" UNIQUE("chain_id","smart_contract_address","token_id"),
	CONSTRAINT "nft_certificates_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "product_analytics" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"product_id" uuid NOT NULL,
	"total_checkpoints" numeric(78,0) DEFAULT 0 NOT NULL,
	"total_stakeholders" numeric(78,0) DEFAULT 0 NOT NULL,
	"trace_duration_hours" numeric,
	"compliance_score" numeric,
	"trust_score" numeric,
	"last_checkpoint_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "product_analytics_product_id_unique" UNIQUE("product_id")
);
--> statement-breakpoint
CREATE TABLE "user_analytics" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"total_products" numeric(78,0) DEFAULT 0 NOT NULL,
	"total_checkpoints" numeric(78,0) DEFAULT 0 NOT NULL,
	"total_trace_points" numeric DEFAULT '0' NOT NULL,
	"total_trace_tokens" numeric DEFAULT '0' NOT NULL,
	"trust_rating" numeric,
	"last_activity_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_analytics_user_id_unique" UNIQUE("user_id")
);
--> statement-breakpoint
CREATE TABLE "factory_contracts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"contract_address" text NOT NULL,
	"kind" text NOT NULL,
	"instance_id" numeric(78,0),
	"owner_id" uuid,
	"name" text,
	"symbol" text,
	"category" text,
	"product_registry_address" text,
	"metadata_uri" text,
	"is_active" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"deactivated_at" timestamp with time zone,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "factory_contracts_contract_key" UNIQUE("chain_id","contract_address"),
	CONSTRAINT "factory_contracts_provenance_check" CHECK (block_number >= 0 and log_index >= 0)
);
--> statement-breakpoint
CREATE TABLE "system_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"event_type" text NOT NULL,
	"event_data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"severity" "system_event_severity" DEFAULT 'info' NOT NULL,
	"source" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"processed_at" timestamp with time zone,
	"chain_id" bigint,
	"smart_contract_address" text,
	"block_number" bigint,
	"block_hash" text,
	"transaction_hash" text,
	"log_index" integer,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[],
	CONSTRAINT "system_events_provenance_check" CHECK (block_number >= 0 and log_index >= 0 and num_nulls(chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index) in (0, 6)),
	CONSTRAINT "system_events_event_type_check" CHECK (char_length(event_type) <= 200)
);
--> statement-breakpoint
CREATE TABLE "ledger"."blocks" (
	"chain_id" bigint NOT NULL,
	"number" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"parent_hash" "bytea" NOT NULL,
	"timestamp" numeric(78,0) NOT NULL,
	"receipts_root" "bytea",
	"state_root" "bytea",
	"is_canonical" boolean DEFAULT true NOT NULL,
	"completeness" text NOT NULL,
	"log_count" integer NOT NULL,
	CONSTRAINT "blocks_chain_id_number_hash_pk" PRIMARY KEY("chain_id","number","hash")
) PARTITION BY LIST ("chain_id");
--> statement-breakpoint
CREATE TABLE "ledger"."chains" (
	"chain_id" bigint PRIMARY KEY NOT NULL,
	"genesis_hash" "bytea" NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"head_number" bigint,
	"head_hash" "bytea",
	"final_number" bigint,
	"final_hash" "bytea",
	"capabilities" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"completeness_level" text,
	"latched_at" timestamp with time zone,
	"latch_reason" text,
	"latch_detail" jsonb
);
--> statement-breakpoint
CREATE TABLE "ledger"."contracts" (
	"chain_id" bigint NOT NULL,
	"address" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"start_block" bigint NOT NULL,
	"source" text NOT NULL,
	"factory_address" "bytea",
	"created_block_hash" "bytea",
	"created_log_index" integer,
	"registry_address" "bytea",
	"added_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "contracts_chain_id_address_pk" PRIMARY KEY("chain_id","address")
);
--> statement-breakpoint
CREATE TABLE "ledger"."coverage" (
	"chain_id" bigint NOT NULL,
	"from_block" bigint NOT NULL,
	"to_block" bigint NOT NULL,
	"completeness" text NOT NULL,
	CONSTRAINT "coverage_chain_id_from_block_pk" PRIMARY KEY("chain_id","from_block")
);
--> statement-breakpoint
CREATE TABLE "ledger"."cursors" (
	"chain_id" bigint NOT NULL,
	"stream" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea",
	"epoch" bigint NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cursors_chain_id_stream_pk" PRIMARY KEY("chain_id","stream")
);
--> statement-breakpoint
CREATE TABLE "ledger"."heartbeats" (
	"chain_id" bigint PRIMARY KEY NOT NULL,
	"epoch" bigint NOT NULL,
	"heartbeat_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."journal" (
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "ledger"."journal_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"table_id" smallint NOT NULL,
	"row_id" uuid NOT NULL,
	"operation" char(1) NOT NULL,
	"log_index" integer,
	"cause" smallint NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"before" jsonb,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "journal_chain_id_block_number_sequence_pk" PRIMARY KEY("chain_id","block_number","sequence")
) PARTITION BY LIST ("chain_id");
--> statement-breakpoint
CREATE TABLE "ledger"."leaders" (
	"chain_id" bigint PRIMARY KEY NOT NULL,
	"epoch" bigint NOT NULL,
	"instance" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."logs" (
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"log_index" integer NOT NULL,
	"transaction_index" integer NOT NULL,
	"transaction_hash" "bytea" NOT NULL,
	"address" "bytea" NOT NULL,
	"topics" "bytea"[] NOT NULL,
	"data" "bytea" NOT NULL,
	CONSTRAINT "logs_chain_id_block_number_block_hash_log_index_pk" PRIMARY KEY("chain_id","block_number","block_hash","log_index")
) PARTITION BY LIST ("chain_id");
--> statement-breakpoint
CREATE TABLE "ledger"."parked" (
	"chain_id" bigint NOT NULL,
	"stream" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea",
	"log_index" integer,
	"error_code" text NOT NULL,
	"error" text NOT NULL,
	"attempts" integer NOT NULL,
	"parked_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parked_chain_id_stream_pk" PRIMARY KEY("chain_id","stream")
);
--> statement-breakpoint
CREATE TABLE "ledger"."projection_versions" (
	"chain_id" bigint NOT NULL,
	"area" text NOT NULL,
	"version" integer NOT NULL,
	"stale_from" bigint,
	CONSTRAINT "projection_versions_chain_id_area_pk" PRIMARY KEY("chain_id","area")
);
--> statement-breakpoint
CREATE TABLE "ledger"."quarantine" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"log_index" integer NOT NULL,
	"transaction_hash" "bytea" NOT NULL,
	"address" "bytea" NOT NULL,
	"area" text NOT NULL,
	"stage" text NOT NULL,
	"error_code" text NOT NULL,
	"reason" text NOT NULL,
	"event_name" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp with time zone,
	CONSTRAINT "quarantine_log_key" UNIQUE("chain_id","block_hash","log_index")
);
--> statement-breakpoint
CREATE TABLE "ledger"."reads" (
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"request_key" "bytea" NOT NULL,
	"kind" smallint NOT NULL,
	"target" "bytea" NOT NULL,
	"request" "bytea" NOT NULL,
	"status" smallint NOT NULL,
	"result" "bytea",
	"result_bytes" bigint NOT NULL,
	CONSTRAINT "reads_chain_id_block_number_block_hash_request_key_pk" PRIMARY KEY("chain_id","block_number","block_hash","request_key")
) PARTITION BY LIST ("chain_id");
--> statement-breakpoint
CREATE TABLE "ledger"."receipts" (
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"transaction_hash" "bytea" NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"gas_used" numeric(78,0) NOT NULL,
	"effective_gas_price" numeric(78,0),
	CONSTRAINT "receipts_chain_id_transaction_hash_block_hash_pk" PRIMARY KEY("chain_id","transaction_hash","block_hash")
);
--> statement-breakpoint
CREATE TABLE "ledger"."settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."unknown_topics" (
	"chain_id" bigint NOT NULL,
	"address" "bytea" NOT NULL,
	"topic0" "bytea" NOT NULL,
	"count" bigint NOT NULL,
	"first_block" bigint NOT NULL,
	"last_block" bigint NOT NULL,
	CONSTRAINT "unknown_topics_chain_id_address_topic0_pk" PRIMARY KEY("chain_id","address","topic0")
);
--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_stakeholder_id_users_id_fk" FOREIGN KEY ("stakeholder_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_stakeholders" ADD CONSTRAINT "product_stakeholders_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_stakeholders" ADD CONSTRAINT "product_stakeholders_stakeholder_id_users_id_fk" FOREIGN KEY ("stakeholder_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_stakeholders" ADD CONSTRAINT "product_stakeholders_added_by_users_id_fk" FOREIGN KEY ("added_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_manufacturer_id_users_id_fk" FOREIGN KEY ("manufacturer_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_deactivated_by_users_id_fk" FOREIGN KEY ("deactivated_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "traceability_chain" ADD CONSTRAINT "traceability_chain_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "traceability_chain" ADD CONSTRAINT "traceability_chain_checkpoint_id_checkpoints_id_fk" FOREIGN KEY ("checkpoint_id") REFERENCES "public"."checkpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "traceability_chain" ADD CONSTRAINT "traceability_chain_from_stakeholder_id_users_id_fk" FOREIGN KEY ("from_stakeholder_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "traceability_chain" ADD CONSTRAINT "traceability_chain_to_stakeholder_id_users_id_fk" FOREIGN KEY ("to_stakeholder_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trace_token_transactions" ADD CONSTRAINT "trace_token_transactions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vesting_schedules" ADD CONSTRAINT "vesting_schedules_beneficiary_id_users_id_fk" FOREIGN KEY ("beneficiary_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_stakes" ADD CONSTRAINT "user_stakes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_stakes" ADD CONSTRAINT "user_stakes_pool_id_staking_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "public"."staking_pools"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trace_points" ADD CONSTRAINT "trace_points_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_checkpoints" ADD CONSTRAINT "compliance_checkpoints_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_checkpoints" ADD CONSTRAINT "compliance_checkpoints_checkpoint_id_checkpoints_id_fk" FOREIGN KEY ("checkpoint_id") REFERENCES "public"."checkpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_checkpoints" ADD CONSTRAINT "compliance_checkpoints_standard_id_compliance_standards_id_fk" FOREIGN KEY ("standard_id") REFERENCES "public"."compliance_standards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_checkpoints" ADD CONSTRAINT "compliance_checkpoints_rule_id_compliance_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."compliance_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_checkpoints" ADD CONSTRAINT "compliance_checkpoints_checked_by_users_id_fk" FOREIGN KEY ("checked_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_rules" ADD CONSTRAINT "compliance_rules_standard_id_compliance_standards_id_fk" FOREIGN KEY ("standard_id") REFERENCES "public"."compliance_standards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_standard_support" ADD CONSTRAINT "compliance_standard_support_standard_id_fk" FOREIGN KEY ("standard_id") REFERENCES "public"."compliance_standards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_certifications" ADD CONSTRAINT "product_certifications_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_certifications" ADD CONSTRAINT "product_certifications_standard_id_compliance_standards_id_fk" FOREIGN KEY ("standard_id") REFERENCES "public"."compliance_standards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_certifications" ADD CONSTRAINT "product_certifications_certificate_id_nft_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."nft_certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escrow_transactions" ADD CONSTRAINT "escrow_transactions_payment_contract_id_payment_contracts_id_fk" FOREIGN KEY ("payment_contract_id") REFERENCES "public"."payment_contracts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escrow_transactions" ADD CONSTRAINT "escrow_transactions_released_by_users_id_fk" FOREIGN KEY ("released_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_contracts" ADD CONSTRAINT "payment_contracts_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_contracts" ADD CONSTRAINT "payment_contracts_buyer_id_users_id_fk" FOREIGN KEY ("buyer_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_contracts" ADD CONSTRAINT "payment_contracts_seller_id_users_id_fk" FOREIGN KEY ("seller_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_disputes" ADD CONSTRAINT "payment_disputes_payment_contract_id_payment_contracts_id_fk" FOREIGN KEY ("payment_contract_id") REFERENCES "public"."payment_contracts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_disputes" ADD CONSTRAINT "payment_disputes_initiator_id_users_id_fk" FOREIGN KEY ("initiator_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_disputes" ADD CONSTRAINT "payment_disputes_arbitrator_id_users_id_fk" FOREIGN KEY ("arbitrator_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_milestones" ADD CONSTRAINT "payment_milestones_payment_contract_id_payment_contracts_id_fk" FOREIGN KEY ("payment_contract_id") REFERENCES "public"."payment_contracts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_codes" ADD CONSTRAINT "certificate_codes_certificate_id_nft_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."nft_certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_codes" ADD CONSTRAINT "certificate_codes_used_by_users_id_fk" FOREIGN KEY ("used_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_verifications" ADD CONSTRAINT "certificate_verifications_certificate_id_nft_certificates_id_fk" FOREIGN KEY ("certificate_id") REFERENCES "public"."nft_certificates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "certificate_verifications" ADD CONSTRAINT "certificate_verifications_verifier_id_users_id_fk" FOREIGN KEY ("verifier_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nft_certificates" ADD CONSTRAINT "nft_certificates_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nft_certificates" ADD CONSTRAINT "nft_certificates_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nft_certificates" ADD CONSTRAINT "nft_certificates_minter_id_users_id_fk" FOREIGN KEY ("minter_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_analytics" ADD CONSTRAINT "product_analytics_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_analytics" ADD CONSTRAINT "user_analytics_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "factory_contracts" ADD CONSTRAINT "factory_contracts_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "users_user_tier_index" ON "users" USING btree ("user_tier");--> statement-breakpoint
CREATE INDEX "users_created_at_index" ON "users" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "users_metadata_index" ON "users" USING gin ("metadata" jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "checkpoints_stakeholder_id_index" ON "checkpoints" USING btree ("stakeholder_id");--> statement-breakpoint
CREATE INDEX "checkpoints_status_index" ON "checkpoints" USING btree ("status");--> statement-breakpoint
CREATE INDEX "checkpoints_timestamp_index" ON "checkpoints" USING btree ("timestamp");--> statement-breakpoint
CREATE INDEX "checkpoints_location_index" ON "checkpoints" USING btree (left("location", 200));--> statement-breakpoint
CREATE INDEX "product_stakeholders_product_id_index" ON "product_stakeholders" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "product_stakeholders_stakeholder_id_index" ON "product_stakeholders" USING btree ("stakeholder_id") WHERE is_active;--> statement-breakpoint
CREATE INDEX "products_product_id_index" ON "products" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "products_batch_number_index" ON "products" USING hash ("batch_number");--> statement-breakpoint
CREATE INDEX "products_manufacturer_id_index" ON "products" USING btree ("manufacturer_id","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "products_product_type_index" ON "products" USING btree ("product_type");--> statement-breakpoint
CREATE INDEX "products_active_index" ON "products" USING btree ("created_at" DESC NULLS FIRST) WHERE is_active;--> statement-breakpoint
CREATE INDEX "products_product_name_search_index" ON "products" USING gin (to_tsvector('simple', left(product_name, 10000)));--> statement-breakpoint
CREATE INDEX "traceability_chain_checkpoint_id_index" ON "traceability_chain" USING btree ("checkpoint_id");--> statement-breakpoint
CREATE INDEX "traceability_chain_from_stakeholder_id_index" ON "traceability_chain" USING btree ("from_stakeholder_id");--> statement-breakpoint
CREATE INDEX "traceability_chain_to_stakeholder_id_index" ON "traceability_chain" USING btree ("to_stakeholder_id");--> statement-breakpoint
CREATE INDEX "token_balances_address_index" ON "token_balances" USING btree ("address");--> statement-breakpoint
CREATE INDEX "trace_token_transactions_user_id_index" ON "trace_token_transactions" USING btree ("user_id","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "trace_token_transactions_type_index" ON "trace_token_transactions" USING btree ("transaction_type","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "trace_token_transactions_created_at_index" ON "trace_token_transactions" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "trace_token_transactions_transaction_hash_index" ON "trace_token_transactions" USING btree ("transaction_hash");--> statement-breakpoint
CREATE INDEX "trace_token_transactions_pending_index" ON "trace_token_transactions" USING btree ("chain_id","block_number") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "vesting_schedules_beneficiary_id_index" ON "vesting_schedules" USING btree ("beneficiary_id");--> statement-breakpoint
CREATE INDEX "staking_pools_pool_type_index" ON "staking_pools" USING btree ("pool_type");--> statement-breakpoint
CREATE INDEX "staking_pools_active_index" ON "staking_pools" USING btree ("created_at") WHERE is_active;--> statement-breakpoint
CREATE INDEX "user_stakes_pool_id_index" ON "user_stakes" USING btree ("pool_id");--> statement-breakpoint
CREATE INDEX "user_stakes_active_index" ON "user_stakes" USING btree ("unlock_at") WHERE is_active;--> statement-breakpoint
CREATE INDEX "trace_points_user_id_index" ON "trace_points" USING btree ("user_id","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "trace_points_points_type_index" ON "trace_points" USING btree (left("points_type", 200));--> statement-breakpoint
CREATE INDEX "trace_points_created_at_index" ON "trace_points" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "trace_points_unclaimed_index" ON "trace_points" USING btree ("smart_contract_address","user_id") WHERE not is_claimed;--> statement-breakpoint
CREATE INDEX "compliance_checkpoints_contract_product_index" ON "compliance_checkpoints" USING btree ("chain_id","smart_contract_address","chain_product_id");--> statement-breakpoint
CREATE INDEX "compliance_checkpoints_product_id_index" ON "compliance_checkpoints" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "compliance_checkpoints_checkpoint_id_index" ON "compliance_checkpoints" USING btree ("checkpoint_id");--> statement-breakpoint
CREATE INDEX "compliance_checkpoints_rule_id_index" ON "compliance_checkpoints" USING btree ("rule_id");--> statement-breakpoint
CREATE INDEX "compliance_checkpoints_compliance_status_index" ON "compliance_checkpoints" USING btree ("compliance_status");--> statement-breakpoint
CREATE INDEX "compliance_checkpoints_metadata_index" ON "compliance_checkpoints" USING gin ("metadata" jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "compliance_rules_standard_id_index" ON "compliance_rules" USING btree ("standard_id");--> statement-breakpoint
CREATE INDEX "compliance_rules_active_index" ON "compliance_rules" USING btree ("chain_id","smart_contract_address") WHERE is_active;--> statement-breakpoint
CREATE INDEX "compliance_standard_support_standard_id_index" ON "compliance_standard_support" USING btree ("standard_id");--> statement-breakpoint
CREATE INDEX "compliance_standards_category_index" ON "compliance_standards" USING btree ("category");--> statement-breakpoint
CREATE INDEX "compliance_standards_active_index" ON "compliance_standards" USING btree ("standard_code") WHERE is_active;--> statement-breakpoint
CREATE INDEX "product_certifications_product_id_index" ON "product_certifications" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "product_certifications_standard_id_index" ON "product_certifications" USING btree ("standard_id");--> statement-breakpoint
CREATE INDEX "product_certifications_certificate_id_index" ON "product_certifications" USING btree ("certificate_id");--> statement-breakpoint
CREATE INDEX "product_certifications_valid_index" ON "product_certifications" USING btree ("expires_at") WHERE is_valid;--> statement-breakpoint
CREATE INDEX "escrow_transactions_payment_contract_id_index" ON "escrow_transactions" USING btree ("payment_contract_id");--> statement-breakpoint
CREATE INDEX "escrow_transactions_status_index" ON "escrow_transactions" USING btree ("status");--> statement-breakpoint
CREATE INDEX "escrow_transactions_pending_index" ON "escrow_transactions" USING btree ("chain_id","block_number") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "payment_contracts_contract_product_index" ON "payment_contracts" USING btree ("chain_id","smart_contract_address","chain_product_id");--> statement-breakpoint
CREATE INDEX "payment_contracts_contract_address_index" ON "payment_contracts" USING btree ("contract_address");--> statement-breakpoint
CREATE INDEX "payment_contracts_product_id_index" ON "payment_contracts" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "payment_contracts_buyer_id_index" ON "payment_contracts" USING btree ("buyer_id");--> statement-breakpoint
CREATE INDEX "payment_contracts_seller_id_index" ON "payment_contracts" USING btree ("seller_id");--> statement-breakpoint
CREATE INDEX "payment_contracts_status_index" ON "payment_contracts" USING btree ("status");--> statement-breakpoint
CREATE INDEX "payment_contracts_metadata_index" ON "payment_contracts" USING gin ("metadata" jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "payment_disputes_payment_contract_id_index" ON "payment_disputes" USING btree ("payment_contract_id");--> statement-breakpoint
CREATE INDEX "payment_disputes_open_index" ON "payment_disputes" USING btree ("created_at") WHERE not is_resolved;--> statement-breakpoint
CREATE INDEX "payment_milestones_open_index" ON "payment_milestones" USING btree ("due_date") WHERE not is_completed;--> statement-breakpoint
CREATE INDEX "certificate_codes_verification_code_index" ON "certificate_codes" USING hash ("verification_code");--> statement-breakpoint
CREATE INDEX "certificate_codes_unused_index" ON "certificate_codes" USING btree ("created_at") WHERE not is_used;--> statement-breakpoint
CREATE INDEX "certificate_verifications_certificate_id_index" ON "certificate_verifications" USING btree ("certificate_id","verified_at");--> statement-breakpoint
CREATE INDEX "certificate_verifications_verifier_id_index" ON "certificate_verifications" USING btree ("verifier_id");--> statement-breakpoint
CREATE INDEX "nft_certificates_contract_product_index" ON "nft_certificates" USING btree ("chain_id","smart_contract_address","chain_product_id");--> statement-breakpoint
CREATE INDEX "nft_certificates_token_id_index" ON "nft_certificates" USING btree ("token_id");--> statement-breakpoint
CREATE INDEX "nft_certificates_product_id_index" ON "nft_certificates" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "nft_certificates_owner_id_index" ON "nft_certificates" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "nft_certificates_valid_index" ON "nft_certificates" USING btree ("expires_at") WHERE is_valid;--> statement-breakpoint
CREATE INDEX "factory_contracts_factory_index" ON "factory_contracts" USING btree ("chain_id","smart_contract_address");--> statement-breakpoint
CREATE INDEX "factory_contracts_owner_id_index" ON "factory_contracts" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "system_events_event_type_index" ON "system_events" USING btree ("event_type","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "system_events_severity_index" ON "system_events" USING btree ("severity","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "system_events_created_at_index" ON "system_events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "system_events_event_data_index" ON "system_events" USING gin ("event_data" jsonb_path_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "blocks_canonical_key" ON "ledger"."blocks" USING btree ("chain_id","number") WHERE is_canonical;--> statement-breakpoint
CREATE INDEX "blocks_hash_index" ON "ledger"."blocks" USING btree ("chain_id","hash");--> statement-breakpoint
CREATE INDEX "journal_row_index" ON "ledger"."journal" USING btree ("row_id","sequence");--> statement-breakpoint
CREATE INDEX "logs_transaction_hash_index" ON "ledger"."logs" USING btree ("chain_id","transaction_hash");--> statement-breakpoint
CREATE INDEX "quarantine_open_index" ON "ledger"."quarantine" USING btree ("chain_id","block_number") WHERE resolved_at is null;