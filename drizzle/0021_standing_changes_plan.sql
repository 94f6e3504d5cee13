-- Right after a backfill the planner has no statistics of the journal, and may look for the entries that take back by their blocks: by
-- all that came before, for each entry. The added zeros leave it the row's indexes alone, whatever it knows.
CREATE OR REPLACE VIEW ledger.standing_changes AS
	SELECT sequence, chain_id, block_number, table_id, row_id, operation, log_index, generation, before, recorded_at
	FROM ledger.journal AS entry
	WHERE cause = 0 AND NOT EXISTS (
		SELECT FROM ledger.journal AS taken_back
		WHERE taken_back.cause <> 0 AND taken_back.chain_id + 0 = entry.chain_id AND taken_back.row_id = entry.row_id
			AND taken_back.sequence > entry.sequence AND taken_back.block_number + 0 <= entry.block_number);
