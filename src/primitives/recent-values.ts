/**
 * A bounded memory of computed values. Two generations: when the younger is full the older one is dropped, so what is in
 * use stays, and nothing has to be counted or ordered.
 */
export class RecentValues<Key, Value> {
  readonly #perGeneration: number;
  #younger = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** At most twice `perGeneration` values are held. */
  constructor(perGeneration: number) {
    this.#perGeneration = perGeneration;
  }

  /** The key's value, computed where it isn't remembered; `compute` must give the same for the same key. */
  get(key: Key, compute: (key: Key) => Value): Value {
    const young = this.#younger.get(key);
    if (young !== undefined) return young;
    const value = this.#older.get(key) ?? compute(key);
    if (this.#younger.size >= this.#perGeneration) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, value);
    return value;
  }
}
