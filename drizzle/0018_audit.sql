CREATE TABLE "ledger"."audit_contracts" (
	"chain_id" bigint NOT NULL,
	"address" "bytea" NOT NULL,
	"storage_root" "bytea" NOT NULL,
	"block_number" bigint NOT NULL,
	"run_id" bigint NOT NULL,
	CONSTRAINT "audit_contracts_chain_id_address_pk" PRIMARY KEY("chain_id","address")
);
--> statement-breakpoint
CREATE TABLE "ledger"."audit_findings" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger"."audit_findings_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chain_id" bigint NOT NULL,
	"finding_key" "bytea" NOT NULL,
	"opened_by" bigint NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_by" bigint NOT NULL,
	"closed_by" bigint,
	"closed_at" timestamp with time zone,
	"area" text NOT NULL,
	"table_name" text NOT NULL,
	"record_id" uuid,
	"entity" text NOT NULL,
	"contract_address" "bytea",
	"column_name" text,
	"class" text NOT NULL,
	"chain_value" jsonb,
	"is_chain_kept" boolean NOT NULL,
	"ledger_value" jsonb,
	"database_value" jsonb,
	"block_number" bigint NOT NULL,
	"changed_after" bigint,
	"changed_up_to" bigint,
	"last_log_block" bigint,
	"last_log_index" integer,
	"last_transaction_hash" "bytea",
	"evidence" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."audit_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger"."audit_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"mode" text NOT NULL,
	"areas" text[],
	"since_block" bigint,
	"sample_round" integer,
	"started_by" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone NOT NULL,
	"entities" bigint NOT NULL,
	"compared_rows" bigint NOT NULL,
	"fields" bigint NOT NULL,
	"findings" integer NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."observations" (
	"chain_id" bigint NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" "bytea" NOT NULL,
	"position" integer NOT NULL,
	"address" "bytea" NOT NULL,
	"table_id" smallint NOT NULL,
	"record_id" uuid NOT NULL,
	"column_values" jsonb NOT NULL,
	"run_id" bigint,
	"observed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "observations_chain_id_block_number_block_hash_position_pk" PRIMARY KEY("chain_id","block_number","block_hash","position")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "audit_findings_open_key" ON "ledger"."audit_findings" USING btree ("chain_id","finding_key") WHERE closed_by is null;--> statement-breakpoint
CREATE INDEX "audit_findings_record_index" ON "ledger"."audit_findings" USING btree ("record_id");--> statement-breakpoint
CREATE INDEX "audit_runs_chain_index" ON "ledger"."audit_runs" USING btree ("chain_id","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.observations
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.observations
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_contracts" IS 'The storage that a contract had when an audit last found nothing about it: while it stays, nothing in it can have changed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_contracts"."run_id" IS 'The audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_contracts"."address" IS 'The address.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_contracts"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_contracts"."block_number" IS 'The block at which it was proven.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_contracts"."storage_root" IS 'The root of the contract’s storage, proven against the block’s header.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_findings" IS 'One row a finding, from the audit that first had it to the one that no longer did: closed then, never deleted.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."id" IS 'The finding.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."area" IS 'The projection’s area.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."class" IS 'Why the values differ: docs/audit.md has the classes.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."entity" IS 'What it is about, for a person.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."seen_by" IS 'The last audit that had it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."evidence" IS 'What the class was decided by.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."closed_at" IS 'When it was closed; null while it stands.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."closed_by" IS 'The audit that looked again and no longer had it; null while it stands.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."opened_at" IS 'When it was first found.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."opened_by" IS 'The audit that first had it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."record_id" IS 'The row; null where no row is known.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."table_name" IS 'The table.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."chain_value" IS 'What the contract answers at the audited block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."column_name" IS 'The column; null where the whole row is missing or extra.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."finding_key" IS 'SHA-256 of what it is about: the same finding in every audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."block_number" IS 'The audited block of the last audit that had it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."ledger_value" IS 'What the ledger folds to.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."changed_after" IS 'The last block at which the contract was seen to have the row’s value.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."changed_up_to" IS 'The first block at which it was seen to have another.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."is_chain_kept" IS 'Whether a contract keeps this value, so that chain_value is its answer.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."database_value" IS 'What the table holds.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."last_log_block" IS 'The block of the last log that touched the row.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."last_log_index" IS 'That log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."contract_address" IS 'The contract.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."last_transaction_hash" IS 'That log’s transaction.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_runs" IS 'Every audit that was recorded: which block, what was looked at, how much was found.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."id" IS 'The audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."mode" IS 'full: every entity; incremental: what was touched since an earlier audit, and a sample.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."areas" IS 'The areas that were looked at; null for all.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."detail" IS 'The laws, the contracts that were skipped, the digests.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."fields" IS 'Values that were compared.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."entities" IS 'Entities whose state was read from contracts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."findings" IS 'How many findings there were.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."block_hash" IS 'The audited block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."started_at" IS 'When it began.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."started_by" IS 'schedule or command.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."finished_at" IS 'When it ended; null while it runs.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."since_block" IS 'The block of the audit that an incremental one goes on from.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."block_number" IS 'The audited block: a final one.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."sample_round" IS 'Which share of what nothing had touched was read again; null for a full audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."compared_rows" IS 'Rows that were compared.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."observations" IS 'What a contract was seen to say without an event: folded after the logs of its block, by every replay as well.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."run_id" IS 'The audit that found it; null where that wasn’t recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."address" IS 'The contract that was asked.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."position" IS 'Counts the observations of a block, from 0.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."table_id" IS 'The table, by its number in the journal.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."record_id" IS 'The row.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."observed_at" IS 'When it was entered.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."column_values" IS 'What the contract’s answer makes of the row, by column.';