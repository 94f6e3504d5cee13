import { type ClientBase, DatabaseError } from 'pg';
import { CannotRunError } from '../../primitives/errors.ts';

/** PostgreSQL's invalid_parameter_value: ledger.can_tell_as_of's, of a block whose rows can't be told. */
const invalidParameterValue = '22023';

/** Throws a CannotRunError where the rows after a block can't be told: past the projection, or below the journal's horizon. */
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
      fix: error.hint ?? 'Ask for another block.',
      place: { chainId, blockNumber },
      cause: error,
    });
  }
}
