/** Any ERC-20 token: its transfers, and what each holder has, which the audit compares with the contract's state. */
import { erc20Abi as abi } from 'viem';
import * as engine from '../../src/engine/index.ts';

const { address, column, derivedId, provenance, uint256, zeroAddress } = engine;
const transfers = engine.table('erc20_transfers', 'One row per transfer of a token.', {
  columns: {
    id: derivedId(),
    sender: column(address('sender').notNull(), 'The sender; the zero address for minted tokens.'),
    recipient: column(address('recipient').notNull(), 'The recipient; the zero address for burnt tokens.'),
    value: column(uint256('value').notNull(), 'The amount in the token’s smallest unit.'),
    ...provenance(),
  },
  label: `value || ' to ' || recipient`,
});
const balances = engine.table('erc20_balances', 'One row per holder of a token.', {
  columns: {
    id: derivedId(),
    holder: column(address('holder').notNull(), 'The holder.'),
    balance: column(uint256('balance').notNull(), 'The amount in the token’s smallest unit.'),
    ...provenance(),
  },
  label: `holder || ' at ' || smart_contract_address`,
  find: { wallet: 'holder = lower($1::text)' },
});
const tables = { transfers, balances };
const contracts = { ERC20: engine.defineKind({ abi, reads: {} }) };
declare module '../../src/engine/index.ts' {
  interface Register {
    tables: typeof tables;
    contracts: typeof contracts;
  }
}
engine.registerTables(tables, { erc20_transfers: 1001, erc20_balances: 1002 });
engine.registerContracts(contracts);
const balanceId = ({ chainId, address: contract }: engine.IndexedContract, holder: engine.Address) =>
  engine.entityId({ chainId, contract, table: 'erc20_balances', number: 0n, parts: [holder] });
function add(entity: engine.Entity<'balances'> | undefined, holder: engine.Address, change: bigint): void {
  if (entity?.row !== undefined) entity.update({ balance: entity.row.balance + change });
  else if (holder !== zeroAddress) entity?.insert({ holder, balance: change });
}
const onTransfer = engine.on('ERC20', 'Transfer', {
  entities: ({ args: { from, to }, contract }, load) =>
    [from, to].map((holder) => load.one('balances', balanceId(contract, holder))),
  apply({ args: { from: sender, to: recipient, value }, block, log }, [from, to], write) {
    const place = { ...log, chainId: block.chainId, table: 'erc20_transfers' };
    write.insert('transfers', engine.leafId(place, block.timestamp), { sender, recipient, value });
    add(from, sender, -value);
    add(to, recipient, value);
  },
});
const handlers = [onTransfer, engine.ledgerOnly('ERC20', 'Approval')];
const fold = { area: 'erc20', version: 1, tables: ['transfers', 'balances'], lookups: [], handlers } as const;
const balanceOf = engine.viewOf(abi, 'balanceOf');
const holders = engine.entityKind<engine.Address>({
  name: 'holder',
  kind: 'ERC20',
  isKey: engine.isAddress,
  told: ({ args: { from, to } }) => [from, to].filter((it) => it && it !== zeroAddress) as engine.Address[],
  rows: { balances: (row) => row['holder'] as engine.Address },
  *read({ contract, key: holder, reference, answerOf }) {
    const [result] = yield [balanceOf.request(contract.address, [holder])];
    const [rowId, balance] = [balanceId(contract, holder), answerOf(balanceOf, result)];
    const exists = reference.row('balances', rowId) !== undefined || balance !== 0n ? true : null;
    const values = { holder, balance };
    return balance === null ? [] : [{ table: 'balances', rowId, entity: holder, exists, values }];
  },
});
const inLogs = engine.notInContractState('only its logs tell of a token’s transfers');
const audit = engine.areaAudit('erc20', { tables: { transfers: inLogs, balances: [holders] } });
export const erc20 = { projections: new engine.ProjectionSet([fold]), audits: [audit] };
if (import.meta.main) {
  const { RPC_URL = '', DATABASE_URL = '', TOKEN = '' } = process.env;
  const token = { kind: 'ERC20', address: engine.toAddress(TOKEN), startBlock: 0 } as const;
  const settings = engine.defaultSettings(DATABASE_URL, [RPC_URL], [token]);
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  await engine.runDaemon({ ...erc20, settings, logger: engine.pino(), signal: stopping.signal });
}
