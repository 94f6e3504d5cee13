/**
 * Where the application tells the engine's types about its own: it merges its declarations into `Register`. Nothing of this exists at
 * run time. An engine without an application is typed with plain strings.
 */

/**
 * Members that the engine reads, all optional: `tables`, by their exported names; `contracts`, the definitions by their kinds; `area`, a
 * union of names; `contractKind`, a union too, if the kinds are named without `contracts` in some programs.
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- declaration merging needs an interface
export interface Register {}

/** The name of a kind of contract, as the configuration and the ledger write it. */
export type ContractKind = Register extends { readonly contractKind: infer Kind extends string }
  ? Kind
  : Register extends { readonly contracts: infer Definitions }
    ? keyof Definitions & string
    : string;

/** The name of an area. A projection belongs to one, and a replay or an audit can be limited to some. */
export type Area = Register extends { readonly area: infer Name extends string } ? Name : string;
