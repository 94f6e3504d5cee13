-- blocks, logs, reads and journal are partitioned by chain, then by range of blocks, so that retention takes whole tables away
-- instead of deleting rows. receipts is not: its rows are few, narrow, and looked for by transaction.
--
-- There is no default partition: a row that nobody made room for is an error, where a default one would have to be searched
-- and locked whenever a range is added.
INSERT INTO ledger.settings (key, value) VALUES ('partition_blocks', '1000000');
--> statement-breakpoint
CREATE VIEW ledger.partitions AS
	SELECT
		whole.relname::text AS table_name,
		substring(pg_get_expr(chain.relpartbound, chain.oid) FROM '\d+')::bigint AS chain_id,
		leaf.relname::text AS partition_name,
		bounds[1]::bigint AS from_block,
		bounds[2]::bigint - 1 AS to_block,
		of_chain.inhdetachpending AS is_detaching
	FROM pg_class AS whole
	JOIN pg_inherits AS of_whole ON of_whole.inhparent = whole.oid
	JOIN pg_class AS chain ON chain.oid = of_whole.inhrelid AND chain.relkind = 'p'
	JOIN pg_inherits AS of_chain ON of_chain.inhparent = chain.oid
	JOIN pg_class AS leaf ON leaf.oid = of_chain.inhrelid
	CROSS JOIN regexp_match(pg_get_expr(leaf.relpartbound, leaf.oid), 'FROM \(''?(\d+)''?\) TO \(''?(\d+)''?\)') AS bounds
	WHERE whole.oid IN ('ledger.blocks'::regclass, 'ledger.logs'::regclass, 'ledger.reads'::regclass, 'ledger.journal'::regclass);
