-- The audit trail: what the chain changed is in the journal, what anybody else changed is recorded here by triggers, and
-- audit_logs shows both.
--
-- Who owns which column is written in src/db/ownership.ts; this table says it to the triggers, and a test holds the two together.
CREATE TABLE ledger.chain_tables (
	table_id smallint PRIMARY KEY,
	table_name text NOT NULL UNIQUE,
	application_columns text[] NOT NULL DEFAULT '{}',
	derived_columns text[] NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
COMMENT ON TABLE ledger.chain_tables IS 'The tables that are derived from the chain, and whose each column is: the chain''s where it isn''t named here.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.chain_tables.table_id IS 'Stands for the table in the journal; never given to another.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.chain_tables.application_columns IS 'What the application may change.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.chain_tables.derived_columns IS 'What the indexer sets beside the fold: links, confirmation, receipt facts. Not in the journal.';
--> statement-breakpoint
INSERT INTO ledger.chain_tables (table_id, table_name, application_columns, derived_columns) VALUES
	(1, 'products', '{}', '{}'),
	(2, 'product_stakeholders', '{role}', '{}'),
	(3, 'checkpoints', '{}', '{}'),
	(4, 'traceability_chain', '{distance_km}', '{}'),
	(5, 'trace_token_transactions', '{}', '{status,confirmed_at,gas_used,gas_price}'),
	(6, 'token_balances', '{}', '{}'),
	(7, 'vesting_schedules', '{}', '{}'),
	(8, 'staking_pools', '{max_stake_amount}', '{}'),
	(9, 'user_stakes', '{}', '{}'),
	(10, 'trace_points', '{source_product_id,source_checkpoint_id,description,expires_at}', '{}'),
	(11, 'compliance_standard_support', '{}', '{}'),
	(12, 'compliance_rules', '{}', '{}'),
	(13, 'nft_certificates', '{}', '{product_id}'),
	(14, 'certificate_codes', '{}', '{}'),
	(15, 'certificate_verifications', '{}', '{}'),
	(16, 'product_certifications', '{}', '{product_id}'),
	(17, 'compliance_checkpoints', '{}', '{product_id}'),
	(18, 'payment_contracts', '{}', '{product_id}'),
	(19, 'payment_milestones', '{}', '{}'),
	(20, 'payment_disputes', '{}', '{}'),
	(21, 'escrow_transactions', '{}', '{status,confirmed_at}'),
	(22, 'system_events', '{processed_at}', '{}'),
	(23, 'factory_contracts', '{}', '{}');
--> statement-breakpoint
CREATE FUNCTION ledger.current_user_id() RETURNS uuid
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog
	AS $$
DECLARE
	given CONSTANT text := nullif(current_setting('tracechain.user_id', true), '');
BEGIN
	IF given !~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' THEN
		RAISE EXCEPTION 'tracechain.user_id is "%", which is no uuid', given
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Set it to users.id of who makes the change.';
	END IF;
	RETURN given::uuid;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.current_user_id() IS 'Who makes a change: the users.id that the session has in its setting tracechain.user_id, or null.';
--> statement-breakpoint
CREATE TABLE ledger.application_changes (
	sequence bigint GENERATED ALWAYS AS IDENTITY,
	changed_at timestamptz NOT NULL DEFAULT now(),
	table_name text NOT NULL,
	record_id uuid NOT NULL,
	operation char(1) NOT NULL,
	before jsonb,
	after jsonb,
	changed_by uuid DEFAULT ledger.current_user_id(),
	ip_address inet DEFAULT nullif(current_setting('tracechain.ip_address', true), '')::inet,
	user_agent text DEFAULT nullif(current_setting('tracechain.user_agent', true), ''),
	database_user text NOT NULL DEFAULT session_user,
	PRIMARY KEY (changed_at, sequence)
) PARTITION BY RANGE (changed_at);
--> statement-breakpoint
COMMENT ON TABLE ledger.application_changes IS 'Every change of a row or column that isn''t the chain''s, recorded by triggers; a partition a month (UTC). Only ever added to.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.application_changes.operation IS 'I: insert; U: update; D: delete.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.application_changes.before IS 'Of an update, the columns that it changed.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.application_changes.changed_by IS 'The user whom the session named in tracechain.user_id; null where it named none.';
--> statement-breakpoint
COMMENT ON COLUMN ledger.application_changes.database_user IS 'The role that was logged in.';
--> statement-breakpoint
CREATE INDEX application_changes_record_index ON ledger.application_changes (record_id, sequence);
--> statement-breakpoint
CREATE INDEX application_changes_user_index ON ledger.application_changes (changed_by, changed_at) WHERE changed_by IS NOT NULL;
--> statement-breakpoint
-- Entries come in the order of time, so a few bytes a hundred pages find a day's; a B-tree would be paid for by every row.
CREATE INDEX journal_recorded_at_index ON ledger.journal USING brin (recorded_at);
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.application_changes
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger.application_changes
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE FUNCTION ledger.ensure_change_partitions(through timestamptz DEFAULT now() + interval '3 months') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog SET timezone = 'UTC'
	AS $$
DECLARE
	month timestamptz := date_trunc('month', now());
	partition_name text;
BEGIN
	WHILE month <= through LOOP
		partition_name := 'application_changes_' || to_char(month, 'YYYY_MM');
		IF to_regclass('ledger.' || partition_name) IS NULL THEN
			PERFORM pg_advisory_xact_lock(hashtextextended('ledger.ensure_change_partitions', 0));
			IF to_regclass('ledger.' || partition_name) IS NULL THEN
				PERFORM ledger.attach_partition('ledger.application_changes', partition_name,
					format('FOR VALUES FROM (%L) TO (%L)', month, month + interval '1 month'));
			END IF;
		END IF;
		month := month + interval '1 month';
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.ensure_change_partitions(timestamptz) IS 'Makes the monthly partitions of ledger.application_changes from this month to that of the given time. Maintenance makes them ahead; a change that comes first makes its own.';
--> statement-breakpoint
SELECT ledger.ensure_change_partitions();
--> statement-breakpoint
CREATE FUNCTION ledger.detachable_change_partitions(before timestamptz)
	RETURNS TABLE (partition_name text, until timestamptz, statement text)
	LANGUAGE sql STABLE SET timezone = 'UTC'
	BEGIN ATOMIC
		SELECT leaf.relname::text, bounds.until,
			format('ALTER TABLE ledger.application_changes DETACH PARTITION ledger.%I %s', leaf.relname,
				CASE WHEN inhdetachpending THEN 'FINALIZE' ELSE 'CONCURRENTLY' END)
		FROM pg_inherits
		JOIN pg_class AS leaf ON leaf.oid = inhrelid
		CROSS JOIN LATERAL (
			SELECT substring(pg_get_expr(leaf.relpartbound, leaf.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS until
		) AS bounds
		WHERE inhparent = 'ledger.application_changes'::regclass AND bounds.until <= before
		ORDER BY bounds.until;
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.detachable_change_partitions(timestamptz) IS 'The partitions of ledger.application_changes with nothing but changes before a time, each with the statement that detaches it while others read and write. (PostgreSQL runs that statement outside transactions and functions only; psql does with \gexec.)';
--> statement-breakpoint
CREATE FUNCTION ledger.values_apart(kept jsonb, other jsonb, columns text[] DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	BEGIN ATOMIC
		-- All of it where there is nothing to compare it with.
		SELECT CASE WHEN kept IS NULL OR other IS NULL THEN kept ELSE (
			SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(kept)
			WHERE value IS DISTINCT FROM other -> key AND (coalesce(columns, '{}') = '{}' OR key = ANY (columns))
		) END;
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.values_apart(jsonb, jsonb, text[]) IS 'The values of an object that another has not or has otherwise; only those of the columns, where some are given.';
--> statement-breakpoint
CREATE FUNCTION ledger.record_rows() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC'
	AS $$
BEGIN
	PERFORM ledger.ensure_change_partitions(now());
	IF TG_OP = 'INSERT' THEN
		INSERT INTO ledger.application_changes (table_name, record_id, operation, after)
		SELECT TG_TABLE_NAME, made.id, 'I', to_jsonb(made) FROM new_rows AS made;
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO ledger.application_changes (table_name, record_id, operation, before)
		SELECT TG_TABLE_NAME, gone.id, 'D', to_jsonb(gone) FROM old_rows AS gone;
	ELSE
		-- A generated id that changes with its row is another record.
		INSERT INTO ledger.application_changes (table_name, record_id, operation, before, after)
		SELECT TG_TABLE_NAME, coalesce(earlier.id, later.id),
			CASE WHEN later.id IS NULL THEN 'D' WHEN earlier.id IS NULL THEN 'I' ELSE 'U' END,
			ledger.values_apart(to_jsonb(earlier), to_jsonb(later)), ledger.values_apart(to_jsonb(later), to_jsonb(earlier))
		FROM old_rows AS earlier FULL JOIN new_rows AS later ON later.id = earlier.id
		WHERE earlier IS DISTINCT FROM later;
	END IF;
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.record_rows() IS 'Trigger function: records all rows that a statement changed in a table that is the application''s.';
--> statement-breakpoint
CREATE FUNCTION ledger.record_row() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC'
	AS $$
DECLARE
	earlier jsonb := to_jsonb(OLD);
	later jsonb := to_jsonb(NEW);
BEGIN
	PERFORM ledger.ensure_change_partitions(now());
	INSERT INTO ledger.application_changes (table_name, record_id, operation, before, after)
	VALUES (TG_TABLE_NAME, (coalesce(later, earlier) ->> 'id')::uuid, left(TG_OP, 1),
		ledger.values_apart(earlier, later, TG_ARGV), ledger.values_apart(later, earlier, TG_ARGV));
	RETURN NULL;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.record_row() IS 'Trigger function: records a change of the application''s in a table that it shares with the chain; its arguments are the columns to record, none for all. By row, because a transition table would cost the indexer''s bulk writes.';
--> statement-breakpoint
CREATE FUNCTION ledger.record_changes_of(recorded regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE TRIGGER insert_recorded AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows '
		'FOR EACH STATEMENT EXECUTE FUNCTION ledger.record_rows()', recorded);
	EXECUTE format('CREATE OR REPLACE TRIGGER update_recorded AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
		'FOR EACH STATEMENT EXECUTE FUNCTION ledger.record_rows()', recorded);
	EXECUTE format('CREATE OR REPLACE TRIGGER delete_recorded AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows '
		'FOR EACH STATEMENT EXECUTE FUNCTION ledger.record_rows()', recorded);
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.record_changes_of(regclass) IS 'Has every change of a table of the application''s recorded; its key must be a uuid named id. For the migration that makes the table.';
--> statement-breakpoint
SELECT ledger.record_changes_of('public.users'), ledger.record_changes_of('public.compliance_standards');
--> statement-breakpoint
CREATE FUNCTION ledger.is_indexer() RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	-- Who may write the journal: so a dump can be restored under another owner, and no role is named here.
	RETURN has_table_privilege('ledger.journal'::regclass, 'INSERT');
--> statement-breakpoint
COMMENT ON FUNCTION ledger.is_indexer() IS 'Whether the current role may write what is the chain''s. An application that connects as the owner can''t be told from the indexer.';
--> statement-breakpoint
CREATE FUNCTION ledger.refuse_chain_column() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
DECLARE
	touched text;
BEGIN
	-- A row of the application's own, in a table that it shares with the chain, stays so.
	IF OLD.chain_id IS NULL AND NEW.chain_id IS NULL THEN RETURN NULL; END IF;
	SELECT string_agg(key, ', ' ORDER BY key) INTO touched
	FROM jsonb_object_keys(ledger.values_apart(to_jsonb(NEW), to_jsonb(OLD))) AS key
	WHERE NOT key = ANY (coalesce(TG_ARGV, '{}'));
	IF touched IS NULL THEN RETURN NULL; END IF;
	RAISE EXCEPTION '%: % can''t be changed, the chain owns it', TG_TABLE_NAME, touched
		USING ERRCODE = 'insufficient_privilege', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = touched,
			DETAIL = format('Row %s is what a contract''s events say.', OLD.id),
			HINT = CASE WHEN TG_NARGS = 0 THEN 'Nothing in this table is the application''s.'
				ELSE format('The application may change %s.', array_to_string(TG_ARGV, ', ')) END;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.refuse_chain_column() IS 'Trigger function: refuses anybody but the indexer a column that is the chain''s; its arguments are those that aren''t.';
--> statement-breakpoint
CREATE FUNCTION ledger.refuse_chain_row() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	RAISE EXCEPTION '%: % is refused, the chain owns its rows', TG_TABLE_NAME, TG_OP
		USING ERRCODE = 'insufficient_privilege', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
			HINT = 'The indexer makes and removes them as the contracts'' events say.';
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.refuse_chain_row() IS 'Trigger function: refuses anybody but the indexer to make or remove a row of the chain''s.';
--> statement-breakpoint
CREATE FUNCTION ledger.guard_chain_tables() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
DECLARE
	guarded record;
	arguments text;
BEGIN
	FOR guarded IN
		SELECT owned.table_name, format('public.%I', owned.table_name) AS name, application_columns,
			string_agg(quote_ident(attname), ', ' ORDER BY attnum) FILTER (WHERE NOT attname = ANY (application_columns)) AS chain_columns,
			string_agg(quote_ident(attname), ', ' ORDER BY attnum) FILTER (WHERE attname = ANY (application_columns)) AS others,
			bool_or(attname = 'chain_id' AND NOT attnotnull) AS is_shared
		FROM ledger.chain_tables AS owned
		JOIN pg_attribute ON attrelid = format('public.%I', owned.table_name)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
		GROUP BY owned.table_name, application_columns
	LOOP
		SELECT coalesce(string_agg(quote_literal(application_column), ', '), '') INTO arguments
		FROM unnest(guarded.application_columns) AS application_column;
		-- After and not before the row: a trigger before it would lock every row that the indexer changes once more. The condition
		-- is looked at before the function, which the indexer never reaches.
		EXECUTE format('CREATE OR REPLACE TRIGGER chain_column_refused AFTER UPDATE OF %s ON %s FOR EACH ROW '
			'WHEN (NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_chain_column(%s)',
			guarded.chain_columns, guarded.name, arguments);
		IF guarded.is_shared THEN
			EXECUTE format('CREATE OR REPLACE TRIGGER chain_row_refused AFTER INSERT ON %s FOR EACH ROW '
				'WHEN (NEW.chain_id IS NOT NULL AND NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_chain_row()', guarded.name);
			EXECUTE format('CREATE OR REPLACE TRIGGER chain_row_delete_refused AFTER DELETE ON %s FOR EACH ROW '
				'WHEN (OLD.chain_id IS NOT NULL AND NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_chain_row()', guarded.name);
			EXECUTE format('CREATE OR REPLACE TRIGGER insert_recorded AFTER INSERT ON %s FOR EACH ROW '
				'WHEN (NEW.chain_id IS NULL) EXECUTE FUNCTION ledger.record_row()', guarded.name);
			EXECUTE format('CREATE OR REPLACE TRIGGER update_recorded AFTER UPDATE ON %s FOR EACH ROW '
				'WHEN (OLD.chain_id IS NULL AND OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION ledger.record_row()', guarded.name);
			EXECUTE format('CREATE OR REPLACE TRIGGER delete_recorded AFTER DELETE ON %s FOR EACH ROW '
				'WHEN (OLD.chain_id IS NULL) EXECUTE FUNCTION ledger.record_row()', guarded.name);
		ELSE
			EXECUTE format('CREATE OR REPLACE TRIGGER chain_row_refused BEFORE INSERT OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT '
				'WHEN (NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_chain_row()', guarded.name);
		END IF;
		IF guarded.others IS NOT NULL THEN
			EXECUTE format('CREATE OR REPLACE TRIGGER application_columns_recorded AFTER UPDATE OF %s ON %s FOR EACH ROW '
				'WHEN (OLD.chain_id IS NOT NULL AND (%s) IS DISTINCT FROM (%s)) EXECUTE FUNCTION ledger.record_row(%s)',
				guarded.others, guarded.name,
				regexp_replace(guarded.others, '(^|, )', '\1OLD.', 'g'), regexp_replace(guarded.others, '(^|, )', '\1NEW.', 'g'), arguments);
		END IF;
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.guard_chain_tables() IS 'Makes the triggers that ledger.chain_tables asks for: those that refuse what is the chain''s, and those that record what is the application''s. For migrations that change a column''s owner, or add a table or column.';
--> statement-breakpoint
SELECT ledger.guard_chain_tables();
--> statement-breakpoint
CREATE AGGREGATE ledger.overlay(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');
--> statement-breakpoint
COMMENT ON AGGREGATE ledger.overlay(jsonb) IS 'Objects laid one over the other, in their order: the last value of a key stands.';
--> statement-breakpoint
CREATE FUNCTION ledger.row_image(table_id smallint, row_id uuid) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET timezone = 'UTC'
	AS $$
#variable_conflict use_variable
DECLARE
	image jsonb;
	owned ledger.chain_tables;
BEGIN
	SELECT * INTO owned FROM ledger.chain_tables AS owner WHERE owner.table_id = table_id;
	EXECUTE format('SELECT to_jsonb(stored) - $2 FROM public.%I AS stored WHERE id = $1', owned.table_name)
		INTO image USING row_id, owned.application_columns || owned.derived_columns;
	RETURN image;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.row_image(smallint, uuid) IS 'The chain''s columns of a row as it is now, in the form of the journal''s images.';
--> statement-breakpoint
CREATE FUNCTION ledger.values_after(table_id smallint, row_id uuid, sequence bigint, operation text, before jsonb) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog
	AS $$
#variable_conflict use_variable
DECLARE
	following jsonb;
	removed bigint;
	after jsonb;
	missing text[];
BEGIN
	IF operation = 'D' THEN RETURN NULL; END IF;
	IF operation = 'I' THEN
		-- The row as it is, or was when it went, under all images since: the oldest lies on top.
		SELECT min(later.sequence) INTO removed FROM ledger.journal AS later
		WHERE later.row_id = row_id AND later.sequence > sequence AND later.operation = 'D';
		SELECT CASE WHEN removed IS NULL THEN coalesce(ledger.row_image(table_id, row_id), '{}') ELSE '{}' END
			|| ledger.overlay(later.before ORDER BY later.sequence DESC) INTO after
		FROM ledger.journal AS later
		WHERE later.row_id = row_id AND later.sequence > sequence AND later.sequence <= coalesce(removed, later.sequence)
			AND later.before IS NOT NULL;
		RETURN after;
	END IF;
	-- What a column became is what the next entry that has it found, or what it is now. It mostly is the very next entry.
	SELECT later.before INTO following FROM ledger.journal AS later
	WHERE later.row_id = row_id AND later.sequence > sequence ORDER BY later.sequence LIMIT 1;
	IF following IS NULL THEN
		following := ledger.row_image(table_id, row_id);
	END IF;
	SELECT jsonb_object_agg(key, following -> key) FILTER (WHERE following ? key), array_agg(key) FILTER (WHERE NOT following ? key)
	INTO after, missing FROM jsonb_object_keys(before) AS key;
	IF missing IS NOT NULL THEN
		SELECT coalesce(after, '{}') || jsonb_object_agg(key, coalesce((
			SELECT later.before -> key FROM ledger.journal AS later
			WHERE later.row_id = row_id AND later.sequence > sequence AND later.before ? key
			ORDER BY later.sequence LIMIT 1
		), ledger.row_image(table_id, row_id) -> key)) INTO after
		FROM unnest(missing) AS key;
	END IF;
	RETURN after;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.values_after(smallint, uuid, bigint, text, jsonb) IS 'What an entry of the journal made of the row: of an insert all columns of the chain''s, of an update those that it changed, of a delete nothing.';
--> statement-breakpoint
CREATE VIEW public.audit_logs AS
	SELECT
		owned.table_name,
		entry.row_id AS record_id,
		CASE entry.operation WHEN 'I' THEN 'INSERT' WHEN 'U' THEN 'UPDATE' ELSE 'DELETE' END AS operation,
		entry.before AS old_values,
		image.new_values,
		NULL::uuid AS changed_by,
		entry.recorded_at AS changed_at,
		NULL::inet AS ip_address,
		NULL::text AS user_agent,
		NULL::text AS database_user,
		CASE entry.cause WHEN 0 THEN 'block' WHEN 1 THEN 'reorg' WHEN 2 THEN 'replay' ELSE 'repair' END AS cause,
		entry.chain_id,
		CASE WHEN entry.cause = 1 THEN coalesce(entry.before ->> 'changed_block_number', entry.before ->> 'block_number')::bigint
			ELSE entry.block_number END AS block_number,
		coalesce(cause.row ->> 'changed_block_hash', cause.row ->> 'block_hash') AS block_hash,
		coalesce(cause.row ->> 'changed_transaction_hash', cause.row ->> 'transaction_hash') AS transaction_hash,
		CASE WHEN entry.cause = 1 THEN coalesce(entry.before ->> 'changed_log_index', entry.before ->> 'log_index')::integer
			ELSE entry.log_index END AS log_index,
		entry.sequence
	FROM ledger.journal AS entry
	JOIN ledger.chain_tables AS owned USING (table_id)
	-- OFFSET keeps the function from being called once for every use of its result, and lets it be left out where there is none.
	CROSS JOIN LATERAL (
		SELECT ledger.values_after(entry.table_id, entry.row_id, entry.sequence, entry.operation, entry.before) AS new_values
		OFFSET 0
	) AS image
	-- A reorg's cause is the change that it took back.
	CROSS JOIN LATERAL (SELECT CASE WHEN entry.cause = 1 THEN entry.before ELSE image.new_values END AS row) AS cause
	UNION ALL
	SELECT
		change.table_name, change.record_id,
		CASE change.operation WHEN 'I' THEN 'INSERT' WHEN 'U' THEN 'UPDATE' ELSE 'DELETE' END,
		change.before, change.after, change.changed_by, change.changed_at, change.ip_address, change.user_agent, change.database_user,
		'application', NULL, NULL, NULL, NULL, NULL, change.sequence
	FROM ledger.application_changes AS change;
--> statement-breakpoint
COMMENT ON VIEW public.audit_logs IS 'Who changed what, from which to which values, when, and why: the chain''s changes from the journal, everybody else''s from ledger.application_changes. Ask by record_id, by changed_at, or by chain_id and block_number.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.old_values IS 'Of an update, the columns that it changed, as they were; of a delete, the whole row.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.new_values IS 'Of an update, the columns that it changed, as they became; of an insert, the whole row.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.changed_by IS 'The user whom the application''s session named; null for the chain.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.changed_at IS 'When this database changed, not when the block was made.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.cause IS 'block, reorg, replay or repair for the chain''s rows; application for everything else.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.sequence IS 'The order of the chain''s changes among themselves, and of the others among themselves.';
--> statement-breakpoint
COMMENT ON COLUMN public.audit_logs.block_number IS 'The block that is the cause; for a reorg that whose change was taken back.';
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION ledger.ensure_change_partitions(timestamptz), ledger.record_changes_of(regclass), ledger.guard_chain_tables()
	FROM PUBLIC;
