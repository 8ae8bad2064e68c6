// Writes the public members of the original's server, as its typings declare them: one "Class.member" a line.
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";

const require = createRequire(import.meta.url);
const folder = (name) => path.dirname(require.resolve(`${name}/package.json`));
const modules = path.dirname(folder("socket.io"));
const classes = {
  Server: ["socket.io/dist/index.d.ts", "Server"],
  Namespace: ["socket.io/dist/namespace.d.ts", "Namespace"],
  Socket: ["socket.io/dist/socket.d.ts", "Socket"],
  Client: ["socket.io/dist/client.d.ts", "Client"],
  BroadcastOperator: ["socket.io/dist/broadcast-operator.d.ts", "BroadcastOperator"],
  RemoteSocket: ["socket.io/dist/broadcast-operator.d.ts", "RemoteSocket"],
  Handshake: ["socket.io/dist/socket-types.d.ts", "Handshake"],
  Adapter: ["socket.io-adapter/dist/in-memory-adapter.d.ts", "Adapter"],
  EngineServer: ["engine.io/build/server.d.ts", "Server"],
  EngineSocket: ["engine.io/build/socket.d.ts", "Socket"],
  ServerOptions: ["socket.io/dist/index.d.ts", "ServerOptions"],
  AttachOptions: ["engine.io/build/server.d.ts", "AttachOptions"],
  EngineOptions: ["engine.io/build/server.d.ts", "ServerOptions"],
};
const files = [...new Set(Object.values(classes).map(([file]) => path.join(modules, file)))];
const program = ts.createProgram(files, { skipLibCheck: true, noLib: true });

for (const [title, [file, name]] of Object.entries(classes)) {
  const source = program.getSourceFile(path.join(modules, file));
  const bases = (node) => (node.heritageClauses ?? []).flatMap((clause) => clause.types.map((type) => type.expression.getText(source)));
  const find = (wanted) => source.statements.find((node) => (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) && node.name.text === wanted);
  const members = new Set();
  for (let node = find(name); node; node = bases(node).map(find).find(Boolean)) {
    for (const member of node.members) {
      const flags = ts.getCombinedModifierFlags(member);
      const text = member.name?.getText(source);
      const hidden = ts.getJSDocTags(member).some((tag) => tag.tagName.text === "private") || flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
      if (text && !hidden && /^[a-zA-Z]/.test(text)) members.add(text);
    }
  }
  for (const member of members) console.log(`${title}.${member}`);
}
