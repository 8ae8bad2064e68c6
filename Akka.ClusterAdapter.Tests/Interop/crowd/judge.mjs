// node judge.mjs [[CONNECTION, ORIGIN, NUMBER], ...]: what Hearing says of it, one line of JSON.
import { Hearing } from "./hearing.mjs";

const hearing = new Hearing();
for (const [connection, origin, n] of JSON.parse(process.argv[2])) hearing.hear(connection, origin, n);
console.log(JSON.stringify({ ...hearing.faults, again: hearing.again }));
