-- PostgreSQL searches a session's own temporary schema first, for tables and types, unless the search_path names it. A function that
-- runs as its owner with such a path can be led to the caller's code: a domain pg_temp.timestamptz with a CHECK is enough. So every
-- function names pg_temp, and names it last. (A function whose body was parsed when it was made looks up nothing when it runs.)
CREATE FUNCTION ledger.pin_search_paths() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	pinned regprocedure;
BEGIN
	FOR pinned IN
		SELECT oid FROM pg_proc
		WHERE pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace) AND 'search_path=pg_catalog' = ANY (proconfig)
	LOOP
		EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', pinned);
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.pin_search_paths() IS 'Has every function that pins search_path to pg_catalog search pg_temp last instead of first. For migrations that make functions.';
--> statement-breakpoint
-- A trigger function that writes as its owner must only ever fire on its owner's tables: on a table of somebody else, the names and rows
-- that it would record are invented.
CREATE FUNCTION ledger.require_own_table(fired_on oid) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF (SELECT relowner FROM pg_class WHERE oid = fired_on) IS DISTINCT FROM (SELECT oid FROM pg_roles WHERE rolname = current_user) THEN
		RAISE EXCEPTION '% does not belong to %, whose trigger function fired on it', fired_on::regclass, current_user
			USING ERRCODE = 'insufficient_privilege', HINT = 'Only changes of the owner''s own tables are recorded.';
	END IF;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.require_own_table(oid) IS 'Refuses a trigger that fires on a table of another role than the one that the trigger function runs as.';
--> statement-breakpoint
CREATE OR REPLACE FUNCTION ledger.record_rows() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
	AS $$
BEGIN
	PERFORM ledger.require_own_table(TG_RELID);
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
CREATE OR REPLACE FUNCTION ledger.record_row() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
	AS $$
DECLARE
	earlier jsonb := to_jsonb(OLD);
	later jsonb := to_jsonb(NEW);
BEGIN
	PERFORM ledger.require_own_table(TG_RELID);
	PERFORM ledger.ensure_change_partitions(now());
	INSERT INTO ledger.application_changes (table_name, record_id, operation, before, after)
	VALUES (TG_TABLE_NAME, (coalesce(later, earlier) ->> 'id')::uuid, left(TG_OP, 1),
		ledger.values_apart(earlier, later, TG_ARGV), ledger.values_apart(later, earlier, TG_ARGV));
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION ledger.restrict_functions() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	restricted regprocedure;
BEGIN
	-- A trigger needs no EXECUTE to fire; only CREATE TRIGGER asks for it, and nobody else is to make triggers of these.
	FOR restricted IN
		SELECT pg_proc.oid FROM pg_proc
		WHERE (prorettype = 'trigger'::regtype OR provolatile = 'v') AND pronamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
			AND pg_has_role(proowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
			AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0 AND privilege_type = 'EXECUTE')
			-- In public, an application may have functions of its own, under the same owner.
			AND (pronamespace = 'ledger'::regnamespace OR 'search_path=pg_catalog, pg_temp' = ANY (proconfig))
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', restricted);
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.restrict_functions() IS 'Takes EXECUTE on trigger functions and on functions that change something from PUBLIC. For migrations that make such functions.';
--> statement-breakpoint
CREATE FUNCTION ledger.restrict_database() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	-- Whoever can make no temporary objects can put none in the way of a name. The database's owner keeps the right, which a replay needs.
	IF pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
	ELSIF (SELECT has_database_privilege('tracechain_readonly', current_database(), 'TEMPORARY') WHERE to_regrole('tracechain_readonly') IS NOT NULL) THEN
		RAISE WARNING '% may not take TEMPORARY on this database from PUBLIC', current_user
			USING HINT = format('Have the database''s owner run, once: GRANT TEMPORARY ON DATABASE %1$I TO %2$I; REVOKE TEMPORARY ON DATABASE %1$I FROM PUBLIC;',
				current_database(), current_user);
	END IF;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.restrict_database() IS 'Takes the right to make temporary objects from PUBLIC, where the current role may; else warns with the statement.';
