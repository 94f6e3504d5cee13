/** Parses the values of options. Commander shows the message of the error that a parser throws. */
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';

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

/**
 * Parses the number of a block, or a time in ISO 8601. A time without a zone is UTC, so that the same command means the same block on every
 * machine.
 */
export function parseBlockOrTime(text: string): number | Date {
  if (/^\d+$/.test(text)) return parseBlockNumber(text);
  const written = text.trim().replace(' ', 'T');
  if (z.iso.date().safeParse(written).success) return new Date(written);
  const [zone = 'Z'] = zoneAtEnd.exec(written) ?? [];
  const local = written.replace(zoneAtEnd, '');
  if (z.iso.datetime({ local: true }).safeParse(local).success && !zoneAtEnd.test(local))
    return new Date(local + zone);
  throw new InvalidArgumentError(
    'A block is a whole number, a time is ISO 8601, such as 2026-01-31 or 2026-01-31T12:00Z (UTC if without a zone).',
  );
}

const zoneAtEnd = /(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

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
