/** Loaded into the daemon's process before the program: counts its HTTP requests, by Node's own announcements of them. */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const file = process.env['BENCH_REQUEST_COUNT_FILE'];
let requests = 0;
const count = () => {
  requests += 1;
};
// fetch announces itself by the one, node:http by the other.
subscribe('undici:request:create', count);
subscribe('http.client.request.start', count);
const write = () => {
  if (file !== undefined) writeFileSync(file, JSON.stringify({ requests }));
};
process.on('exit', write);
process.on('SIGUSR2', write);
