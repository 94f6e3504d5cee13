-- What src/db/comments says of every table and column; made by node schema-docs/generate.ts --comments.
COMMENT ON TABLE "ledger"."analytics_product_changes" IS 'Products whose figures are to be computed again; triggers append, update_analytics() takes away.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_product_changes"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."analytics_rebuilds" IS 'A row asks for all figures to be computed anew; while there is one, changes needn’t be noted.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_rebuilds"."requested_at" IS 'When it was asked for.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."analytics_user_changes" IS 'Users whose figures are to be computed again, with what is to be added to their sums.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."points" IS 'Points to be added to the user’s.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."products" IS 'Products to be added to the user’s.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."checkpoints" IS 'Checkpoints to be added to the user’s.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."live_products" IS 'Of them, those that are active.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."checked_products" IS 'Products of the user’s that were checked.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."compliance_scores" IS 'The sum of their compliance scores: the mean is the quotient.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."product_checkpoints" IS 'Checkpoints of the user’s products, whoever recorded them.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."after" IS 'The image after the change; null for a delete.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."sequence" IS 'The order of the entries.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."record_id" IS 'The id of the row that changed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."changed_at" IS 'When it changed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."ip_address" IS 'Where the session came from.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."table_name" IS 'The table’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."application_changes"."user_agent" IS 'What the application said of its caller.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."blocks" IS 'Every block that was taken in, the orphaned ones included: nothing is deleted by a reorganization.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."hash" IS 'Its hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."number" IS 'The block’s number.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."log_count" IS 'How many logs of indexed contracts the block has.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."timestamp" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."state_root" IS 'The root of the state’s trie, as the header has it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."parent_hash" IS 'The hash of the block before.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."completeness" IS 'How completely it was checked: logs, hash, bloom or receipts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."is_canonical" IS 'Whether the block counts: a reorganization orphans it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."receipts_root" IS 'The root of the receipts’ trie, as the header has it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chain_tables"."table_name" IS 'The table’s name.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."chains" IS 'A chain that this database follows; its genesis tells it from another behind the same URL.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."head_hash" IS 'Its hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."final_hash" IS 'Its hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."latched_at" IS 'When writing stopped until a person decides; null while it goes on.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."head_number" IS 'The newest block that the node told of.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."capabilities" IS 'What the node was found to be able to do.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."final_number" IS 'The newest final block; it never goes back.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."genesis_hash" IS 'The hash of block 0.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."latch_detail" IS 'The blocks at fault.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."latch_reason" IS 'Why it stopped.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."first_seen_at" IS 'When this database first saw it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."completeness_level" IS 'How completely blocks are checked: logs, hash, bloom or receipts.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."contracts" IS 'The contracts that are indexed, and how each came to be.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."kind" IS 'The contract’s name on the interface, such as ProductRegistry.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."source" IS 'configuration or factory.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."address" IS 'The address.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."added_at" IS 'When it was added.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."start_block" IS 'What the contract said before this block isn’t indexed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."factory_address" IS 'The factory whose event announced it; null for a configured one.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."registry_address" IS 'The registry that its product ids mean.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."created_log_index" IS 'The log of the factory’s event.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."created_block_hash" IS 'The block of the factory’s event.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."coverage" IS 'Which ranges of blocks were taken in, and how completely.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."to_block" IS 'The last block, included.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."from_block" IS 'The first block, included.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."completeness" IS 'How completely it was checked: logs, hash, bloom or receipts.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."cursors" IS 'How far a stream is: ingest in the chain, projection in the ledger.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."epoch" IS 'The leadership under which it was written.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."stream" IS 'ingest or projection.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."heartbeats" IS 'The leader’s sign of life, in a table of its own so that no batch holds it up.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."heartbeats"."epoch" IS 'The leadership under which it was written.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."heartbeats"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."heartbeats"."heartbeat_at" IS 'When the leader last gave a sign of life, by the database’s clock.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."journal" IS 'One entry a changed row and block, of the chain-owned columns: what undo, as-of and the audit trail read.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."cause" IS '0: a block; 1: a reorganization; 2: a replay; 3: a repair.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."before" IS 'The image before the change; null for an insert.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."row_id" IS 'The row’s id.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."sequence" IS 'The order of the entries.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."table_id" IS 'The table, by its number in ledger.chain_tables.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."operation" IS 'I: insert; U: update; D: delete.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."generation" IS 'Counts the rebuilds.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."recorded_at" IS 'When it was recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."leaders" IS 'The one writer of a chain; every writing transaction locks its row and checks its epoch.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."pid" IS 'The process.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."host" IS 'The machine.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."epoch" IS 'The leadership under which it was written.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."since" IS 'When it took the lead.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."instance" IS 'The process’s own name, which its database sessions carry.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."logs" IS 'Every log of an indexed contract, as the node gave it; whether it counts says its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."data" IS 'The log’s data.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."topics" IS 'The log’s topics, the event’s own first.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."address" IS 'The address.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."logs"."transaction_index" IS 'The transaction’s position in its block.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."maintenance_runs" IS 'Every run of a maintenance task, by whichever daemon or person.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."id" IS 'The run.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."task" IS 'The task’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."detail" IS 'What was done, or what it failed of.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."outcome" IS 'succeeded, findings, failed or interrupted; null while it runs.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."started_at" IS 'When it began.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."started_by" IS 'schedule or command.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."finished_at" IS 'When it ended; null while it runs.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."migrations" IS 'The migrations that were applied, in their order.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."migrations"."id" IS 'The order in which they were applied.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."migrations"."hash" IS 'SHA-256 of the migration’s file.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."migrations"."created_at" IS 'When the migration was generated, in milliseconds since 1970.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."parked" IS 'A stream that stands still because of an error, until a person acts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."error" IS 'The error in words.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."stream" IS 'ingest or projection.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."attempts" IS 'How often it was tried.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."parked_at" IS 'When it was first parked.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."error_code" IS 'The error’s stable name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."block_number" IS 'The first block that isn’t done.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."partitions"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."partitions"."to_block" IS 'The last block, included.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."partitions"."from_block" IS 'The first block, included.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."partitions"."table_name" IS 'The table’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."partitions"."is_detaching" IS 'Whether a concurrent detaching of it was begun and hasn’t ended.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."partitions"."partition_name" IS 'The partition’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."total_checks" IS 'Checks of the product.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."passed_checks" IS 'Checks that passed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."manufacturer_id" IS 'Who made the product.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."total_checkpoints" IS 'Checkpoints.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."last_checkpoint_at" IS 'The latest checkpoint’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."total_stakeholders" IS 'Stakeholders, those included that are no longer active.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."first_checkpoint_at" IS 'The earliest checkpoint’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."product_figures"."trace_duration_hours" IS 'From the earliest checkpoint to the latest; null before the first.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."projection_versions" IS 'Which version of an area’s projection made its rows.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."projection_versions"."area" IS 'The projection’s area.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."projection_versions"."version" IS 'The projection’s version.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."projection_versions"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."projection_versions"."stale_from" IS 'From which block on a replay is due; null for none.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."quarantine" IS 'Logs that couldn’t be decoded or folded: kept out of the rows, never lost, tried again when the code changes.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."area" IS 'The projection’s area.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."stage" IS 'decode or fold.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."reason" IS 'In words.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."address" IS 'The address.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."error_code" IS 'The error’s stable name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."event_name" IS 'The event’s name in the ABI; null where it wasn’t known.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."resolved_at" IS 'When it was put right; null while it is open.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."reads" IS 'What contracts answered at a block, kept so that projection and replay ask no node.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."kind" IS '0: a call; 1: a transaction.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."result" IS 'The answer; null where there is none, or it was too long.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."status" IS '0: answered; 1: reverted; 2: answered, but too long to keep; 3: the node no longer knows.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."target" IS 'The contract that was asked.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."request" IS 'The calldata, or the transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."request_key" IS 'SHA-256 of the request’s canonical form.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."result_bytes" IS 'How long the answer was.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."receipts" IS 'What only a transaction’s receipt tells.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."gas_used" IS 'Gas that the transaction used, as its receipt says; filled after finality.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."effective_gas_price" IS 'Wei a unit of gas; null where the node doesn’t say.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."settings" IS 'Facts about this database as a whole.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."settings"."key" IS 'The setting’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."settings"."value" IS 'The setting’s value.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."unknown_topics" IS 'Logs of indexed contracts with a topic that no ABI of ours has, counted.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."count" IS 'How many.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."topic0" IS 'The event’s topic; empty for a log without.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."address" IS 'The address.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."last_block" IS 'Where it was last met.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."first_block" IS 'Where it was first met.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."user_figures"."points" IS 'All points that the user earned.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."user_figures"."tokens" IS 'What the user holds, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."user_figures"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."user_figures"."checkpoints" IS 'Checkpoints that the user recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."user_figures"."last_activity_at" IS 'The latest of what the figures count.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."operation" IS 'I: insert; U: update; D: delete.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."record_id" IS 'The id of the row that changed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."ip_address" IS 'Where the session came from.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."table_name" IS 'The table’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."user_agent" IS 'What the application said of its caller.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."database_user" IS 'The role that was logged in.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."audit_logs"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON TABLE "public"."certificate_codes" IS 'The code by which a certificate is verified, and whether it was used.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."is_used" IS 'Whether the code was used.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."used_at" IS 'The block’s time of its use.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."used_by" IS 'Who used it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."expires_at" IS 'When it expires; null for never.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."certificate_id" IS 'The certificate.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."verification_code" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."certificate_verifications" IS 'One row a verification of a certificate.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."is_valid" IS 'Whether it holds.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."verified_at" IS 'When it was verified.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."verifier_id" IS 'Who verified.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."certificate_id" IS 'The certificate.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."additional_data" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."verification_method" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."status" IS 'One of the known statuses; other for any text that isn’t one of them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."humidity" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."is_final" IS 'Whether the block is final: until then the row may still change or go.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."location" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."timestamp" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."distance_km" IS 'The application’s: kilometres from the checkpoint before.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."status_text" IS 'The status as the contract spells it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."temperature" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."batch_number" IS 'Unique in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."product_name" IS 'As the registry has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."total_checks" IS 'Checks of the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."from_location" IS 'Where the checkpoint before was.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."passed_checks" IS 'Checks that passed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."duration_hours" IS 'Hours since the checkpoint before; exact, and unbounded as a contract’s times are.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."sequence_order" IS 'The position in the product’s way, from zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."stakeholder_id" IS 'The stakeholder.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."additional_data" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."checkpoint_index" IS 'Its position among the product’s checkpoints, from zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."stakeholder_wallet" IS 'The stakeholder’s wallet.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."from_stakeholder_id" IS 'Who recorded the checkpoint before.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."stakeholder_company" IS 'The stakeholder’s company.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoint_details"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON TABLE "public"."checkpoints" IS 'A stop on a product’s way, with what was measured there, as its registry has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."status" IS 'One of the known statuses; other for any text that isn’t one of them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."humidity" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."location" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."timestamp" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."status_text" IS 'The status as the contract spells it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."temperature" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."stakeholder_id" IS 'The stakeholder.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."additional_data" IS 'The text that the contract has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."checkpoint_index" IS 'Its position among the product’s checkpoints, from zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."compliance_checkpoints" IS 'One row a check of a product against a rule.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."rule_id" IS 'The rule.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."metadata" IS 'Whatever else belongs to the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."rule_key" IS 'keccak-256 of the rule’s id: all that an indexed string leaves in a log.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."checked_at" IS 'When it was checked.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."checked_by" IS 'Who checked.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."confidence" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."product_id" IS 'The product’s row, found by its number in the registry; null where there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."check_index" IS 'The position among the product’s checks, where a read told it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."standard_id" IS 'The standard.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."evidence_uri" IS 'Where the evidence lies.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."check_details" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."checkpoint_id" IS 'The product’s latest checkpoint when the check was made; null where it had none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."compliance_status" IS 'passed or failed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."compliance_rules" IS 'The rules that a compliance contract checks products against.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."rule_id" IS 'The text behind the key, once a read has told it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."rule_key" IS 'keccak-256 of the rule’s id: all that an indexed string leaves in a log.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."severity" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."rule_name" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."requirement" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."standard_id" IS 'The standard.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."product_type" IS 'One of the known types; other for any text that isn’t one of them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."compliance_standard_support" IS 'Which contract supports which standard.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."standard_id" IS 'The standard.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."is_supported" IS 'Whether the contract supports the standard now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."compliance_standards" IS 'The application’s standards; the indexer adds one that a contract names and that isn’t there.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."id" IS 'Follows from the code: ledger.standard_id(standard_code).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."category" IS 'What it is about.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."description" IS 'In words.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."standard_code" IS 'One code however it is spelt, as ledger.standard_code() makes it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standards"."standard_name" IS 'The standard’s name; the spelling that was given first, where nobody has said.';
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
COMMENT ON COLUMN "public"."compliance_summary"."valid_certifications" IS 'Certifications that hold.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_summary"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON TABLE "public"."escrow_transactions" IS 'One row a movement of a payment’s money.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."kind" IS 'deposit, release or refund.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."amount" IS 'In whole tokens, exact to the wei.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."status" IS 'pending until the block is final, then confirmed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."metadata" IS 'Whatever else belongs to the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."released_at" IS 'The block’s time of the payment out.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."released_by" IS 'Who released it; null where neither event nor calldata says.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."confirmed_at" IS 'When it was found that the block is final.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."milestone_id" IS 'The contract’s number of the milestone that was paid; null for a payment without.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."payment_contract_id" IS 'The payment’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."factory_contracts" IS 'A factory’s children, as its events tell them; smart_contract_address is the factory.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."kind" IS 'The contract’s name on the interface, such as ProductRegistry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."name" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."symbol" IS 'The token’s symbol.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."category" IS 'A registry’s organisation type, a compliance contract’s industry type.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."owner_id" IS 'Who owns it now; null once there is no owner.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."instance_id" IS 'The child’s number in its factory.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."metadata_uri" IS 'Where the metadata lies.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."deactivated_at" IS 'The time of the block that deactivated it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."contract_address" IS 'The contract, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."product_registry_address" IS 'The registry that the child’s product ids mean.';
--> statement-breakpoint
COMMENT ON TABLE "public"."nft_certificates" IS 'One row a certificate token, from its minting on; a burned one stays, without an owner.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."is_valid" IS 'Whether it holds.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."owner_id" IS 'Who owns it now; null once there is no owner.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."token_id" IS 'The token’s number.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."minted_at" IS 'The block’s time of the minting.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."minter_id" IS 'Who minted it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."expires_at" IS 'When it expires; null for never.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."product_id" IS 'The product’s row, found by its number in the registry; null where there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."metadata_uri" IS 'Where the metadata lies.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."transferred_at" IS 'The block’s time of the latest transfer.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."certificate_type" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."invalidation_reason" IS 'Why it was invalidated.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."compliance_standards" IS 'The codes of the standards that the certificate names.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."payment_contracts" IS 'One row a payment: a contract holds many.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."amount" IS 'In whole tokens, exact to the wei.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."status" IS 'The payment’s own: confirmed once paid out, cancelled once refunded or cancelled. It says nothing of finality.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."buyer_id" IS 'Who pays.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."currency" IS 'What is paid in; null where the contract doesn’t say.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."metadata" IS 'Whatever else belongs to the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."seller_id" IS 'Who is paid.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."conditions" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."expires_at" IS 'When it expires; null for never.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."fee_amount" IS 'What the platform takes beyond the amount, where the deposit told it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."payment_id" IS 'The payment’s number in its contract.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."product_id" IS 'The product’s row, found by its number in the registry; null where there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."is_disputed" IS 'Whether a dispute is open.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."payment_type" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."contract_address" IS 'The contract, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."payment_disputes" IS 'Disputes about a payment, and how they were resolved.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."reason" IS 'In words.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."evidence" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."dispute_id" IS 'The dispute’s number in its contract.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."resolution" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."favor_payer" IS 'Whether it was resolved in favour of the payer.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."is_resolved" IS 'Whether it was resolved.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."initiator_id" IS 'Who opened the dispute.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."arbitrator_id" IS 'Who resolved it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."resolution_date" IS 'When it was resolved.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."payment_contract_id" IS 'The payment’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."payment_milestones" IS 'The parts that a payment is paid out in.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."amount" IS 'In whole tokens, exact to the wei.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."due_date" IS 'When it is due.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."description" IS 'In words.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."completed_at" IS 'The block’s time of its completion.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."deliverables" IS 'As the contract lists them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."is_completed" IS 'Whether it was completed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."milestone_id" IS 'The milestone’s number in its payment.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."payment_contract_id" IS 'The payment’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."product_analytics" IS 'Figures of each product, which update_analytics() keeps.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."id" IS 'The row’s id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."trust_score" IS 'The trust score of the product’s maker, 0 to 100.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."total_checks" IS 'Checks of the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."passed_checks" IS 'Checks that passed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."manufacturer_id" IS 'Who made the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."compliance_score" IS 'The share of the checks that passed, in percent; null without a check.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."total_checkpoints" IS 'Checkpoints.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."last_checkpoint_at" IS 'The latest checkpoint’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."total_stakeholders" IS 'Stakeholders, those included that are no longer active.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_analytics"."trace_duration_hours" IS 'From the earliest checkpoint to the latest; null before the first.';
--> statement-breakpoint
COMMENT ON TABLE "public"."product_certifications" IS 'A product’s standing under one standard, by a compliance contract’s checks or by a certificate that names it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."is_valid" IS 'Whether it holds.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."issued_at" IS 'When it was issued.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."issued_by" IS 'Who issued it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."expires_at" IS 'When it expires; null for never.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."product_id" IS 'The product’s row, found by its number in the registry; null where there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."standard_id" IS 'The standard.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."failed_rules" IS 'Keys of the rules whose latest check failed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."certificate_id" IS 'The certificate that says so; null where a compliance contract does.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."certificate_uri" IS 'Where the certificate lies.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."certification_number" IS 'As the contract has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."certification_number_digest" IS 'SHA-256 of the number’s exact bytes: an index can’t hold a text of any length.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."is_final" IS 'Whether the block is final: until then the row may still change or go.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."expiry_date" IS 'As the contract has it; null for zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."batch_number" IS 'Unique in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."metadata_uri" IS 'Where the metadata lies.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."product_name" IS 'As the registry has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."product_type" IS 'One of the known types; other for any text that isn’t one of them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."latest_status" IS 'The newest checkpoint’s status.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."raw_materials" IS 'As the contract lists them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."latest_location" IS 'Where the newest checkpoint was.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."manufacturer_id" IS 'Who made the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."compliance_score" IS 'The share of the checks that passed, in percent; null without a check.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."manufacture_date" IS 'As the contract has it; null for zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."product_type_text" IS 'The type as the contract spells it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."total_checkpoints" IS 'Checkpoints.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."total_stakeholders" IS 'Stakeholders, those included that are no longer active.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."manufacturer_wallet" IS 'The maker’s wallet.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."latest_checkpoint_at" IS 'The newest checkpoint’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."manufacturer_company" IS 'The maker’s company.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."total_certifications" IS 'Certifications.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."trace_duration_hours" IS 'From the earliest checkpoint to the latest; null before the first.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."valid_certifications" IS 'Certifications that hold.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_details"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON TABLE "public"."product_stakeholders" IS 'Who is authorised for a product, one row a product and wallet.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."role" IS 'manufacturer for the maker, otherwise the application’s word; null where nobody has said.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."added_at" IS 'When it was added.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."added_by" IS 'Who added it; null where neither event nor calldata says.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."stakeholder_id" IS 'The stakeholder.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."batch_number" IS 'Unique in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."product_name" IS 'As the registry has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."manufacturer_id" IS 'Who made the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."chain_product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."total_checkpoints" IS 'Checkpoints.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."last_checkpoint_at" IS 'The latest checkpoint’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."total_stakeholders" IS 'Stakeholders, those included that are no longer active.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."active_stakeholders" IS 'Stakeholders that are active now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."first_checkpoint_at" IS 'The earliest checkpoint’s time.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."trace_duration_hours" IS 'From the earliest checkpoint to the latest; null before the first.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_traceability_summary"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON TABLE "public"."products" IS 'A product as its registry has it. Only a contract read tells most columns: they are null where none could be made.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."product_id" IS 'The product’s number in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."expiry_date" IS 'As the contract has it; null for zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."batch_number" IS 'Unique in its registry.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."metadata_uri" IS 'Where the metadata lies.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."product_name" IS 'As the registry has it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."product_type" IS 'One of the known types; other for any text that isn’t one of them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."raw_materials" IS 'As the contract lists them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."deactivated_at" IS 'The time of the block that deactivated it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."deactivated_by" IS 'Who deactivated it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."manufacturer_id" IS 'Who made the product.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."manufacture_date" IS 'As the contract has it; null for zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."product_type_text" IS 'The type as the contract spells it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."batch_number_digest" IS 'SHA-256 of the exact bytes: the registry’s uniqueness is by these.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."latest_checkpoint_index" IS 'The index of the newest checkpoint; null while none is known.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."staking_pools" IS 'One pool a token contract, which mirrors its constants; the application may have pools of its own beside them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."pool_name" IS 'The pool’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."pool_type" IS 'governance for a contract’s own pool; the application’s word for its own.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."apy_percentage" IS 'Percent a year.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."lock_period_days" IS 'Days that a stake is locked for.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."max_stake_amount" IS 'The application’s limit, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."min_stake_amount" IS 'In tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."system_events" IS 'What happened beside the tables: administration on the chain, and what the daemon has to say.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."source" IS 'chain, daemon, or the application’s own word.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."severity" IS 'How grave it is.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."created_at" IS 'When it happened: the block’s time for the chain’s.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."event_data" IS 'What the event says.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."event_type" IS 'A name of ours, such as an event’s in the ABI; never a contract’s text.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."processed_at" IS 'The application’s: when somebody dealt with it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."token_balances" IS 'What each address holds of a token: the sum of its movements.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."address" IS 'The address.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."balance" IS 'In whole tokens, exact to the wei.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."trace_points" IS 'One row an accrual of reward points; a claim closes all that are open.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."points" IS 'Exact, in whole tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."metadata" IS 'Whatever else belongs to the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."claimed_at" IS 'The block’s time of the claim.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."expires_at" IS 'When it expires; null for never.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."is_claimed" IS 'Whether it was claimed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."description" IS 'In words.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."points_type" IS 'The category, as the contract spells it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."source_product_id" IS 'The application’s: the product that the points are for.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."source_checkpoint_id" IS 'The application’s: the checkpoint that the points are for.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."trace_token_transactions" IS 'One row a movement of TRACE.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."amount" IS 'In whole tokens, exact to the wei.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."status" IS 'pending until the block is final, then confirmed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."user_id" IS 'The recipient, but the sender of a burn or a stake; null for the zero address.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."gas_used" IS 'Gas that the transaction used, as its receipt says; filled after finality.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."metadata" IS 'Whatever else belongs to the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."gas_price" IS 'Wei a unit of gas, as the receipt says; filled after finality.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."to_address" IS 'Who got; null for the zero address.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."confirmed_at" IS 'When it was found that the block is final.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."from_address" IS 'Who gave; null for the zero address.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."transaction_type" IS 'What the movement is: a transfer that a more telling event names is called by that.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."traceability_chain" IS 'The way of a product: one row a checkpoint, from the one before it. The first has no origin.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."product_id" IS 'The product’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."distance_km" IS 'The application’s: kilometres from the checkpoint before.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."to_location" IS 'Where this checkpoint is.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."checkpoint_id" IS 'The checkpoint’s row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."from_location" IS 'Where the checkpoint before was.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."duration_hours" IS 'Hours since the checkpoint before; exact, and unbounded as a contract’s times are.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."sequence_order" IS 'The position in the product’s way, from zero.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."to_stakeholder_id" IS 'Who recorded this one.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."from_stakeholder_id" IS 'Who recorded the checkpoint before.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."user_tier" IS 'The user’s plan.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."live_products" IS 'Of them, those that are active.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."token_balance" IS 'What the user holds, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."total_products" IS 'Products that the user made.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."wallet_address" IS 'The user’s wallet, in lower-case hex; it never changes.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."last_activity_at" IS 'The latest of what the figures count.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."total_checkpoints" IS 'Checkpoints that the user recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."total_trace_points" IS 'All points that the user earned.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."total_trace_tokens" IS 'The sum of the user’s token movements, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."claimed_trace_points" IS 'Of them, those that were claimed.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_activity_summary"."total_token_transactions" IS 'Token movements of the user.';
--> statement-breakpoint
COMMENT ON TABLE "public"."user_analytics" IS 'Figures of each user, which update_analytics() keeps.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."id" IS 'The row’s id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."trust_rating" IS 'The user’s trust score, 0 to 100.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."live_products" IS 'Of them, those that are active.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."total_products" IS 'Products that the user made.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."checked_products" IS 'Products of the user’s that were checked.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."last_activity_at" IS 'The latest of what the figures count.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."compliance_scores" IS 'The sum of their compliance scores: the mean is the quotient.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."total_checkpoints" IS 'Checkpoints that the user recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."total_trace_points" IS 'All points that the user earned.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."total_trace_tokens" IS 'The balance, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."product_checkpoints" IS 'Checkpoints of the user’s products, whoever recorded them.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."user_tier" IS 'The user’s plan.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."trust_rating" IS 'The user’s trust score, 0 to 100.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."live_products" IS 'Of them, those that are active.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."staked_tokens" IS 'In tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."token_balance" IS 'What the user holds, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."total_products" IS 'Products that the user made.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."vesting_tokens" IS 'All that the user’s schedules release in the end, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."wallet_address" IS 'The user’s wallet, in lower-case hex; it never changes.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."total_certificates" IS 'Certificates that the user owns.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."total_trace_points" IS 'All points that the user earned.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."valid_certificates" IS 'Of them, those that hold.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."unclaimed_trace_points" IS 'Of them, those that weren’t claimed yet.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."staking_rewards_claimed" IS 'In tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_portfolio"."vesting_tokens_released" IS 'Of it, what has been released.';
--> statement-breakpoint
COMMENT ON TABLE "public"."user_stakes" IS 'What a staker has in a pool, one row each.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."amount" IS 'In whole tokens, exact to the wei.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."pool_id" IS 'The pool.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."user_id" IS 'The user.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."is_active" IS 'Whether it is in effect now.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."staked_at" IS 'The block’s time of the latest stake.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."unlock_at" IS 'From when on it may be taken out.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."last_claim_at" IS 'The block’s time of the latest claim.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."rewards_claimed" IS 'In tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON TABLE "public"."users" IS 'One row a wallet, whoever inserts it first: the application at a registration, or the indexer when the wallet acts on the chain. The id follows from the wallet, so both agree on it.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."id" IS 'Follows from the wallet: ledger.user_id(wallet_address).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."email" IS 'Given by the application.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."metadata" IS 'Whatever else belongs to the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."username" IS 'Given by the application.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."last_name" IS 'Given by the application.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."user_tier" IS 'The user’s plan.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."created_at" IS 'When the wallet was first seen: at its registration, or in a block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."first_name" IS 'Given by the application.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."last_login" IS 'When the user last logged in to the application.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."updated_at" IS 'When it last changed: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."is_verified" IS 'Whether the application has verified who the user is.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."company_name" IS 'Given by the application.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."is_custodial" IS 'Whether the application keeps the wallet’s key for the user.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."users"."wallet_address" IS 'The user’s wallet, in lower-case hex; it never changes.';
--> statement-breakpoint
COMMENT ON TABLE "public"."vesting_schedules" IS 'What is released to a beneficiary over time; a new schedule for the same one replaces the old.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."block_hash" IS 'The block’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."created_at" IS 'When it came about: the block’s time for a row of the chain.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."start_time" IS 'When the release begins.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."beneficiary" IS 'The beneficiary’s address.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."block_number" IS 'The block.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."is_revocable" IS 'Whether the owner may end the schedule.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."total_amount" IS 'All that is released in the end, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."beneficiary_id" IS 'The beneficiary.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."released_amount" IS 'What has been released, in tokens.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."duration_seconds" IS 'How long the release takes.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."transaction_hash" IS 'The transaction’s hash.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."changed_log_index" IS 'The log that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."changed_block_hash" IS 'The hash of the block that last changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."changed_transaction_hash" IS 'The transaction that last changed the row.';
--> statement-breakpoint
COMMENT ON FUNCTION ledger.normalise_user() IS 'Trigger function: lower-cases a new user''s wallet, and lets none change.';
--> statement-breakpoint
COMMENT ON FUNCTION ledger.normalise_standard() IS 'Trigger function: brings a standard''s code into its one spelling, and names the standard where nobody has.';
--> statement-breakpoint
COMMENT ON FUNCTION ledger.try_statement(text, text) IS 'Runs a statement that the migrating user may not be permitted; warns with the purpose instead of failing.';
--> statement-breakpoint
COMMENT ON FUNCTION ledger.partitioned_through(text, bigint, bigint) IS 'The last block up to which a chain''s partitions of a table follow each other without a gap.';
--> statement-breakpoint
COMMENT ON FUNCTION ledger.make_partitions(text, bigint, bigint, bigint, bigint) IS 'Makes a chain''s missing partitions of a table; returns the last block that they hold.';
