// A load balancer without any stickiness: it passes connections on and looks at no more than it needs for that.
import net from "node:net";

/**
 * Listens on a free port. `choose(head)` gets the first bytes of a connection and names the worker's URL.
 * With `peek` off it chooses at once, as a balancer of TCP connections does.
 */
export async function listen(choose, { peek = false } = {}) {
  const connections = new Set();
  const server = net.createServer((client) => {
    connections.add(client);
    client.on("close", () => connections.delete(client));
    client.on("error", () => {});
    if (peek) client.once("data", (head) => pass(client, choose(head.toString("latin1")), head));
    else pass(client, choose(""));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
}

function pass(client, url, head) {
  const { hostname, port } = new URL(url);
  const worker = net.connect(Number(port), hostname);
  worker.on("error", () => client.destroy());
  worker.on("close", () => client.destroy());
  client.on("close", () => worker.destroy());
  if (head) worker.write(head);
  client.pipe(worker).pipe(client);
}

/** One after the other. */
export function roundRobin(urls) {
  let next = 0;
  return () => urls[next++ % urls.length];
}
