-- What generated columns call must be there before their tables. The bodies are of the SQL standard's form, parsed here and
-- now, so that no session's search_path changes what they mean.
CREATE SCHEMA IF NOT EXISTS "ledger";
--> statement-breakpoint
CREATE FUNCTION ledger.text_digest(value text) RETURNS bytea
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN sha256(convert_to(value, 'UTF8'));
--> statement-breakpoint
COMMENT ON FUNCTION ledger.text_digest(text) IS 'SHA-256 of the UTF-8 bytes: what a text of any length is unique by.';
--> statement-breakpoint
CREATE FUNCTION ledger.named_id(name text) RETURNS uuid
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT (
			substr(encode(digest, 'hex'), 1, 8) || '-' || substr(encode(digest, 'hex'), 9, 4)
			|| '-8' || substr(encode(digest, 'hex'), 13, 3)
			|| '-' || substr('89ab', (get_byte(digest, 8) >> 4 & 3) + 1, 1) || substr(encode(digest, 'hex'), 18, 3)
			|| '-' || substr(encode(digest, 'hex'), 21, 12)
		)::uuid
		FROM ledger.text_digest(name) AS digest;
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.named_id(text) IS 'The UUIDv8 of a name: the first 128 bits of its SHA-256, with the version and the variant of RFC 9562.';
--> statement-breakpoint
CREATE FUNCTION ledger.user_id(wallet_address text) RETURNS uuid
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ledger.named_id('tracechain:user:' || wallet_address);
--> statement-breakpoint
COMMENT ON FUNCTION ledger.user_id(text) IS 'The id of the user with this wallet, which is given in lower-case hex.';
--> statement-breakpoint
CREATE FUNCTION ledger.standard_code(spelling text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		-- translate() drops the characters that have no counterpart, and depends on no locale as upper() does.
		SELECT CASE
			WHEN octet_length(code) <= 200 THEN code
			ELSE 'SHA256' || translate(encode(ledger.text_digest(code), 'hex'), 'abcdef', 'ABCDEF')
		END
		FROM translate(spelling, E'abcdefghijklmnopqrstuvwxyz \t\r\n_./-', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS code;
	END;
--> statement-breakpoint
COMMENT ON FUNCTION ledger.standard_code(text) IS 'One code however it is spelt: "ISO 9001" is ISO9001. A code of more than 200 bytes is named by its digest.';
--> statement-breakpoint
CREATE FUNCTION ledger.standard_id(spelling text) RETURNS uuid
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ledger.named_id('tracechain:standard:' || ledger.standard_code(spelling));
--> statement-breakpoint
COMMENT ON FUNCTION ledger.standard_id(text) IS 'The id of the standard with this code, however it is spelt.';
