CREATE TABLE "ledger"."audit_reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger"."audit_reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"report_hash" "bytea" NOT NULL,
	"previous_report_hash" "bytea",
	"public_key" text NOT NULL,
	"findings" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "audit_reports_hash_key" UNIQUE("chain_id","report_hash"),
	CONSTRAINT "audit_reports_chain_key" UNIQUE NULLS NOT DISTINCT("chain_id","previous_report_hash")
);

--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.audit_reports
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.audit_reports
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_reports" IS 'The signed reports that were handed on, each naming the one before.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."id" IS 'The report.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."findings" IS 'How many findings it tells.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."block_hash" IS 'The audited block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."created_at" IS 'When it was signed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."public_key" IS 'The key that verifies its signature, as PEM.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."report_hash" IS 'SHA-256 of the report’s canonical form (RFC 8785).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."block_number" IS 'The audited block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."previous_report_hash" IS 'The report before it; null for the chain’s first.';
