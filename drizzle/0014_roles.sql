-- Who may do what. Roles belong to the whole cluster, so they may be there already, or another database's migration may make
-- them this very moment; and whoever migrates may lack the right to make them. None of that fails the migration.
--
-- No password is set here: until its administrator gives it one, a role can't log in where passwords are asked for.
CREATE FUNCTION ledger.role_definitions()
	RETURNS TABLE (role_name text, connection_limit integer, settings text[])
	LANGUAGE sql IMMUTABLE
	BEGIN ATOMIC
		VALUES
			('tracechain_app', 100, ARRAY[
				'statement_timeout=30s', 'lock_timeout=10s', 'idle_in_transaction_session_timeout=60s', 'work_mem=16MB'
			]),
			('tracechain_readonly', 30, ARRAY[
				'statement_timeout=60s', 'lock_timeout=10s', 'idle_in_transaction_session_timeout=60s', 'work_mem=16MB',
				'default_transaction_read_only=on'
			]),
			('tracechain_analytics', 10, ARRAY[
				'statement_timeout=15min', 'lock_timeout=10s', 'idle_in_transaction_session_timeout=5min', 'work_mem=128MB'
			]);
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.role_definitions() IS 'The roles, how many sessions each may have, and the settings of its sessions in this database.';
--> statement-breakpoint
CREATE FUNCTION ledger.try_statement(statement text, purpose text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	EXECUTE statement;
EXCEPTION
	WHEN duplicate_object OR unique_violation THEN NULL; -- Another database's migration was first.
	WHEN insufficient_privilege THEN
		RAISE WARNING '% may not %', current_user, purpose
			USING HINT = format('Have an administrator run, in this database: %s; SELECT ledger.set_up_roles();', statement);
END
$$;
--> statement-breakpoint
CREATE FUNCTION ledger.set_up_roles() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
DECLARE
	definition record;
	setting text;
	present text;
	application CONSTANT text := 'tracechain_app';
	relation record;
BEGIN
	FOR definition IN SELECT * FROM ledger.role_definitions() LOOP
		IF to_regrole(definition.role_name) IS NULL THEN
			PERFORM ledger.try_statement(
				format('CREATE ROLE %I LOGIN CONNECTION LIMIT %s', definition.role_name, definition.connection_limit),
				'create the role ' || definition.role_name);
		END IF;
		CONTINUE WHEN to_regrole(definition.role_name) IS NULL;
		present := concat_ws(', ', present, quote_ident(definition.role_name));
		-- In this database only: other databases of the cluster have settings of their own.
		FOREACH setting IN ARRAY definition.settings LOOP
			CONTINUE WHEN EXISTS (
				SELECT FROM pg_db_role_setting
				WHERE setrole = to_regrole(definition.role_name) AND setconfig @> ARRAY[setting]
					AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()));
			PERFORM ledger.try_statement(
				format('ALTER ROLE %I IN DATABASE %I SET %s TO %L', definition.role_name, current_database(),
					split_part(setting, '=', 1), split_part(setting, '=', 2)),
				format('set %s for the role %s', setting, definition.role_name));
		END LOOP;
	END LOOP;
	IF present IS NULL THEN RETURN; END IF;

	PERFORM ledger.try_statement(format('GRANT CONNECT ON DATABASE %I TO %s', current_database(), present), 'grant CONNECT');
	PERFORM ledger.try_statement('GRANT USAGE ON SCHEMA public, ledger TO ' || present, 'grant USAGE');
	-- Only what is of this owner: public may hold tables of others.
	FOR relation IN
		SELECT format('%I.%I', nspname, relname) AS name, relkind, nspname,
			relname IN ('product_analytics', 'user_analytics') AS is_derived
		FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE nspname IN ('public', 'ledger') AND relkind IN ('r', 'p', 'v', 'm', 'S') AND pg_has_role(relowner, 'USAGE')
	LOOP
		IF relation.relkind = 'S' THEN
			EXECUTE format('GRANT SELECT ON SEQUENCE %s TO %s', relation.name, present);
			IF relation.nspname = 'public' AND to_regrole(application) IS NOT NULL THEN
				EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %I', relation.name, application);
			END IF;
		ELSE
			EXECUTE format('GRANT SELECT ON TABLE %s TO %s', relation.name, present);
			-- Also of the chain's tables: the triggers say which column is refused, where a missing privilege names only the table.
			IF relation.nspname = 'public' AND relation.relkind IN ('r', 'p') AND NOT relation.is_derived
				AND to_regrole(application) IS NOT NULL THEN
				EXECUTE format('GRANT INSERT, UPDATE, DELETE ON TABLE %s TO %I', relation.name, application);
			END IF;
		END IF;
	END LOOP;

	-- What later migrations make. (Functions are everybody's by themselves; granting them here would outlive a REVOKE FROM PUBLIC.)
	EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public, ledger GRANT SELECT ON TABLES TO %s', present);
	EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public, ledger GRANT SELECT ON SEQUENCES TO %s', present);
	IF to_regrole(application) IS NOT NULL THEN
		EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO %I', application);
		EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO %I', application);
	END IF;

	-- Everybody may ask; bringing the figures up to date is for those who show them, clean-up and statistics for the owner.
	FOR relation IN
		SELECT pg_proc.oid::regprocedure AS name, proname FROM pg_proc
		WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE') AND prokind = 'f'
			AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
			AND (provolatile <> 'v' OR proname IN ('update_analytics', 'refresh_materialized_views'))
	LOOP
		IF relation.proname NOT IN ('update_analytics', 'refresh_materialized_views') THEN
			EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', relation.name, present);
		ELSE
			EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', relation.name,
				(SELECT string_agg(quote_ident(role_name), ', ') FROM ledger.role_definitions()
				 WHERE role_name <> 'tracechain_readonly' AND to_regrole(role_name) IS NOT NULL));
		END IF;
	END LOOP;
END
$$;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.set_up_roles() IS 'Makes the roles tracechain_app, tracechain_readonly and tracechain_analytics where they are missing and may be made, and grants them what they may do in this database. Can be run again: after an administrator has made the roles, or to restore the grants.';
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION ledger.set_up_roles(), ledger.try_statement(text, text) FROM PUBLIC;
--> statement-breakpoint
SELECT ledger.set_up_roles();
