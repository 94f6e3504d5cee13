/**
 * Detects growing memory and growing lag in a long run. Prints one line per minute, and a verdict at the end.
 */
import { rssMb } from '../processes/cpu.ts';
import { quantile } from '../output.ts';
import type { CommitWatch } from './commit-watch.ts';

const lineEveryMs = 60_000;
const baselineMs = 600_000;
/** The largest allowed ratio of memory to its maximum in the first ten minutes. */
const mostGrowth = 1.2;

export interface SoakOptions {
  readonly daemonPid: number;
  readonly nodePid: number;
  readonly watch: CommitWatch;
  readonly write: (line: string) => void;
}

export class Soak {
  readonly #options: SoakOptions;
  readonly #startedAtMs = performance.now();
  #nextLineAtMs = lineEveryMs;
  #told = 0;
  #baselineMb = 0;
  #laterMb = 0;
  #mostLagBlocks = 0;

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  /** Must be called before each block is mined; blocks that are not visible by then count as lag. */
  async observe(blocks: number): Promise<void> {
    const { daemonPid, nodePid, watch, write } = this.#options;
    const elapsedMs = performance.now() - this.#startedAtMs;
    const daemonMb = await rssMb(daemonPid);
    if (elapsedMs <= baselineMs) this.#baselineMb = Math.max(this.#baselineMb, daemonMb);
    else this.#laterMb = Math.max(this.#laterMb, daemonMb);
    this.#mostLagBlocks = Math.max(this.#mostLagBlocks, watch.lagBlocks);
    if (elapsedMs < this.#nextLineAtMs) return;
    this.#nextLineAtMs += lineEveryMs;
    const latest = watch.latenciesMs.slice(this.#told);
    this.#told = watch.latenciesMs.length;
    write(
      [
        `${Math.round(elapsedMs / lineEveryMs)} min`,
        `${blocks} blocks`,
        `lag ${watch.lagBlocks}`,
        `p50 ${quantile(latest, 0.5).toFixed(1)} ms`,
        `p95 ${quantile(latest, 0.95).toFixed(1)} ms`,
        `max ${quantile(latest, 1).toFixed(1)} ms`,
        `daemon ${daemonMb.toFixed(0)} MB`,
        `node ${(await rssMb(nodePid)).toFixed(0)} MB`,
      ].join('  '),
    );
  }

  /**
   * Returns the verdict of a run of more than ten minutes; empty for a shorter one. `finalLagBlocks` is the
   * lag after the last block.
   */
  verdict(finalLagBlocks: number): string[] {
    if (this.#laterMb === 0) return [];
    const growth = this.#laterMb / this.#baselineMb;
    return [
      `memory: at most ${this.#baselineMb.toFixed(0)} MB in the first ten minutes, ${this.#laterMb.toFixed(0)} MB afterwards: ` +
        `${growth <= mostGrowth ? 'within' : 'MORE THAN'} 20%`,
      `lag: ${finalLagBlocks === 0 ? 'none' : `${finalLagBlocks} BLOCKS`} at the end, at most ${this.#mostLagBlocks} when the next block came`,
    ];
  }
}
