CREATE TABLE "ledger"."commands" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"chain_id" bigint NOT NULL,
	"name" text NOT NULL,
	"input" jsonb NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL,
	"awaited_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"epoch" bigint,
	"progress" jsonb,
	"cancel_requested_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"outcome" text,
	"result" jsonb,
	"error" jsonb
);
--> statement-breakpoint
CREATE TABLE "ledger"."replays" (
	"chain_id" bigint NOT NULL,
	"generation" integer NOT NULL,
	"areas" text[] NOT NULL,
	"from_block" bigint NOT NULL,
	"to_block" bigint NOT NULL,
	"changes" jsonb NOT NULL,
	"merged_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "replays_chain_id_generation_pk" PRIMARY KEY("chain_id","generation")
);
--> statement-breakpoint
CREATE INDEX "commands_open_index" ON "ledger"."commands" USING btree ("chain_id","requested_at") WHERE finished_at is null;
--> statement-breakpoint
COMMENT ON TABLE "ledger"."commands" IS 'What a person asked of the leader that writes: replays, repairs and the like, each with what became of it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."id" IS 'The command.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."name" IS 'What the command is called.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."epoch" IS 'The leadership that executes it; null while it waits.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."error" IS 'What it failed of: code, message, place, fix.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."input" IS 'What it was asked with.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."result" IS 'What it answered.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."outcome" IS 'succeeded, failed, cancelled or interrupted; null while it waits or runs.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."progress" IS 'How far it is, for the command line to show.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."awaited_at" IS 'When the command line was last seen waiting: nothing is begun for one that has gone.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."started_at" IS 'When the leader began; null while it waits.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."finished_at" IS 'When it ended; null while it runs.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."requested_at" IS 'When it was asked for.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."requested_by" IS 'The process that asked, as process@host.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."cancel_requested_at" IS 'When the command line gave it up; null while it waits.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."replays" IS 'Each replay that changed rows. Its number is the generation that its entries in the journal carry.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."areas" IS 'The projections’ areas whose rows were made again.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."changes" IS 'Rows added, changed, removed, and rows of which only the history changed, by table.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."to_block" IS 'The last block that was folded again: a final one.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."merged_at" IS 'When the rows were replaced.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."from_block" IS 'The first block that was folded again.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."generation" IS 'Counts the replays of the chain that changed something, from 1.';