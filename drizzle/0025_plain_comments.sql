COMMENT ON TABLE "ledger"."analytics_rebuilds" IS 'A row requests a rebuild of all figures. While there is one, changes need not be recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."analytics_user_changes"."product_checkpoints" IS 'Checkpoints of the user’s products, recorded by any wallet.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_contracts" IS 'The storage root of a contract when an audit last had no finding about it. While the root is the same, its storage has not changed.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_findings" IS 'One row per finding, open from the first audit that has it to the first one that no longer does. Rows are closed, never deleted.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."finding_key" IS 'SHA-256 of the subject, which identifies the same finding in every audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."opened_by" IS 'The first audit that had it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."opened_at" IS 'When it was opened.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."closed_by" IS 'The audit that examined the subject again and no longer had the finding; null while it is open.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."closed_at" IS 'When it was closed; null while it is open.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."record_id" IS 'The row; null if no row is known.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."entity" IS 'The subject, in words.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."column_name" IS 'The column; null if the whole row is missing or extra.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."chain_value" IS 'The contract’s answer at the audited block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."ledger_value" IS 'The value that the ledger folds to.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."database_value" IS 'The value in the table.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."changed_after" IS 'The last block at which the contract was seen with the row’s value.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."changed_up_to" IS 'The first block at which it was seen with another value.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."last_log_block" IS 'The block of the last log that changed the row.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_findings"."evidence" IS 'The evidence for the class.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_reports" IS 'The signed reports, each of which names its predecessor.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."previous_report_hash" IS 'The previous report; null for the chain’s first.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_reports"."findings" IS 'The number of findings in the report.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."audit_runs" IS 'Every recorded audit: its block, its scope and the number of findings.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."mode" IS 'full: every entity; incremental: the changes since an earlier audit, and a sample.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."areas" IS 'The audited areas; null for all.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."since_block" IS 'The block of the audit that an incremental audit continues; null for a full audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."sample_round" IS 'The sample of the unchanged entities that was read again; null for a full audit.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."started_at" IS 'When it started.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."findings" IS 'The number of findings.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."audit_runs"."detail" IS 'The invariants, the skipped contracts and the digests.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."blocks" IS 'Every ingested block, including orphaned ones. A reorg deletes nothing.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."parent_hash" IS 'The hash of the previous block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."receipts_root" IS 'The receipts root in the header.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."state_root" IS 'The state root in the header.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."is_canonical" IS 'Whether the block is canonical; false if a reorg has orphaned it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."completeness" IS 'Its completeness level: logs, hash, bloom or receipts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."blocks"."log_count" IS 'The number of logs of indexed contracts in the block.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."chains" IS 'A chain that this database indexes. The genesis hash distinguishes it from another chain at the same URL.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."first_seen_at" IS 'When this database first indexed it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."head_number" IS 'The newest block that the node reported.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."capabilities" IS 'The detected capabilities of the node.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."completeness_level" IS 'The completeness level of new blocks: logs, hash, bloom or receipts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."latched_at" IS 'When writing was halted until the operator decides; null while it is not halted.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."latch_reason" IS 'Why writing was halted.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."chains"."latch_detail" IS 'The blocks that caused the halt.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."commands" IS 'Commands to the leader, such as replays and repairs, with their outcomes.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."name" IS 'The command’s name.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."input" IS 'The command’s input.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."requested_by" IS 'The process that requested it, as process@host.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."requested_at" IS 'When it was requested.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."awaited_at" IS 'When the command line was last seen waiting. The leader starts no command whose command line is gone.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."started_at" IS 'When the leader started it; null while it waits.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."epoch" IS 'The epoch of the leader that executes it; null while it waits.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."progress" IS 'The progress that the command line shows.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."cancel_requested_at" IS 'When the command line cancelled it; null if it has not.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."result" IS 'The result.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."commands"."error" IS 'The error: code, message, place, fix.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."contracts" IS 'The indexed contracts, with the origin of each.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."kind" IS 'The kind of the contract, as the configuration names it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."start_block" IS 'The first indexed block of the contract.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."contracts"."registry_address" IS 'The registry that its product ids refer to.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."coverage" IS 'The ingested block ranges, with their completeness levels.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."from_block" IS 'The first block, inclusive.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."to_block" IS 'The last block, inclusive.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."coverage"."completeness" IS 'Its completeness level: logs, hash, bloom or receipts.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."cursors" IS 'The progress of a stream: ingest on the chain, projection in the ledger.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."cursors"."epoch" IS 'The epoch under which it was written.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."heartbeats" IS 'The leader’s heartbeat, in a table of its own so that no batch delays it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."heartbeats"."epoch" IS 'The epoch under which it was written.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."heartbeats"."heartbeat_at" IS 'The last heartbeat, by the database’s clock.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."journal" IS 'One entry per changed row and block, with the chain-owned columns. Undo, as-of and the audit trail read it.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."cause" IS '0: a block. Otherwise the row was reverted to its state before the block: 1 by a reorg, 2 by a replay, 3 by a repair.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."generation" IS 'The rebuild that wrote the entry; 0 for the first fold.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."leaders" IS 'The single writer of a chain. Every writing transaction locks its row and checks its epoch.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."epoch" IS 'The epoch under which it was written.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."instance" IS 'The process’s instance name, which its database sessions carry.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."leaders"."since" IS 'When it acquired the lease.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."logs" IS 'Every log of an indexed contract, as the node returned it. Its block states whether it is canonical.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."maintenance_runs" IS 'Every run of a maintenance task, by a daemon or a command.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."started_at" IS 'When it started.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."maintenance_runs"."detail" IS 'The result or the error.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."observations" IS 'Contract state observed without an event. It is folded after the logs of its block, also by every replay.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."position" IS 'The position among the observations of a block, from 0.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."address" IS 'The contract that was called.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."column_values" IS 'The row’s values according to the contract, by column.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."run_id" IS 'The audit that found it; null if that audit was not recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."observations"."observed_at" IS 'When it was recorded.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."parked" IS 'A stream that a write error has halted until the operator acts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."block_number" IS 'The first block that is not processed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."error_code" IS 'The error’s code.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."error" IS 'The error’s message.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."attempts" IS 'The number of attempts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."parked"."parked_at" IS 'When it was first halted.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."projection_versions" IS 'The version of an area’s projection that made its rows.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."projection_versions"."stale_from" IS 'The first block that needs a replay; null for none.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."quarantine" IS 'Logs that failed to decode or fold. They have no effect on rows, and are retried when the code changes.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."error_code" IS 'The error’s code.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."event_name" IS 'The event’s name in the ABI; null if it is unknown.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."quarantine"."resolved_at" IS 'When it was resolved; null while it is open.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."reads" IS 'Recorded reads: the answers of contracts at a block, with which projection and replay need no node.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."target" IS 'The contract that was called.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."status" IS '0: answered; 1: reverted; 2: answered, but too large to record; 3: the node no longer has the state.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."result" IS 'The answer; null if there is none or it was too large.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."reads"."result_bytes" IS 'The size of the answer in bytes.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."receipts" IS 'Facts from transaction receipts.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."gas_used" IS 'Gas that the transaction used, from its receipt; filled after finality.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."receipts"."effective_gas_price" IS 'Wei per gas; null if the node does not report it.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."replays" IS 'Each replay that changed rows. Its number is the generation of its journal entries.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."generation" IS 'The number of the replay among those of the chain that changed rows, from 1.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."areas" IS 'The areas whose rows were replayed.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."from_block" IS 'The first replayed block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."to_block" IS 'The last replayed block, which is final.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."replays"."changes" IS 'By table: rows added, changed and removed, and rows whose history alone changed.';
--> statement-breakpoint
COMMENT ON TABLE "ledger"."unknown_topics" IS 'The number of logs of indexed contracts per topic that no known ABI has.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."topic0" IS 'The event’s topic; empty for a log without topics.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."first_block" IS 'The first block with such a log.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."unknown_topics"."last_block" IS 'The last block with such a log.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_codes"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."certificate_verifications"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."checkpoints"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_checkpoints"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_rules"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."compliance_standard_support"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."escrow_transactions"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."factory_contracts"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."nft_certificates"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."seller_id" IS 'The recipient of the payment.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_contracts"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_disputes"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."payment_milestones"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_certifications"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON TABLE "public"."product_stakeholders" IS 'The wallets that are authorised for a product: one row per product and wallet.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."product_stakeholders"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."products"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."staking_pools"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."system_events"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."token_balances"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_points"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."trace_token_transactions"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."traceability_chain"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_analytics"."product_checkpoints" IS 'Checkpoints of the user’s products, recorded by any wallet.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."user_stakes"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
--> statement-breakpoint
COMMENT ON TABLE "public"."users" IS 'One row per wallet. The application inserts it at a registration, or the indexer when the wallet first acts on the chain. The id is derived from the wallet, so both compute the same one.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."id" IS 'The row’s id, derived from the chain: a rebuild computes the same id.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."smart_contract_address" IS 'The contract whose log inserted the row, in lower-case hex.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."changed_block_number" IS 'The block of the last log that changed the row after its insert; null if there is none.';
--> statement-breakpoint
COMMENT ON COLUMN "public"."vesting_schedules"."inexact_columns" IS 'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.';
