/** Options' values, from text; commander says of a wrong one what is thrown here. */
import { InvalidArgumentError } from 'commander';

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
