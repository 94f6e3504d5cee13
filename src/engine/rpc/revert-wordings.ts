/**
 * Messages of nodes that report a revert or a halt without the code 3. They are responses of the contract, which chooses the text after the
 * matched prefix.
 */
import type { Wording } from './node-wordings.ts';

export const reverts: readonly Wording[] = [
  {
    node: 'geth, Erigon, Reth, Arbitrum, OP',
    kind: 'reverted',
    pattern: /^execution reverted|^vm execution error|^revert\b/,
    examples: [
      [-32000, 'execution reverted'],
      [-32000, 'execution reverted: ERC721: invalid token ID'],
      [-32000, 'VM execution error.'],
      [-32000, 'revert: rate limit exceeded'],
    ],
  },
  {
    node: 'Hardhat, Ganache',
    kind: 'reverted',
    pattern: /^(?:error: )?vm exception while processing transaction/,
    examples: [
      [
        -32603,
        "Error: VM Exception while processing transaction: reverted with reason string 'missing trie node'",
      ],
      [
        -32603,
        'VM Exception while processing transaction: reverted with an unrecognized custom error (return data: 0x12)',
      ],
      [-32603, "Error: VM Exception while processing transaction: reverted with custom error 'NotOwner()'"],
      [
        -32603,
        'VM Exception while processing transaction: reverted with panic code 0x11 (Arithmetic operation overflowed)',
      ],
      [-32603, 'VM Exception while processing transaction: invalid opcode'],
      [-32000, 'VM Exception while processing transaction: revert'],
    ],
  },
  {
    node: 'Hardhat',
    kind: 'reverted',
    pattern:
      /^(?:error: )?(?:transaction reverted|call reverted)|^(?:error: )?function (?:call to a non-contract|returned an unexpected)/,
    examples: [
      [-32603, 'Error: Transaction reverted without a reason string'],
      [
        -32603,
        "Error: Transaction reverted: function selector was not recognized and there's no fallback function",
      ],
      [-32603, 'Transaction reverted: contract call run out of gas and made the transaction revert'],
      [-32603, 'Error: function call to a non-contract account'],
    ],
  },
  {
    node: 'geth, Erigon: halts',
    kind: 'reverted',
    pattern:
      /^(?:out of gas|invalid opcode|invalid jump|invalid code|stack (?:under|over)flow|stack limit reached|write protection|return data out of bounds|contract creation code storage out of gas|precompile failed)/,
    examples: [
      [-32000, 'out of gas'],
      [-32000, 'invalid opcode: INVALID'],
      [-32000, 'invalid jump destination'],
      [-32000, 'stack underflow (0 <=> 1)'],
      [-32000, 'stack limit reached 1024 (1023)'],
      [-32000, 'write protection'],
      [-32003, 'out of gas: gas required exceeds: 50000000'],
    ],
  },
  {
    node: 'geth: halts',
    kind: 'reverted',
    pattern: /gas uint64 overflow|max call depth|gas required exceeds (?:allowance|block gas limit)/,
    examples: [
      [-32000, 'gas uint64 overflow'],
      [-32000, 'max call depth exceeded'],
      [-32000, 'gas required exceeds allowance (50000000)'],
    ],
  },
  {
    node: 'anvil, Reth: halts',
    kind: 'reverted',
    pattern: /^evm error[: ]/,
    examples: [
      [-32603, 'EVM error InvalidFEOpcode'],
      [-32603, 'EVM error OutOfGas'],
      [-32000, 'EVM error: StackUnderflow'],
    ],
  },
  {
    node: 'Nethermind',
    kind: 'reverted',
    pattern:
      /^reverted\b|^(?:outofgas|badinstruction|stackunderflow|stackoverflow|invalidjump|accessviolation|staticcallviolation)/,
    examples: [
      [-32000, 'Reverted 0x08c379a0'],
      [-32000, 'BadInstruction'],
      [-32000, 'StackUnderflow'],
      [-32000, 'InvalidJumpDestination'],
    ],
  },
  {
    node: 'Besu',
    kind: 'reverted',
    pattern:
      /^transaction processing could not be completed|^invalid_(?:operation|jump_destination)|^(?:insufficient_gas|out_of_bounds|illegal_state_change)$/,
    examples: [
      [-32000, 'Transaction processing could not be completed due to an exception'],
      [-32000, 'INVALID_OPERATION'],
      [-32000, 'INSUFFICIENT_GAS'],
    ],
  },
];
