// A small server on loopback that speaks SignalR with MessagePack as the hub does, and serves the built map under the product's policy.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NullLogger } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import WebSocket from 'ws';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const WEB = path.join(ROOT, '.build/web');

const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "style-src 'self'", "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:", "connect-src 'self'", "object-src 'none'", "base-uri 'self'", "frame-ancestors 'none'",
].join('; ');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.pbf': 'application/x-protobuf', '.bin': 'application/octet-stream' };

export class HarnessServer {
  sockets = new Set();
  watches = [];
  /** Answers a watch; set by the test. */
  onWatch = () => undefined;
  /** Bodies served beside the files: path → bytes. */
  bodies = new Map();
  protocol = new MessagePackHubProtocol();

  async start() {
    this.server = http.createServer((request, response) => this.serve(request, response));
    const sockets = new WebSocket.Server({ noServer: true });
    this.server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, (ws) => this.connected(ws)));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  stop() {
    this.drop();
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** Cuts every live connection; `refusing` makes new ones fail as well. */
  drop(refusing = false) {
    this.refusing = refusing;
    for (const ws of this.sockets) ws.terminate();
    this.sockets.clear();
  }

  /** Sends to everybody; `args` as the hub method has them. */
  send(target, ...args) {
    const bytes = Buffer.from(this.protocol.writeMessage({ type: 1, target, arguments: args, headers: {}, streamIds: [] }));
    for (const ws of this.sockets) ws.send(bytes);
  }

  get watch() {
    return this.watches.at(-1)?.[0] ?? 0;
  }

  connected(ws) {
    let greeted = false;
    ws.on('error', () => undefined);
    ws.on('close', () => this.sockets.delete(ws));
    ws.on('message', (data) => {
      if (!greeted) {
        greeted = true;
        ws.send('{}\u001e');
        this.sockets.add(ws);
        return;
      }
      const bytes = new Uint8Array(data).slice();
      for (const message of this.protocol.parseMessages(bytes.buffer, NullLogger.instance) ?? []) {
        if (message.type !== 1 || message.target !== 'watch') continue;
        this.watches.push(message.arguments[0]);
        this.onWatch(message.arguments[0]);
      }
    });
  }

  serve(request, response) {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    response.setHeader('Content-Security-Policy', POLICY);
    if (pathname === '/live/units/negotiate') return this.negotiate(response);
    if (this.bodies.has(pathname)) return response.end(this.bodies.get(pathname));
    const file = fileOf(pathname);
    if (!file || !fs.existsSync(file)) {
      response.statusCode = pathname.startsWith('/basemap/') || pathname === '/favicon.ico' ? 204 : 404;
      return response.end();
    }
    response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    if (file.endsWith('.pbf')) {
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    }
    return response.end(fs.readFileSync(file));
  }

  negotiate(response) {
    if (this.refusing) {
      response.statusCode = 503;
      return response.end();
    }
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify({
      negotiateVersion: 1, connectionId: 'a', connectionToken: 'b', availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }],
    }));
  }
}

function fileOf(pathname) {
  const clean = path.posix.normalize(pathname);
  if (clean.startsWith('/dispatch/map/')) return path.join(WEB, 'map', clean.slice('/dispatch/map/'.length));
  if (clean.startsWith('/basemap/')) return path.join(WEB, 'basemap', clean.slice('/basemap/'.length));
  return { '/': path.join(HERE, 'index.html'), '/page.js': path.join(HERE, 'page.js'), '/harness.css': path.join(HERE, 'harness.css') }[clean];
}