--> statement-breakpoint
-- What an administrator runs after making the roles, or after restoring a dump, restores all of it.
ALTER FUNCTION ledger.set_up_roles() RENAME TO grant_to_roles;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.grant_to_roles() IS 'Makes the roles tracechain_app, tracechain_readonly and tracechain_analytics where they are missing and may be made, and grants them what they may do in this database.';
--> statement-breakpoint
CREATE FUNCTION ledger.set_up_roles() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	PERFORM ledger.grant_to_roles(), ledger.restrict_functions(), ledger.restrict_database();
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.set_up_roles() IS 'Makes the roles tracechain_app, tracechain_readonly and tracechain_analytics where they are missing and may be made, and sets what they and PUBLIC may do in this database. Can be run again: after an administrator has made the roles, or to restore the grants.';
--> statement-breakpoint
-- The ledger itself is append-only for its owner, too.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.logs
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.reads
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
CREATE TRIGGER append_only_delete BEFORE DELETE ON ledger.blocks
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
-- A reorganization changes whether a block is canonical, and a contract that is added later adds logs to a block. Nothing else changes.
CREATE TRIGGER append_only BEFORE UPDATE ON ledger.blocks FOR EACH ROW
	WHEN (to_jsonb(OLD) - '{is_canonical,log_count}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{is_canonical,log_count}'::text[]
		OR NEW.log_count < OLD.log_count)
	EXECUTE FUNCTION ledger.refuse_rewriting();
--> statement-breakpoint
DO $$
DECLARE
	appended regclass;
BEGIN
	FOR appended IN
		SELECT relid FROM unnest('{ledger.blocks,ledger.logs,ledger.reads}'::regclass[]) AS whole, pg_partition_tree(whole)
	LOOP
		EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_rewriting()', appended);
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.refuse_rewriting() IS 'Trigger function of what is only ever added to: blocks, logs, reads, observations, the journal, the application''s changes and audit reports. The exceptions: a block''s is_canonical changes and its log_count grows; and the owner''s SET LOCAL tracechain.maintenance.';
--> statement-breakpoint
-- What the daemon and the chain report isn't the application's to write.
CREATE FUNCTION ledger.refuse_daemon_event() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	RAISE EXCEPTION 'system_events: the source "%" is refused', coalesce(NEW.source, OLD.source)
		USING ERRCODE = 'insufficient_privilege', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'source',
			HINT = 'Events of the daemon are written by the daemon alone. Name your application as the source.';
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.refuse_daemon_event() IS 'Trigger function: refuses anybody but the indexer an event of the daemon or the chain.';
--> statement-breakpoint
CREATE TRIGGER daemon_event_insert_refused BEFORE INSERT ON public.system_events FOR EACH ROW
	WHEN (NEW.source IN ('daemon', 'chain') AND NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_daemon_event();
--> statement-breakpoint
CREATE TRIGGER daemon_event_update_refused BEFORE UPDATE OF event_type, event_data, severity, source, created_at ON public.system_events FOR EACH ROW
	WHEN ((OLD.source IN ('daemon', 'chain') OR NEW.source IN ('daemon', 'chain')) AND NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_daemon_event();
--> statement-breakpoint
CREATE TRIGGER daemon_event_delete_refused BEFORE DELETE ON public.system_events FOR EACH ROW
	WHEN (OLD.source IN ('daemon', 'chain') AND NOT ledger.is_indexer()) EXECUTE FUNCTION ledger.refuse_daemon_event();
--> statement-breakpoint
SELECT ledger.pin_search_paths();
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION ledger.require_own_table(oid) FROM PUBLIC;
--> statement-breakpoint
SELECT ledger.restrict_functions(), ledger.restrict_database();
