import { type ClientBase, DatabaseError } from 'pg';
import { CannotRunError } from '../../primitives/errors.ts';

/** PostgreSQL's invalid_parameter_value, which ledger.can_tell_as_of raises if the rows after a block are not available. */
const invalidParameterValue = '22023';

/**
 * Throws a CannotRunError if the rows after a block are not available: the block is later than the projection or below the journal's
 * horizon.
 */
export async function requireJournal(
  client: ClientBase,
  chainId: number,
  blockNumber: number,
): Promise<void> {
  try {
    await client.query('select ledger.can_tell_as_of($1, $2)', [chainId, blockNumber]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== invalidParameterValue) throw error;
    throw new CannotRunError(error.message, {
      code: 'replay/block-not-told',
      fix: error.hint ?? 'Use another block.',
      place: { chainId, blockNumber },
      cause: error,
    });
  }
}
