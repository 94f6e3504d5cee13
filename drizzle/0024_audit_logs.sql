-- The newest entries of the audit trail, and those of a time, from an index. What the view adds to an entry stands above the union,
-- and each branch of the union is one table with nothing but its columns and constants: only into such branches does the planner
-- push the wanted order, so that a limit reads no more entries than it shows.
--
-- Entries of a batch have one time and share an entry of the index: it is much smaller than the other indexes of the journal. It is made
-- under a lock that the journal's writers wait for, about a second a million entries.
DROP INDEX ledger.journal_recorded_at_index;
--> statement-breakpoint
CREATE INDEX journal_recorded_at_index ON ledger.journal USING btree (recorded_at);
--> statement-breakpoint
CREATE OR REPLACE VIEW public.audit_logs AS
	SELECT
		CASE WHEN entry.table_id IS NULL THEN entry.table_name
			ELSE (SELECT owned.table_name FROM ledger.chain_tables AS owned WHERE owned.table_id = entry.table_id) END AS table_name,
		entry.record_id,
		CASE entry.operation WHEN 'I' THEN 'INSERT' WHEN 'U' THEN 'UPDATE' ELSE 'DELETE' END AS operation,
		entry.before AS old_values,
		image.new_values,
		entry.changed_by,
		entry.changed_at,
		entry.ip_address,
		entry.user_agent,
		entry.database_user,
		CASE entry.cause WHEN 0 THEN 'block' WHEN 1 THEN 'reorg' WHEN 2 THEN 'replay' WHEN 3 THEN 'repair' ELSE 'application' END AS cause,
		entry.chain_id,
		CASE WHEN entry.cause = 1 THEN coalesce(entry.before ->> 'changed_block_number', entry.before ->> 'block_number')::bigint
			ELSE entry.block_number END AS block_number,
		coalesce(cause.row ->> 'changed_block_hash', cause.row ->> 'block_hash') AS block_hash,
		coalesce(cause.row ->> 'changed_transaction_hash', cause.row ->> 'transaction_hash') AS transaction_hash,
		CASE WHEN entry.cause = 1 THEN coalesce(entry.before ->> 'changed_log_index', entry.before ->> 'log_index')::integer
			ELSE entry.log_index END AS log_index,
		entry.sequence
	FROM (
		SELECT table_id, NULL::text AS table_name, row_id AS record_id, operation, before, NULL::jsonb AS after,
			NULL::uuid AS changed_by, recorded_at AS changed_at, NULL::inet AS ip_address, NULL::text AS user_agent,
			NULL::text AS database_user, cause, chain_id, block_number, log_index, sequence
		FROM ledger.journal
		UNION ALL
		SELECT NULL, table_name, record_id, operation, before, after,
			changed_by, changed_at, ip_address, user_agent,
			database_user, NULL, NULL, NULL, NULL, sequence
		FROM ledger.application_changes
	) AS entry
	-- OFFSET keeps the function from being called once for every use of its result, and lets it be left out where there is none.
	CROSS JOIN LATERAL (
		SELECT CASE WHEN entry.table_id IS NULL THEN entry.after
			ELSE ledger.values_after(entry.table_id, entry.record_id, entry.sequence, entry.operation, entry.before) END AS new_values
		OFFSET 0
	) AS image
	-- A reorg's cause is the change that it took back; what the application changed has no cause on the chain.
	CROSS JOIN LATERAL (
		SELECT CASE WHEN entry.cause = 1 THEN entry.before WHEN entry.cause IS NOT NULL THEN image.new_values END AS row
	) AS cause;
