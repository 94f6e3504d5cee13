-- The tables of erc20.ts with what every chain-derived table has: its number in the journal, guards, an as-of function, comments.
CREATE TABLE "erc20_transfers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sender" text NOT NULL,
	"recipient" text NOT NULL,
	"value" numeric(78,0) NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[]
);
CREATE TABLE "erc20_balances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"balance" numeric(78,0) NOT NULL,
	"chain_id" bigint NOT NULL,
	"smart_contract_address" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"transaction_hash" text NOT NULL,
	"log_index" integer NOT NULL,
	"changed_block_number" bigint,
	"changed_block_hash" text,
	"changed_transaction_hash" text,
	"changed_log_index" integer,
	"inexact_columns" text[]
);
CREATE INDEX "erc20_transfers_sender_index" ON "erc20_transfers" ("sender");
CREATE INDEX "erc20_transfers_recipient_index" ON "erc20_transfers" ("recipient");
CREATE INDEX "erc20_balances_holder_index" ON "erc20_balances" ("holder");
INSERT INTO ledger.chain_tables (table_id, table_name, application_columns, derived_columns) VALUES (1001, 'erc20_transfers', '{}', '{}');
INSERT INTO ledger.chain_tables (table_id, table_name, application_columns, derived_columns) VALUES (1002, 'erc20_balances', '{}', '{}');
SELECT ledger.guard_chain_tables();
CREATE FUNCTION ledger."erc20_transfers_as_of"(chain_id bigint, block_number bigint) RETURNS TABLE ("id" uuid, "sender" text, "recipient" text, "value" numeric(78,0), "chain_id" bigint, "smart_contract_address" text, "block_number" bigint, "block_hash" text, "transaction_hash" text, "log_index" integer, "changed_block_number" bigint, "changed_block_hash" text, "changed_transaction_hash" text, "changed_log_index" integer, "inexact_columns" text[])
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT "id", "sender", "recipient", "value", "chain_id", "smart_contract_address", "block_number", "block_hash", "transaction_hash", "log_index", "changed_block_number", "changed_block_hash", "changed_transaction_hash", "changed_log_index", "inexact_columns" FROM public."erc20_transfers" AS stored
		WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2) AND NOT EXISTS (
			SELECT FROM ledger.standing_changes AS later
			WHERE later.row_id = stored.id AND later.chain_id = $1 AND later.block_number > $2 AND later.table_id = 1001)
		UNION ALL
		SELECT stored."id", earlier."sender", earlier."recipient", earlier."value", earlier."chain_id", earlier."smart_contract_address", earlier."block_number", earlier."block_hash", earlier."transaction_hash", earlier."log_index", earlier."changed_block_number", earlier."changed_block_hash", earlier."changed_transaction_hash", earlier."changed_log_index", earlier."inexact_columns"
		FROM (
			SELECT row_id, ledger.overlay(before ORDER BY sequence DESC) AS image
			FROM ledger.standing_changes AS later
			WHERE later.chain_id = $1 AND later.block_number > $2 AND later.table_id = 1001
			GROUP BY row_id HAVING NOT bool_or(operation = 'I')
		) AS changed
		JOIN public."erc20_transfers" AS stored ON stored.id = changed.row_id
		CROSS JOIN LATERAL jsonb_populate_record(stored, changed.image) AS earlier
		WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2);
	END;
