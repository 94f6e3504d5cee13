import { Command } from 'commander';
import { makeKeyFiles } from '../../engine/audit/report/keys.ts';
import { refuseOptionsOfParent } from '../arguments.ts';
import { printJson, printLine } from '../output.ts';

export function auditKeygenCommand(): Command {
  return new Command('keygen')
    .description('make the key pair that signs audit reports')
    .argument(
      '[file]',
      'where the private key goes; the public one goes to <file>.pub',
      'tracechain-audit.pem',
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  $ tracechain audit keygen ~/tracechain-audit.pem')
    .action(async (file: string, options: { readonly json?: true }, command: Command) => {
      refuseOptionsOfParent(command);
      const { privateKeyFile, publicKeyFile, fingerprint } = await makeKeyFiles(file);
      if (options.json) {
        printJson({ privateKeyFile, publicKeyFile, fingerprint });
        return;
      }
      printLine(`The private key is in ${privateKeyFile}: it signs. Keep it, and let nobody else read it (its mode is 0600); whoever has it can sign
reports in your name. It has no passphrase.

The public key is in ${publicKeyFile}: it verifies. Hand that to whoever gets your reports, and tell them its fingerprint by
another way (on paper, by telephone), so that they know that it is yours:

  ${fingerprint}

Sign a report:    npx tracechain audit --report audit.json --key ${privateKeyFile}
Verify one:       npx tracechain audit verify audit.json --key ${publicKeyFile}`);
    });
}
