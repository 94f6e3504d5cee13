CREATE INDEX "journal_taken_back_index" ON "ledger"."journal" USING btree ("row_id","block_number") WHERE cause <> 0;
--> statement-breakpoint
-- What a row was after a block: the row as it is, under the images of what changed it since. Undo, replay, as-of and the audit
-- trail must agree on which entries of the journal count, so it is said here, once.
CREATE VIEW ledger.standing_changes AS
	SELECT sequence, chain_id, block_number, table_id, row_id, operation, log_index, generation, before, recorded_at
	FROM ledger.journal AS entry
	WHERE cause = 0 AND NOT EXISTS (
		SELECT FROM ledger.journal AS taken_back
		WHERE taken_back.cause <> 0 AND taken_back.chain_id = entry.chain_id AND taken_back.row_id = entry.row_id
			AND taken_back.sequence > entry.sequence AND taken_back.block_number <= entry.block_number);
--> statement-breakpoint
COMMENT ON VIEW ledger.standing_changes IS 'The entries of the journal that count: changes by blocks that no reorganization, replay or repair has taken back since.';
--> statement-breakpoint
CREATE FUNCTION ledger.journal_horizon(chain_id bigint) RETURNS bigint
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		-- Room is made for blocks and journal together, and retention takes the journal's alone: so the blocks tell where the journal began.
		WITH attached AS (
			SELECT table_name, from_block,
				lag(to_block) OVER (PARTITION BY table_name ORDER BY from_block) IS DISTINCT FROM from_block - 1 AS begins_run
			FROM ledger.partitions
			WHERE partitions.chain_id = journal_horizon.chain_id AND table_name IN ('blocks', 'journal') AND NOT is_detaching
		)
		SELECT CASE WHEN min(from_block) FILTER (WHERE table_name = 'blocks') < max(from_block) FILTER (WHERE table_name = 'journal' AND begins_run)
			THEN max(from_block) FILTER (WHERE table_name = 'journal' AND begins_run) - 1 ELSE 0 END
		FROM attached;
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.journal_horizon(bigint) IS 'The first block as of which a chain''s rows can be told: the journal of what came after it is there. 0 where retention has taken nothing.';
--> statement-breakpoint
CREATE FUNCTION ledger.can_tell_as_of(chain_id bigint, block_number bigint) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog
	AS $$
#variable_conflict use_variable
DECLARE
	projected CONSTANT bigint := (SELECT cursor.block_number FROM ledger.cursors AS cursor
		WHERE cursor.chain_id = chain_id AND stream = 'projection');
	horizon CONSTANT bigint := ledger.journal_horizon(chain_id);
BEGIN
	IF projected IS NULL OR block_number > projected THEN
		RAISE EXCEPTION 'block % of chain % is not in the tables yet', block_number, chain_id
			USING ERRCODE = 'invalid_parameter_value', HINT = CASE
				WHEN projected IS NULL THEN 'This database has no rows of that chain.'
				ELSE format('They are at block %s.', projected) END;
	END IF;
	IF block_number < horizon THEN
		RAISE EXCEPTION 'the journal of chain % does not go back to block %', chain_id, block_number
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('Retention has detached what came before: ask for block %s or a later one.', horizon);
	END IF;
	RETURN true;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.can_tell_as_of(bigint, bigint) IS 'True where rows can be told as of that block; an error that says why where they can''t: past the projection, or below the journal''s horizon.';
--> statement-breakpoint
CREATE FUNCTION ledger.make_as_of_functions() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
DECLARE
	owned record;