COMMENT ON FUNCTION ledger."erc20_transfers_as_of"(bigint, bigint) IS 'The chain''s columns of erc20_transfers as they stood after a block.';
CREATE FUNCTION ledger."erc20_balances_as_of"(chain_id bigint, block_number bigint) RETURNS TABLE ("id" uuid, "holder" text, "balance" numeric(78,0), "chain_id" bigint, "smart_contract_address" text, "block_number" bigint, "block_hash" text, "transaction_hash" text, "log_index" integer, "changed_block_number" bigint, "changed_block_hash" text, "changed_transaction_hash" text, "changed_log_index" integer, "inexact_columns" text[])
	LANGUAGE sql STABLE
	BEGIN ATOMIC
		SELECT "id", "holder", "balance", "chain_id", "smart_contract_address", "block_number", "block_hash", "transaction_hash", "log_index", "changed_block_number", "changed_block_hash", "changed_transaction_hash", "changed_log_index", "inexact_columns" FROM public."erc20_balances" AS stored
		WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2) AND NOT EXISTS (
			SELECT FROM ledger.standing_changes AS later
			WHERE later.row_id = stored.id AND later.chain_id = $1 AND later.block_number > $2 AND later.table_id = 1002)
		UNION ALL
		SELECT stored."id", earlier."holder", earlier."balance", earlier."chain_id", earlier."smart_contract_address", earlier."block_number", earlier."block_hash", earlier."transaction_hash", earlier."log_index", earlier."changed_block_number", earlier."changed_block_hash", earlier."changed_transaction_hash", earlier."changed_log_index", earlier."inexact_columns"
		FROM (
			SELECT row_id, ledger.overlay(before ORDER BY sequence DESC) AS image
			FROM ledger.standing_changes AS later
			WHERE later.chain_id = $1 AND later.block_number > $2 AND later.table_id = 1002
			GROUP BY row_id HAVING NOT bool_or(operation = 'I')
		) AS changed
		JOIN public."erc20_balances" AS stored ON stored.id = changed.row_id
		CROSS JOIN LATERAL jsonb_populate_record(stored, changed.image) AS earlier
		WHERE stored.chain_id = $1 AND ledger.can_tell_as_of($1, $2);
	END;
COMMENT ON FUNCTION ledger."erc20_balances_as_of"(bigint, bigint) IS 'The chain''s columns of erc20_balances as they stood after a block.';
COMMENT ON TABLE "erc20_transfers" IS 'One row per transfer of a token.';
COMMENT ON COLUMN "erc20_transfers"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
COMMENT ON COLUMN "erc20_transfers"."sender" IS 'The sender; the zero address for minted tokens.';
COMMENT ON COLUMN "erc20_transfers"."recipient" IS 'The recipient; the zero address for burnt tokens.';
COMMENT ON COLUMN "erc20_transfers"."value" IS 'The amount in the token’s smallest unit.';
COMMENT ON COLUMN "erc20_transfers"."chain_id" IS 'The chain (EIP-155).';
COMMENT ON COLUMN "erc20_transfers"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
COMMENT ON COLUMN "erc20_transfers"."block_number" IS 'The block.';
COMMENT ON COLUMN "erc20_transfers"."block_hash" IS 'The block’s hash.';
COMMENT ON COLUMN "erc20_transfers"."transaction_hash" IS 'The transaction’s hash.';
COMMENT ON COLUMN "erc20_transfers"."log_index" IS 'The log’s position in its block.';
COMMENT ON COLUMN "erc20_transfers"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
COMMENT ON COLUMN "erc20_transfers"."changed_block_hash" IS 'The hash of the block that last changed the row.';
COMMENT ON COLUMN "erc20_transfers"."changed_transaction_hash" IS 'The transaction that last changed the row.';
COMMENT ON COLUMN "erc20_transfers"."changed_log_index" IS 'The log that last changed the row.';
COMMENT ON COLUMN "erc20_transfers"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
COMMENT ON TABLE "erc20_balances" IS 'One row per holder of a token.';
COMMENT ON COLUMN "erc20_balances"."id" IS 'The row’s id, derived from the chain: a rebuild gives the same.';
COMMENT ON COLUMN "erc20_balances"."holder" IS 'The holder.';
COMMENT ON COLUMN "erc20_balances"."balance" IS 'The amount in the token’s smallest unit.';
COMMENT ON COLUMN "erc20_balances"."chain_id" IS 'The chain (EIP-155).';
COMMENT ON COLUMN "erc20_balances"."smart_contract_address" IS 'The contract whose log made the row, in lower-case hex.';
COMMENT ON COLUMN "erc20_balances"."block_number" IS 'The block.';
COMMENT ON COLUMN "erc20_balances"."block_hash" IS 'The block’s hash.';
COMMENT ON COLUMN "erc20_balances"."transaction_hash" IS 'The transaction’s hash.';
COMMENT ON COLUMN "erc20_balances"."log_index" IS 'The log’s position in its block.';
COMMENT ON COLUMN "erc20_balances"."changed_block_number" IS 'The block of the last log that changed the row after the one that made it; null while none has.';
COMMENT ON COLUMN "erc20_balances"."changed_block_hash" IS 'The hash of the block that last changed the row.';
COMMENT ON COLUMN "erc20_balances"."changed_transaction_hash" IS 'The transaction that last changed the row.';
COMMENT ON COLUMN "erc20_balances"."changed_log_index" IS 'The log that last changed the row.';
COMMENT ON COLUMN "erc20_balances"."inexact_columns" IS 'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.';
