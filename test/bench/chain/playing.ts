/**
 * Anvil's arguments for executing a script: transactions from any account, free of charge, in the order sent,
 * at fixed times.
 */
export const playingArguments = [
  '--auto-impersonate',
  '--order=fifo',
  '--gas-price=0',
  '--base-fee=0',
  '--gas-limit=30000000000',
  '--timestamp=1700000000',
];
