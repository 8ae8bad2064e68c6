// node snippets.mjs PAGE...: parses the JavaScript, the TypeScript and the scripts in HTML of these pages; says what is wrong with them.
import { readFileSync } from "node:fs";
import ts from "typescript";

const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
let count = 0;
for (const page of process.argv.slice(2)) {
  const blocks = readFileSync(page, "utf8").matchAll(/^( *)```(js|ts|html)\n(.*?)^\1```/gms);
  for (const [, , language, code] of blocks) {
    const scripts = language === "html" ? [...code.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map((match) => match[1]) : [code];
    for (const script of scripts) check(page, language === "ts" ? "snippet.ts" : "snippet.js", script);
  }
}
console.log(`${count} scripts`);

function check(page, fileName, script) {
  count++;
  const { diagnostics } = ts.transpileModule(script, { fileName, reportDiagnostics: true, compilerOptions: options });
  for (const wrong of diagnostics) {
    process.exitCode = 1;
    const line = script.slice(0, wrong.start).split("\n").length;
    console.log(`${page}: ${ts.flattenDiagnosticMessageText(wrong.messageText, " ")} in\n${script.split("\n")[line - 1]}`);
  }
}
