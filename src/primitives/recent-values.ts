/**
 * A bounded cache of computed values, in two generations. When the younger generation is full, the older one is dropped. Values in use
 * survive, without any counting or ordering.
 */
export class RecentValues<Key, Value> {
  readonly #perGeneration: number;
  #younger = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** The cache holds at most twice `perGeneration` values. */
  constructor(perGeneration: number) {
    this.#perGeneration = perGeneration;
  }

  /** Returns the cached value of the key, or computes and caches it. `compute` must return the same value for the same key. */
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
