CREATE FUNCTION ledger.normalise_user() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		-- Only ASCII is touched: anything else in a wallet is refused by its check.
		NEW.wallet_address := translate(NEW.wallet_address, 'ABCDEFX', 'abcdefx');
	ELSE
		IF NEW.wallet_address IS DISTINCT FROM OLD.wallet_address THEN
			RAISE EXCEPTION 'users.wallet_address % can''t be changed: the id follows from it', OLD.wallet_address
				USING ERRCODE = 'integrity_constraint_violation',
					HINT = 'Insert a row for the other wallet.';
		END IF;
		IF NEW.updated_at = OLD.updated_at THEN
			NEW.updated_at := now();
		END IF;
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER users_normalise BEFORE INSERT OR UPDATE ON users
	FOR EACH ROW EXECUTE FUNCTION ledger.normalise_user();
--> statement-breakpoint
CREATE FUNCTION ledger.normalise_standard() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog
	AS $$
BEGIN
	NEW.standard_name := coalesce(NEW.standard_name, NEW.standard_code);
	NEW.standard_code := ledger.standard_code(NEW.standard_code);
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER compliance_standards_normalise BEFORE INSERT OR UPDATE OF standard_code ON compliance_standards
	FOR EACH ROW EXECUTE FUNCTION ledger.normalise_standard();
--> statement-breakpoint
CREATE FUNCTION public.is_final(chain_id bigint, block_number bigint) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT EXISTS (
			SELECT FROM ledger.chains AS chain
			WHERE chain.chain_id = is_final.chain_id AND chain.final_number >= is_final.block_number
		);
	END;
--> statement-breakpoint
COMMENT ON FUNCTION public.is_final(bigint, bigint) IS 'Whether the block is final: a row of a block that isn''t may still change or go. False for a chain that isn''t followed.';