--> statement-breakpoint
COMMENT ON VIEW ledger.partitions IS 'The partitions of the ledger and the journal, with the blocks that each holds (both bounds included).';
--> statement-breakpoint
CREATE FUNCTION ledger.refuse_rewriting() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	-- The maintenance path: the table's owner, who says so in this transaction.
	IF current_setting('tracechain.maintenance', true) = 'on'
		AND pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
		RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW WHEN 'DELETE' THEN OLD END;
	END IF;
	RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
		USING ERRCODE = 'insufficient_privilege', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
			HINT = 'Retention detaches whole partitions. For anything else the owner says SET LOCAL tracechain.maintenance = ''on''.';
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.refuse_rewriting() IS 'Trigger function of what is only ever added to: the journal and the application''s changes.';
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.journal
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.journal
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE FUNCTION ledger.attach_partition(parent regclass, partition_name text, bound text, subpartition text DEFAULT '') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	IF to_regclass('ledger.' || quote_ident(partition_name)) IS NOT NULL THEN
		RAISE EXCEPTION 'ledger.% is there but isn''t attached to %', partition_name, parent
			USING ERRCODE = 'duplicate_table', HINT = 'It was detached by retention: attach, rename or drop it.';
	END IF;
	-- CREATE TABLE … PARTITION OF would lock out the readers and writers of the parent; ATTACH of an empty table doesn't.
	EXECUTE format('CREATE TABLE ledger.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS) %s', partition_name, parent, subpartition);
	-- Row triggers are inherited by being attached, those for TRUNCATE aren't.
	IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = parent AND tgname = 'append_only_truncate') THEN
		EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.%I '
			'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_rewriting()', partition_name);
	END IF;
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION ledger.%I %s', parent, partition_name, bound);
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.attach_partition(regclass, text, text, text) IS 'Makes an empty table in the schema ledger a partition, without a lock that readers or writers of the others would wait for.';
--> statement-breakpoint
CREATE FUNCTION ledger.ensure_partitions(chain_id bigint, through_block bigint, from_block bigint DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
#variable_conflict use_variable
DECLARE
	range_blocks CONSTANT bigint := (SELECT value::bigint FROM ledger.settings WHERE key = 'partition_blocks');
	-- A tenth of a range is made ahead, so that the ranges come into being before they are written to.
	ahead CONSTANT bigint := range_blocks / 10;
	first CONSTANT bigint := coalesce(from_block, through_block);
	made CONSTANT text := 'tracechain.made_partitions';
	covered bigint := NULL;
	table_covered bigint;
	partitioned text;
BEGIN
	IF chain_id < 0 OR first < 0 OR first > through_block THEN
		RAISE EXCEPTION 'no partitions for blocks % to % of chain %', first, through_block, chain_id
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	FOREACH partitioned IN ARRAY ARRAY['blocks', 'logs', 'reads', 'journal'] LOOP
		table_covered := ledger.partitioned_through(partitioned, chain_id, first);
		IF table_covered < through_block + ahead THEN
			-- Two sessions make the same ranges one after the other; the second finds them.
			PERFORM pg_advisory_xact_lock(hashtextextended('ledger.ensure_partitions', chain_id));
			PERFORM set_config(made, 'true', true);
			table_covered := ledger.make_partitions(partitioned, chain_id, first, through_block + ahead, range_blocks);
		END IF;
		covered := least(covered, table_covered);
	END LOOP;
	-- What this transaction made may yet be rolled back, so nobody may rely on it later: the setting ends with the transaction.
	RETURN CASE WHEN coalesce(current_setting(made, true), '') = '' THEN covered - ahead END;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.ensure_partitions(bigint, bigint, bigint) IS 'Makes the partitions that blocks from_block (through_block if null) to through_block of a chain need, and some ahead. Returns the last block for which it needn''t be called again, or null where that isn''t committed yet. The range''s size is ledger.settings.partition_blocks; a new size is that of ranges made from then on.';
--> statement-breakpoint
CREATE FUNCTION ledger.partitioned_through(table_name text, chain_id bigint, first bigint) RETURNS bigint
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		-- The end of the unbroken run of partitions that begins with the one of the first block.
		SELECT coalesce(max(to_block), -1)
		FROM (
			SELECT to_block, bool_and(from_block <= previous_end + 1) OVER (ORDER BY from_block) AS is_unbroken
			FROM (
				SELECT from_block, to_block, lag(to_block, 1, partitioned_through.first - 1) OVER (ORDER BY from_block) AS previous_end
				FROM ledger.partitions
				WHERE partitions.table_name = partitioned_through.table_name
					AND partitions.chain_id = partitioned_through.chain_id
					AND to_block >= partitioned_through.first AND NOT is_detaching
			) AS partition
		) AS run
		WHERE is_unbroken;
	END;
--> statement-breakpoint
CREATE FUNCTION ledger.make_partitions(table_name text, chain_id bigint, first bigint, last bigint, range_blocks bigint) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
#variable_conflict use_variable
DECLARE
	chain_table CONSTANT text := table_name || '_' || chain_id;
	block_column CONSTANT text := CASE table_name WHEN 'blocks' THEN 'number' ELSE 'block_number' END;
	-- Taken anew after the lock: another session may have made them meanwhile.
	covered bigint := greatest(ledger.partitioned_through(table_name, chain_id, first), first - 1);
	lower_bound bigint;
	upper_bound bigint;
BEGIN
	IF to_regclass('ledger.' || quote_ident(chain_table)) IS NULL THEN
		PERFORM ledger.attach_partition(
			format('ledger.%I', table_name)::regclass, chain_table, format('FOR VALUES IN (%s)', chain_id),
			format('PARTITION BY RANGE (%I)', block_column));
	END IF;
	WHILE covered < last LOOP
		-- A range of the grid, cut where an earlier grid's range is.
		SELECT greatest((covered + 1) / range_blocks * range_blocks, max(to_block + 1) FILTER (WHERE to_block <= covered)),
			least(((covered + 1) / range_blocks + 1) * range_blocks, min(from_block) FILTER (WHERE from_block > covered))
		INTO lower_bound, upper_bound
		FROM ledger.partitions AS partition
		WHERE partition.table_name = table_name AND partition.chain_id = chain_id;
		PERFORM ledger.attach_partition(
			format('ledger.%I', chain_table)::regclass, format('%s_%s', chain_table, lower_bound),
			format('FOR VALUES FROM (%s) TO (%s)', lower_bound, upper_bound));
		covered := greatest(ledger.partitioned_through(table_name, chain_id, first), upper_bound - 1);
	END LOOP;
	RETURN covered;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ledger.detachable_partitions(chain_id bigint, before_block bigint)
	RETURNS TABLE (table_name text, partition_name text, from_block bigint, to_block bigint, statement text)
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		-- An undo goes back to the final block at most, a fold starts after the cursor, a replay where an area is stale.
		WITH bound AS (
			SELECT least(
				detachable_partitions.before_block - 1,
				(SELECT final_number FROM ledger.chains WHERE chains.chain_id = detachable_partitions.chain_id),
				(SELECT cursors.block_number FROM ledger.cursors
				 WHERE cursors.chain_id = detachable_partitions.chain_id AND stream = 'projection'),
				(SELECT min(stale_from) - 1 FROM ledger.projection_versions AS version
				 WHERE version.chain_id = detachable_partitions.chain_id)
			) AS last_block
			WHERE EXISTS (SELECT FROM ledger.chains
			              WHERE chains.chain_id = detachable_partitions.chain_id AND final_number IS NOT NULL)
				AND EXISTS (SELECT FROM ledger.cursors
				            WHERE cursors.chain_id = detachable_partitions.chain_id AND stream = 'projection')
		)
		SELECT partition.table_name, partition.partition_name, partition.from_block, partition.to_block,
			format('ALTER TABLE ledger.%I DETACH PARTITION ledger.%I %s',
				partition.table_name || '_' || partition.chain_id, partition.partition_name,
				-- An interrupted one is taken up where it stopped.
				CASE WHEN is_detaching THEN 'FINALIZE' ELSE 'CONCURRENTLY' END)
		FROM ledger.partitions AS partition
		JOIN bound ON partition.to_block <= bound.last_block
		WHERE partition.chain_id = detachable_partitions.chain_id
		ORDER BY partition.table_name, partition.from_block;
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.detachable_partitions(bigint, bigint) IS 'The partitions that hold nothing but blocks of the chain before before_block, without those that an undo, the fold or a replay may still need, each with the statement that detaches it while others read and write. (PostgreSQL runs that statement outside transactions and functions only; psql does with \gexec.)';
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION ledger.attach_partition(regclass, text, text, text), ledger.ensure_partitions(bigint, bigint, bigint),
	ledger.make_partitions(text, bigint, bigint, bigint, bigint) FROM PUBLIC;
