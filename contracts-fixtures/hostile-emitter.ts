/** What tests call on `HostileEmitter.sol`, which isn't a contract that the indexer knows. */
import { parseAbi } from 'viem';

export const hostileEmitterAbi = parseAbi([
  'struct RawLog { bytes32[] topics; bytes data; }',
  'function emitLog(bytes32[] topics, bytes data)',
  'function emitLogs(RawLog[] logs)',
  'function setAnswer(bytes call, bytes returnData)',
  'function setRevert(bytes call, bytes returnData)',
  'function clearAnswer(bytes call)',
]);
