/** Options' values, from text; commander says of a wrong one what is thrown here. */
import { type Command, InvalidArgumentError } from 'commander';

export function parseChainId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('A chain’s id is a whole number from 1 on.');
  return id;
}

export function parseBlockNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('A block’s number is a whole number from 0 on.');
  return number;
}

/** A length of time in seconds, above zero. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds <= 0)
    throw new InvalidArgumentError('It is a number of seconds above 0.');
  return seconds;
}

/** A number of blocks, which may be none. */
export function parseBlockCount(text: string): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError('It is a whole number of blocks from 0 on.');
  return count;
}

/**
 * Refuses options that were given and are only those of the command that this one stands under: commander takes them for that one wherever
 * they stand, and they would be passed over in silence.
 */
export function refuseOptionsOfParent(command: Command): void {
  const parent = command.parent;
  const own = new Set(command.options.map((option) => option.attributeName()));
  const stray = parent?.options.find((option) => {
    const name = option.attributeName();
    return !own.has(name) && parent.getOptionValueSource(name) === 'cli';
  });
  if (stray !== undefined)
    command.error(`error: unknown option '${stray.long ?? stray.flags}'`, {
      code: 'commander.unknownOption',
    });
}
