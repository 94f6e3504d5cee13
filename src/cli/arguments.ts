/** Parses the values of options. Commander shows the message of the error that a parser throws. */
import { type Command, InvalidArgumentError } from 'commander';

export function parseChainId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError('A chain id is a whole number of at least 1.');
  return id;
}

export function parseBlockNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('A block number is a whole number of at least 0.');
  return number;
}

/** Parses a duration in seconds, above zero. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds <= 0)
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return seconds;
}

/** Parses a number of blocks; 0 is allowed. */
export function parseBlockCount(text: string): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError('It must be a whole number of blocks, at least 0.');
  return count;
}

/**
 * Refuses options that belong only to the parent of this subcommand. Commander assigns them to the parent wherever they appear, so they
 * would be ignored silently.
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
