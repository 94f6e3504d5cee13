import leven from 'leven';

/**
 * Returns the candidate with the smallest edit distance to a mistyped word (case ignored), or undefined if none is near: a third
 * of the word's characters may be wrong, and two in a short word.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}
