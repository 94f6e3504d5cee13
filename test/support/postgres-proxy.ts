/** A proxy before PostgreSQL that fails as networks do, at messages of its protocol (version 3) that a test names. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface PostgresProxy extends AsyncDisposable {
  /** The same database, by way of the proxy. */
  readonly url: string;
  /** While true, nothing passes in either direction, and nobody is told. What the other end closed meanwhile is told when it ends. */
  isBlackHole: boolean;
  /** Told of each message of a client's: its type, such as `d` for a row of COPY. */
  onClientMessage: ((type: string) => void) | null;
  /** Whether a COMMIT that the server has answered is to be lost: its answer isn't passed on, and the connection is cut. */
  losesCommit: (() => boolean) | null;
  /** Whether a client that ends its connection is answered with FATAL 57P01, as if the server had ended it at the same moment. */
  terminatesEnding: boolean;
  /** Connections that a client has opened and neither end has closed. */
  readonly connections: number;
}

const commandComplete = 'C';
const commitTag = 'COMMIT\0';
const terminate = 'X';
const terminated = () =>
  errorResponse('SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command');

export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const upstreamUrl = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const closedUnheard = new Set<() => void>();
  let isBlackHole = false;
  const server = createServer((client) => {
    const upstream = connect(Number(upstreamUrl.port), upstreamUrl.hostname);
    const fromClient = new Frames(true);
    const fromServer = new Frames(false);
    const close = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', close).on('close', () => {
        sockets.delete(socket);
        if (isBlackHole) closedUnheard.add(close);
        else close();
      });
    }
    client.on('data', (data: Buffer) => {
      if (isBlackHole) return;
      upstream.write(data);
      for (const { type } of fromClient.read(data)) {
        proxy.onClientMessage?.(type);
        if (type === terminate && proxy.terminatesEnding) client.write(terminated());
      }
    });
    upstream.on('data', (data: Buffer) => {
      if (isBlackHole) return;
      const isCommitted = fromServer
        .read(data)
        .some(({ type, body }) => type === commandComplete && body === commitTag);
      if (isCommitted && proxy.losesCommit?.() === true) return close();
      client.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' ? address?.port : undefined);
  const proxy: PostgresProxy = {
    url: url.href,
    get isBlackHole() {
      return isBlackHole;
    },
    set isBlackHole(value) {
      isBlackHole = value;
      if (value) return;
      for (const close of closedUnheard) close();
      closedUnheard.clear();
    },
    get connections() {
      return sockets.size / 2;
    },
    onClientMessage: null,
    losesCommit: null,
    terminatesEnding: false,
    async [Symbol.asyncDispose]() {
      proxy.isBlackHole = false;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

interface Frame {
  readonly type: string;
  /** Only of short messages. */
  readonly body: string;
}

const shortBody = 64;
const lengthBytes = 4;

/** A message of the server's, of fields that begin with their type. */
function errorResponse(...fields: readonly string[]): Buffer {
  const body = Buffer.from(fields.map((field) => `${field}\0`).join('') + '\0');
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(lengthBytes + body.length, 1);
  return Buffer.concat([head, body]);
}

/** Cuts a stream into messages: a type, a length that counts itself, a body. A client's first message has no type. */
class Frames {
  #rest = Buffer.alloc(0);
  #isFirst: boolean;

  constructor(beginsUntyped: boolean) {
    this.#isFirst = beginsUntyped;
  }

  read(data: Buffer): Frame[] {
    const frames: Frame[] = [];
    let bytes = Buffer.concat([this.#rest, data]);
    for (;;) {
      const typeBytes = this.#isFirst ? 0 : 1;
      if (bytes.length < typeBytes + lengthBytes) break;
      const end = typeBytes + bytes.readInt32BE(typeBytes);
      if (bytes.length < end) break;
      const type = this.#isFirst ? '' : String.fromCharCode(bytes[0] ?? 0);
      const body = bytes.subarray(typeBytes + lengthBytes, end);
      frames.push({ type, body: body.length <= shortBody ? body.toString() : '' });
      bytes = bytes.subarray(end);
      this.#isFirst = false;
    }
    this.#rest = Buffer.from(bytes);
    return frames;
  }
}
