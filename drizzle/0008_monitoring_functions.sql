-- What an operator looks at. They run with their caller's rights: a role that may not see other roles' sessions
-- (`pg_read_all_stats`) sees its own. Rows are estimated from statistics, so that no answer takes longer on a large database.
CREATE FUNCTION public.get_table_sizes()
	RETURNS TABLE (
		schema_name text,
		table_name text,
		estimated_rows bigint,
		dead_rows bigint,
		partitions bigint,
		table_bytes bigint,
		index_bytes bigint,
		total_bytes bigint,
		total_size text
	)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	AS $$
		SELECT namespace.nspname, root.relname,
			sum(greatest(part.reltuples, statistics.n_live_tup, 0))::bigint, coalesce(sum(statistics.n_dead_tup), 0)::bigint,
			count(*) FILTER (WHERE part.relispartition),
			sum(pg_table_size(part.oid))::bigint, sum(pg_indexes_size(part.oid))::bigint,
			sum(pg_total_relation_size(part.oid))::bigint, pg_size_pretty(sum(pg_total_relation_size(part.oid)))
		FROM pg_class AS part
		JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(part.oid), part.oid)
		JOIN pg_namespace AS namespace ON namespace.oid = root.relnamespace
		LEFT JOIN pg_stat_all_tables AS statistics ON statistics.relid = part.oid
		WHERE part.relkind IN ('r', 'p', 'm') AND namespace.nspname IN ('public', 'ledger')
		GROUP BY namespace.nspname, root.relname
		ORDER BY sum(pg_total_relation_size(part.oid)) DESC, namespace.nspname, root.relname
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.get_table_sizes() IS 'The size of every table and materialized view of public and ledger, the largest first, partitions added up; rows as of the last statistics. Example: SELECT * FROM get_table_sizes();';
--> statement-breakpoint
CREATE FUNCTION public.get_database_info()
	RETURNS TABLE (property text, value text)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	AS $$
		SELECT info.property, info.value
		FROM (
			SELECT datname, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype FROM pg_database
			WHERE datname = current_database()
		) AS ours
		CROSS JOIN LATERAL (VALUES
			(1, 'database', ours.datname::text),
			(2, 'version', current_setting('server_version')),
			(3, 'size', pg_size_pretty(pg_database_size(ours.datname))),
			(4, 'encoding', ours.encoding::text),
			(5, 'collation', ours.datcollate::text),
			(6, 'character_type', ours.datctype::text),
			(7, 'started_at', to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
			(8, 'is_replica', pg_is_in_recovery()::text)
		) AS info (position, property, value)
		UNION ALL
		(SELECT name, setting || coalesce(' ' || unit, '') FROM pg_settings
		WHERE name IN ('autovacuum', 'checkpoint_timeout', 'default_statistics_target', 'effective_cache_size', 'fsync',
			'full_page_writes', 'jit', 'maintenance_work_mem', 'max_connections', 'max_parallel_workers', 'max_wal_size',
			'random_page_cost', 'shared_buffers', 'statement_timeout', 'synchronous_commit', 'TimeZone', 'wal_level',
			'work_mem')
		ORDER BY name)
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.get_database_info() IS 'The database''s version, size and encoding, and the settings that matter most, one row each. Example: SELECT * FROM get_database_info();';
--> statement-breakpoint
CREATE FUNCTION public.get_system_stats()
	RETURNS TABLE (metric text, value numeric, unit text)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	AS $$
		SELECT stats.metric, stats.value, stats.unit
		FROM pg_stat_database AS activity
		CROSS JOIN LATERAL (VALUES
			('database_size', pg_database_size(activity.datid)::numeric, 'bytes'),
			('connections', activity.numbackends, 'connections'),
			('active_connections', (SELECT count(*) FROM pg_stat_activity
				WHERE datname = activity.datname AND state = 'active'), 'connections'),
			('maximum_connections', current_setting('max_connections')::numeric, 'connections'),
			('transactions_committed', activity.xact_commit, 'transactions'),
			('transactions_rolled_back', activity.xact_rollback, 'transactions'),
			('deadlocks', activity.deadlocks, 'deadlocks'),
			('temporary_file_size', activity.temp_bytes, 'bytes'),
			('cache_hits', round(100.0 * activity.blks_hit / nullif(activity.blks_hit + activity.blks_read, 0), 2), 'percent'),
			('uptime', round(extract(epoch FROM now() - pg_postmaster_start_time())), 'seconds')
		) AS stats (metric, value, unit)
		WHERE activity.datname = current_database()
		UNION ALL
		SELECT counted.metric, coalesce((
				SELECT greatest(relation.reltuples, pg_stat_get_live_tuples(relation.oid), 0)::numeric
				FROM pg_class AS relation WHERE relation.oid = to_regclass('public.' || counted.metric)
			), 0), 'rows, estimated'
		FROM (VALUES ('users'), ('products'), ('checkpoints'), ('trace_points'), ('trace_token_transactions'),
			('payment_contracts'), ('nft_certificates'), ('compliance_checkpoints')) AS counted (metric)
		UNION ALL
		SELECT figure.metric, figure.value, figure.unit
		FROM ledger.chains AS chain
		LEFT JOIN ledger.cursors AS projected ON projected.chain_id = chain.chain_id AND projected.stream = 'projection'
		CROSS JOIN LATERAL (VALUES
			('chain_' || chain.chain_id || '_head', chain.head_number::numeric, 'block'),
			('chain_' || chain.chain_id || '_final', chain.final_number, 'block'),
			('chain_' || chain.chain_id || '_projected', projected.block_number, 'block')
		) AS figure (metric, value, unit)
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.get_system_stats() IS 'What the database holds and how it is used, one row a metric: size, connections, transactions, cache hits, estimated rows of the main tables, and how far each chain is (null where nothing is known yet). Example: SELECT * FROM get_system_stats();';
--> statement-breakpoint
CREATE FUNCTION public.check_database_health()
	RETURNS TABLE (check_name text, status text, value numeric, unit text, detail text)
	LANGUAGE sql STABLE
	SET search_path = pg_catalog, pg_temp
	AS $$
		SELECT health.check_name,
			CASE WHEN health.value IS NULL THEN 'unknown'
				WHEN health.value >= health.critical_from THEN 'critical'
				WHEN health.value >= health.warning_from THEN 'warning'
				ELSE 'ok' END,
			health.value, health.unit, health.detail
		FROM (
			SELECT 'connections' AS check_name, round(100.0 * count(*) / current_setting('max_connections')::int, 1) AS value,
				'percent' AS unit, 80 AS warning_from, 95 AS critical_from, 'connections in use, of max_connections' AS detail
			FROM pg_stat_activity WHERE backend_type = 'client backend'
			UNION ALL
			SELECT 'longest_transaction', coalesce(round(max(extract(epoch FROM clock_timestamp() - xact_start))), 0), 'seconds',
				600, 3600, 'the oldest open transaction keeps vacuum from removing what was deleted since'
			FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
			UNION ALL
			SELECT 'blocked_sessions', count(*), 'sessions', 1, 10, 'sessions that wait for another''s lock'
			FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
			UNION ALL
			SELECT 'transaction_ids', round(100.0 * max(age(datfrozenxid)) / 2000000000, 1), 'percent', 40, 75,
				'of the way to transaction id wraparound, the furthest database'
			FROM pg_database
			UNION ALL
			SELECT 'dead_rows', coalesce(round(max(100.0 * n_dead_tup / (n_live_tup + n_dead_tup)), 1), 0), 'percent', 30, 60,
				'of the worst table with more than 10,000 of them: '
					|| coalesce((array_agg(relid::regclass::text ORDER BY n_dead_tup::numeric / (n_live_tup + n_dead_tup) DESC))[1], 'none')
			FROM pg_stat_user_tables WHERE n_dead_tup > 10000
			UNION ALL
			SELECT 'invalid_indexes', count(*), 'indexes', 1, 10,
				coalesce(string_agg(indexrelid::regclass::text, ', ' ORDER BY indexrelid), 'none')
			FROM pg_index
			JOIN pg_class ON pg_class.oid = indexrelid
			JOIN pg_namespace ON pg_namespace.oid = relnamespace
			WHERE NOT indisvalid AND relkind = 'i' AND nspname IN ('public', 'ledger')
			UNION ALL
			SELECT 'empty_summaries', count(*), 'views', 1, 3,
				coalesce(string_agg(relname, ', ' ORDER BY relname), 'all were refreshed at least once')
			FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
			WHERE relkind = 'm' AND nspname = 'public' AND NOT relispopulated
			UNION ALL
			SELECT 'cache_misses', round(100.0 * blks_read / nullif(blks_hit + blks_read, 0), 1), 'percent', 10, 50,
				'of the blocks read weren''t in shared_buffers'
			FROM pg_stat_database WHERE datname = current_database()
			UNION ALL
			SELECT 'prepared_transactions', count(*), 'transactions', 1, 10, 'prepared, and neither committed nor rolled back'
			FROM pg_prepared_xacts WHERE database = current_database()
			UNION ALL
			SELECT 'latched_chains', count(*), 'chains', 1, 1,
				coalesce(string_agg(chain_id || ': ' || coalesce(latch_reason, 'no reason given'), '; ' ORDER BY chain_id), 'none')
			FROM ledger.chains WHERE latched_at IS NOT NULL
			UNION ALL
			SELECT 'parked_streams', count(*), 'streams', 1, 1,
				coalesce(string_agg(chain_id || ' ' || stream || ' at block ' || block_number, '; ' ORDER BY chain_id, stream), 'none')
			FROM ledger.parked
			UNION ALL
			SELECT 'open_quarantine', count(*), 'logs', 1, 1000, 'logs that could not be decoded or folded, and wait for a person; counted up to 1000'
			FROM (SELECT FROM ledger.quarantine WHERE resolved_at IS NULL LIMIT 1000) AS open
		) AS health
	$$;
--> statement-breakpoint
COMMENT ON FUNCTION public.check_database_health() IS 'One row a check: ok, warning, critical, or unknown where the caller may not see it, with the figure that it was judged by. Example: SELECT * FROM check_database_health() WHERE status <> ''ok'';';
