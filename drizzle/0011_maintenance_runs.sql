CREATE TABLE "ledger"."maintenance_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger"."maintenance_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"task" text NOT NULL,
	"started_by" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"outcome" text,
	"detail" jsonb
);
--> statement-breakpoint
CREATE INDEX "maintenance_runs_task_index" ON "ledger"."maintenance_runs" USING btree ("task","started_at" DESC NULLS FIRST);