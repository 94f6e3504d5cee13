/** An effect that can't be: the event's log goes to the quarantine with this message, and all that it did is undone. */
export class EffectError extends Error {
  override readonly name = 'EffectError';
}
