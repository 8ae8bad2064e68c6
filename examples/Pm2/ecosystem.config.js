// Two seed nodes and workers on one port, run by pm2 as it comes from npm:
//   dotnet build examples/SeedNodes -c Release
//   pm2 start examples/Pm2/ecosystem.config.js
//   pm2 reload chat-worker --parallel 1
// In fork mode pm2 stops a process and starts the new one; "wait_ready" makes it go on to the next only when the new one is confirmed by the other workers.
// It does so one by one for up to two processes, and two at a time for more: hence "--parallel 1" for three and more.
const path = require("node:path");

const root = path.resolve(__dirname, "../..");
const program = process.env.CHAT_PROGRAM || path.join(root, "artifacts/bin/SeedNodes.Example/release/SeedNodes.Example");
const listen = process.env.CHAT_LISTEN || "127.0.0.1:3000";
const workers = Number(process.env.CHAT_WORKERS || 2);
const seeds = [process.env.CHAT_SEED_1 || "8110", process.env.CHAT_SEED_2 || "8111"];

const common = {
  script: program,
  cwd: root,
  interpreter: "none",
  exec_mode: "fork",
  // The process says "ready" through NODE_CHANNEL_FD when it is in the cluster and the others have confirmed it.
  wait_ready: true,
  listen_timeout: 60000,
  // SIGINT lets the clients go first: akka.cluster-adapter.drain-timeout (10 s) and what comes after it.
  kill_timeout: 30000,
  // A wrong setting does not get better by starting again.
  stop_exit_codes: [78],
};

const cluster = Object.fromEntries(seeds.map((port, i) => [`AKKA__CLUSTER__SEED_NODES__${i}`, `akka.tcp://chat@127.0.0.1:${port}`]));

const seed = (port, i) => ({
  ...common,
  name: `chat-seed-${i + 1}`,
  args: ["HOCON/seed-node.conf", "--urls", "http://127.0.0.1:0"],
  env: { ...cluster, AKKA__REMOTE__DOT_NETTY__TCP__PORT: port },
});

module.exports = {
  apps: [
    ...seeds.map(seed),
    {
      ...common,
      name: "chat-worker",
      instances: workers,
      args: ["--share", listen, "HOCON/worker.conf"],
      env: cluster,
    },
  ],
};
