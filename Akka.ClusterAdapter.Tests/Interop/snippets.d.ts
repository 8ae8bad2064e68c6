// What the snippets of the pages take for granted, and as much as they use of packages that are not installed here.
declare const io: typeof import("socket.io-client").io;
declare const socket: import("socket.io-client").Socket;
declare const server: import("socket.io").Server;
declare const token: string;
declare const createAdapter: typeof import("@socket.io/cluster-adapter").createAdapter;
declare function currentToken(): string;
declare function loadEverythingAnew(): void;

declare module "@socket.io/cluster-adapter" {
  export function createAdapter(options?: { requestsTimeout?: number }): any;
  export function setupPrimary(): void;
}

declare module "@socket.io/sticky" {
  export function setupMaster(server: import("node:http").Server, options: { loadBalancingMethod: "random" | "round-robin" | "least-connection" }): void;
  export function setupWorker(io: import("socket.io").Server): void;
}

declare module "recluster" {
  export default function recluster(file: string, options: { workers?: number; readyWhen?: "listening" | "started" | "ready" }): { run(): void; reload(): void };
}

declare module "@microsoft/signalr" {
  export class HubConnectionBuilder {
    withUrl(url: string): this;
    withAutomaticReconnect(): this;
    build(): HubConnection;
  }
  export interface HubConnection {
    on(name: string, handler: (...args: any[]) => void): void;
    start(): Promise<void>;
    invoke(name: string, ...args: unknown[]): Promise<any>;
    send(name: string, ...args: unknown[]): Promise<void>;
  }
}
