import { Command } from 'commander';
import { makeKeyFiles } from '../../engine/audit/report/keys.ts';
import { refuseOptionsOfParent } from '../arguments.ts';
import { printJson, printLine } from '../output.ts';

export function auditKeygenCommand(): Command {
  return new Command('keygen')
    .description('make the key pair that signs audit reports')
    .argument(
      '[file]',
      'the file of the private key; the public key is written to <file>.pub',
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
      printLine(`The private key is in ${privateKeyFile}. It signs reports. Keep it secret (its mode is 0600): anyone who has it can sign
reports in your name. It has no passphrase.

The public key is in ${publicKeyFile}. It verifies reports. Give it to the recipients of your reports, and give them its fingerprint
through another channel (on paper, by telephone), so that they can check that the key is yours:

  ${fingerprint}

Sign a report:    npx tracechain audit --report audit.json --key ${privateKeyFile}
Verify a report:  npx tracechain audit verify audit.json --key ${publicKeyFile}`);
    });
}
