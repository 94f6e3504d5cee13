/** Every test file uses the engine with TraceChain's tables and contracts. */
import { registerTraceChain } from '../../src/tracechain/index.ts';

registerTraceChain();
