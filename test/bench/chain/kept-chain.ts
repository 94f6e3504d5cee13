/**
 * Stored chains, in `.tracechain/bench`. Each is made once: anvil's state, and the expected result of
 * indexing it.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { z } from 'zod';
import { readIfThere } from '../../../src/devnet/data-folder/files.ts';
import { toAddress } from '../../../src/primitives/hex.ts';
import { startMakingNode, stopAndKeep } from '../processes/node.ts';
import { makeChain } from './make.ts';
import { type ChainRecipe, recipeName } from './recipe.ts';

const address = z.string().transform(toAddress);

const chainFacts = z.object({
  contracts: z.array(
    z.object({
      kind: z.enum(['TraceToken', 'ProductRegistry', 'NFTCertificate']),
      address,
      startBlock: z.number(),
    }),
  ),
  /** The block of the last event; empty ones follow, so that it is final. */
  lastEventBlock: z.number(),
  expected: z.object({
    logs: z.number(),
    transfers: z.number(),
    products: z.number(),
    checkpoints: z.number(),
    certificates: z.number().default(0),
    /** The balance of every address that ever held tokens, in wei. */
    balances: z.array(z.tuple([address, z.coerce.bigint()])),
  }),
});

export type ChainFacts = z.output<typeof chainFacts>;

export interface KeptChain extends ChainFacts {
  readonly recipe: ChainRecipe;
  readonly stateFile: string;
  /** The file with the digest of the indexed rows. */
  readonly digestFile: string;
}

const folder = fileURLToPath(new URL('../../../.tracechain/bench/', import.meta.url));

/** Returns the chain of this recipe; makes it if no earlier run did. */
export async function keepChain(recipe: ChainRecipe, logger: Logger): Promise<KeptChain> {
  const place = join(folder, recipeName(recipe));
  const files = { stateFile: join(place, 'state.json'), digestFile: join(place, 'digest.txt') };
  const kept = await readIfThere(join(place, 'facts.json'));
  if (kept !== undefined) return { recipe, ...files, ...chainFacts.parse(JSON.parse(kept)) };
  logger.info({ chain: recipeName(recipe) }, 'making the chain; it is kept for later runs');
  const unfinished = `${place}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const facts = await make(recipe, join(unfinished, 'state.json'), logger);
  await writeFile(join(unfinished, 'facts.json'), JSON.stringify(facts, withoutBigints));
  await rename(unfinished, place);
  return { recipe, ...files, ...facts };
}

async function make(recipe: ChainRecipe, stateFile: string, logger: Logger): Promise<ChainFacts> {
  // Only contract reads need states of old blocks.
  const keepsOldStates = recipe.kind === 'mixed' || recipe.kind === 'entities';
  const node = await startMakingNode(stateFile, { keepsOldStates }, logger);
  try {
    return await makeChain(recipe, node.rpcUrl);
  } finally {
    await stopAndKeep(node);
  }
}

function withoutBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
