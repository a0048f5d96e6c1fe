import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * A proxy as in companies: it forwards plain HTTP, opens tunnels for everything else (CONNECT), and may require a
 * password. Outside names lead to ports of this machine.
 */
export class FakeProxy {
  /** `GET http://host/path` or `CONNECT host:port`, as they came in. */
  readonly requests: string[] = [];
  /** Where tunnels lead: a port of this machine by `host:port`. */
  readonly routes = new Map<string, number>();
  /** `user:password` of those who may ask. */
  user: string | undefined;
  private readonly server: Server;
  private readonly tunnels = new Set<Duplex>();

  private constructor() {
    this.server = createServer((incoming, response) => this.forward(incoming, response));
    this.server.on('connect', (incoming, socket) => this.tunnel(incoming, socket));
  }

  static async start(): Promise<FakeProxy> {
    const proxy = new FakeProxy();
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.tunnels) socket.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private knows({ headers }: IncomingMessage): boolean {
    const { user } = this;
    return (
      user === undefined || headers['proxy-authorization'] === `Basic ${Buffer.from(user).toString('base64')}`
    );
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = incoming;
    this.requests.push(`${method} ${url}`);
    if (!this.knows(incoming)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="proxy"' }).end();
      return;
    }
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const outgoing = request(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.writeHead(502).end());
    incoming.pipe(outgoing);
  }

  private tunnel(incoming: IncomingMessage, socket: Duplex): void {
    const place = incoming.url ?? '';
    this.requests.push(`CONNECT ${place}`);
    this.tunnels.add(socket.on('error', () => {}));
    const port = this.routes.get(place);
    if (!this.knows(incoming) || port === undefined) {
      socket.end(
        `HTTP/1.1 ${this.knows(incoming) ? '403 Forbidden' : '407 Proxy Authentication Required'}\r\n\r\n`,
      );
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    this.tunnels.add(target.on('error', () => socket.destroy()));
  }
}