BEGIN
	FOR owned IN
		SELECT chain_table.table_id, chain_table.table_name,
			string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) AS definitions,
			string_agg(format('%I', attname), ', ' ORDER BY attnum) AS names,
			-- The id from the row itself: a condition on it then reaches the row's index.
			string_agg(format(CASE attname WHEN 'id' THEN 'stored.%I' ELSE 'earlier.%I' END, attname), ', ' ORDER BY attnum) AS earlier_names
		FROM ledger.chain_tables AS chain_table
		JOIN pg_attribute ON attrelid = format('public.%I', chain_table.table_name)::regclass AND attnum > 0 AND NOT attisdropped
		WHERE attname <> ALL (application_columns || derived_columns)
		GROUP BY chain_table.table_id, chain_table.table_name
	LOOP
		EXECUTE format('DROP FUNCTION IF EXISTS ledger.%I', owned.table_name || '_as_of');
		-- One SELECT, so that the planner puts it in the place of the call: a condition on the id then is an index look-up.
		EXECUTE format($function$
			CREATE FUNCTION ledger.%1$I(chain_id bigint, block_number bigint) RETURNS TABLE (%2$s)
				LANGUAGE sql STABLE
				BEGIN ATOMIC
					SELECT %3$s FROM public.%4$I AS stored
					WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2) AND NOT EXISTS (
						SELECT FROM ledger.standing_changes AS later
						WHERE later.row_id = stored.id AND later.chain_id = $1 AND later.block_number > $2 AND later.table_id = %5$s)
					UNION ALL
					SELECT %6$s
					FROM (
						SELECT row_id, ledger.overlay(before ORDER BY sequence DESC) AS image
						FROM ledger.standing_changes AS later
						WHERE later.chain_id = $1 AND later.block_number > $2 AND later.table_id = %5$s
						GROUP BY row_id HAVING NOT bool_or(operation = 'I')
					) AS changed
					JOIN public.%4$I AS stored ON stored.id = changed.row_id
					CROSS JOIN LATERAL jsonb_populate_record(stored, changed.image) AS earlier
					WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2);
				END
			$function$, owned.table_name || '_as_of', owned.definitions, owned.names, owned.table_name, owned.table_id, owned.earlier_names);
		EXECUTE format('COMMENT ON FUNCTION ledger.%I(bigint, bigint) IS %L', owned.table_name || '_as_of',
			format('The chain''s columns of %s as they stood after a block.', owned.table_name));
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.make_as_of_functions() IS 'Makes the functions that tell each table as of a block, from ledger.chain_tables and the tables'' columns. For migrations that add, drop or alter a column, or change its owner: they drop the table''s function first, and call this at their end.';
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION ledger.make_as_of_functions() FROM PUBLIC;
--> statement-breakpoint
SELECT ledger.make_as_of_functions();
--> statement-breakpoint
CREATE FUNCTION ledger.as_of(table_name text, block_number bigint, row_id uuid DEFAULT NULL, chain_id bigint DEFAULT NULL) RETURNS SETOF jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET timezone = 'UTC'
	AS $$
#variable_conflict use_variable
BEGIN
	IF NOT EXISTS (SELECT FROM ledger.chain_tables AS owned WHERE owned.table_name = table_name) THEN
		RAISE EXCEPTION '"%" is no table that is derived from the chain', table_name
			USING ERRCODE = 'undefined_table',
				HINT = (SELECT 'These are: ' || string_agg(owned.table_name, ', ' ORDER BY owned.table_id) FROM ledger.chain_tables AS owned);
	END IF;
	IF chain_id IS NULL THEN
		IF (SELECT count(*) FROM ledger.chains) > 1 THEN
			RAISE EXCEPTION 'this database follows several chains'
				USING ERRCODE = 'invalid_parameter_value', HINT = 'Say which: chain_id => …';
		END IF;
		SELECT chains.chain_id INTO chain_id FROM ledger.chains;
	END IF;
	RETURN QUERY EXECUTE
		format('SELECT to_jsonb(earlier) FROM ledger.%I($1, $2) AS earlier', table_name || '_as_of')
			|| CASE WHEN row_id IS NULL THEN '' ELSE ' WHERE id = $3' END
		USING chain_id, block_number, row_id;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.as_of(text, bigint, uuid, bigint) IS 'The chain''s columns of a table''s rows, or of one, as they stood after a block, each row as an object. For large tables, and for typed columns, each table has a function of its own: ledger.products_as_of(chain_id, block_number) and so on. The chain may be left out where there is but one.';

--> statement-breakpoint
COMMENT ON COLUMN "ledger"."journal"."cause" IS '0: a block. Otherwise the row was taken back to what it was before the block: 1 by a reorganization, 2 a replay, 3 a repair.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."before" IS 'The image before the change; null for an insert.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."row_id" IS 'The row’s id.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."chain_id" IS 'The chain (EIP-155).';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."sequence" IS 'The order of the entries.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."table_id" IS 'The table, by its number in ledger.chain_tables.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."log_index" IS 'The log’s position in its block.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."operation" IS 'I: insert; U: update; D: delete.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."generation" IS 'Counts the rebuilds.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."recorded_at" IS 'When it was recorded.';
--> statement-breakpoint
COMMENT ON COLUMN "ledger"."standing_changes"."block_number" IS 'The block.';
