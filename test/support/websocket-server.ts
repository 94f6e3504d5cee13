/** A WebSocket server (RFC 6455, as far as a JSON-RPC client needs it) that says what a test tells it to. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';

const requestSchema = z.object({ id: z.number().nullable(), method: z.string() });
export type SocketRequest = z.infer<typeof requestSchema>;

export interface WebSocketConnection {
  /** Sends one message as JSON. */
  send(message: object): void;
  drop(): void;
}

export interface WebSocketServer extends AsyncDisposable {
  readonly url: string;
  /** All that ever connected, in order. */
  readonly connections: WebSocketConnection[];
}

const acceptMagic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const textFrame = 0x81;
const textOpcode = 1;

export async function startWebSocketServer(
  onRequest: (connection: WebSocketConnection, request: SocketRequest, earlierConnections: number) => void,
): Promise<WebSocketServer> {
  const connections: WebSocketConnection[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}${acceptMagic}`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const connection: WebSocketConnection = {
      send: (message) => void socket.write(frameOf(JSON.stringify(message))),
      drop: () => void socket.destroy(),
    };
    const earlier = connections.length;
    connections.push(connection);
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      const { texts, rest } = readFrames(Buffer.concat([received, data]));
      received = rest;
      for (const text of texts) onRequest(connection, requestSchema.parse(JSON.parse(text)), earlier);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `ws://127.0.0.1:${port}`,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = payload.length < 126 ? Buffer.from([textFrame, payload.length]) : Buffer.alloc(4);
  if (payload.length >= 126) {
    header[0] = textFrame;
    header[1] = 126;
    header.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([header, payload]);
}

/** The texts of the whole frames; a client masks what it sends. */
function readFrames(data: Buffer): { readonly texts: string[]; readonly rest: Buffer<ArrayBuffer> } {
  const texts: string[] = [];
  let at = 0;
  while (data.length - at >= 6) {
    const short = (data[at + 1] ?? 0) & 0x7f;
    const lengthBytes = short === 126 ? 2 : 0;
    const length = short === 126 ? data.readUInt16BE(at + 2) : short;
    const maskAt = at + 2 + lengthBytes;
    const end = maskAt + 4 + length;
    if (data.length < end) break;
    const mask = data.subarray(maskAt, maskAt + 4);
    const payload = data.subarray(maskAt + 4, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    if (((data[at] ?? 0) & 0x0f) === textOpcode) texts.push(Buffer.from(payload).toString());
    at = end;
  }
  return { texts, rest: Buffer.from(data.subarray(at)) };
}
