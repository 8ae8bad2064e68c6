// node snippets.mjs PAGE...: the JavaScript and TypeScript of these pages is checked against the types of the official client, server and Node; says what is
// wrong with them. Scripts in HTML are parsed: a browser runs them in a test. docs/contracts.md has tests of its own, with its C#.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = path.dirname(fileURLToPath(import.meta.url));
const options = {
  target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
  types: ["node"], typeRoots: [path.join(here, "node_modules", "@types")], allowJs: true, checkJs: true, strict: true, noImplicitAny: false, skipLibCheck: true, noEmit: true,
};
const snippets = new Map();
let count = 0;
for (const page of process.argv.slice(2)) {
  const text = readFileSync(page, "utf8");
  for (const { 2: language, 3: code, index } of text.matchAll(/^( *)```(js|ts|html)\n(.*?)^\1```/gms)) {
    const at = `${page}(${text.slice(0, index).split("\n").length})`;
    if (language === "html") for (const [, script] of code.matchAll(/<script[^>]*>(.*?)<\/script>/gs)) parse(at, script);
    else if (page.endsWith("contracts.md")) parse(at, code);
    else add(page, at, language, code);
  }
}
check();
console.log(`${count} scripts`);

function parse(at, script) {
  count++;
  report(at, ts.transpileModule(script, { fileName: "snippet.ts", reportDiagnostics: true, compilerOptions: options }).diagnostics);
}

/** A module of its own, beside node_modules. On the pages for those who come from Node, `io` is a server. */
function add(page, at, language, code) {
  count++;
  const server = page.endsWith("from-node.md") && !code.includes("const io ") ? "const io = server; " : "";
  snippets.set(path.join(here, `snippet${count}.${language}`), { at, text: `${server}${code}\nexport {};\n` });
}

function check() {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => snippets.has(path.normalize(file)) || fileExists(file);
  host.readFile = (file) => snippets.get(path.normalize(file))?.text ?? readFile(file);
  host.getSourceFile = (file, version, ...more) => {
    const snippet = snippets.get(path.normalize(file));
    return snippet ? ts.createSourceFile(file, snippet.text, version, true) : getSourceFile(file, version, ...more);
  };
  const program = ts.createProgram([path.join(here, "snippets.d.ts"), ...snippets.keys()], options, host);
  report("snippets.d.ts", [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...program.getSemanticDiagnostics(program.getSourceFile(path.join(here, "snippets.d.ts")))]);
  for (const [file, { at }] of snippets) {
    const source = program.getSourceFile(file);
    report(at, [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]);
  }
}

function report(at, diagnostics) {
  for (const wrong of diagnostics) {
    process.exitCode = 1;
    const line = wrong.file?.text.slice(0, wrong.start).split("\n").length;
    console.log(`${at}: ${ts.flattenDiagnosticMessageText(wrong.messageText, " ")} in\n${line ? wrong.file.text.split("\n")[line - 1] : ""}`);
  }
}
