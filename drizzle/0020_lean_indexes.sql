-- What the busiest tables pay for every row of the chain: indexes a half to a third as large, and updates that stay in their page.
-- Each index is made anew under the lock of its DROP, some seconds a million rows.
DROP INDEX "public"."trace_token_transactions_transaction_hash_index";--> statement-breakpoint
DROP INDEX "ledger"."logs_transaction_hash_index";--> statement-breakpoint
ALTER TABLE "ledger"."journal" DROP CONSTRAINT "journal_chain_id_block_number_sequence_pk";--> statement-breakpoint
CREATE INDEX "journal_block_index" ON "ledger"."journal" USING btree ("chain_id","block_number");--> statement-breakpoint
CREATE INDEX "trace_token_transactions_transaction_hash_index" ON "public"."trace_token_transactions" USING hash ("transaction_hash");--> statement-breakpoint
CREATE INDEX "logs_transaction_hash_index" ON "ledger"."logs" USING hash ("transaction_hash");--> statement-breakpoint
-- A backfill changes most balances in every batch. With half of each page free, a row's next version has room beside the last
-- one: no index is touched, and the page is used again instead of a new one.
ALTER TABLE "public"."token_balances" SET (fillfactor = 45);
