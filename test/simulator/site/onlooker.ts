/** The accounts' view of a fork in its current state. */
import type { FixtureAddresses } from '../../../contracts-fixtures/deploy.ts';
import { type Accounts, makeAccounts } from '../../../src/devnet/activity/accounts.ts';
import { connectDevnetClient, Runner, unlockedAccounts } from '../../../src/devnet/activity/runner.ts';
import { World } from '../../../src/devnet/activity/world/world.ts';
import type { BlockPlan, Fork } from './fork.ts';

interface Sight {
  readonly world: World;
  readonly player: Runner;
  readonly baseNumber: number;
  /** The blocks after the base that the view includes. */
  readonly plans: readonly BlockPlan[];
}

export class Onlooker {
  readonly #fork: Fork;
  readonly #fixtures: FixtureAddresses;
  #cast: Accounts | null = null;
  #sight: Sight | null = null;

  constructor(fork: Fork, fixtures: FixtureAddresses) {
    this.#fork = fork;
    this.#fixtures = fixtures;
  }

  /** Continues from the last look if the fork has only grown since; otherwise reads everything again. */
  async look(): Promise<{ readonly world: World; readonly cast: Accounts }> {
    const client = connectDevnetClient(this.#fork.anvil.rpcUrl);
    this.#cast ??= makeAccounts(await unlockedAccounts(client));
    const { baseNumber } = this.#fork;
    const plans = [...this.#fork.plans];
    const known = this.#sight !== null && this.#hasOnlyGrown(this.#sight) ? this.#sight : null;
    const world = known?.world ?? new World(this.#fixtures);
    const player = known?.player ?? new Runner(client, world);
    await player.observe();
    this.#sight = { world, player, baseNumber, plans };
    return { world, cast: this.#cast };
  }

  #hasOnlyGrown({ baseNumber, plans }: Sight): boolean {
    return (
      baseNumber === this.#fork.baseNumber && plans.every((plan, index) => plan === this.#fork.plans[index])
    );
  }
}
