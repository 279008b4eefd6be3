// Another program's reading of a plan: the JavaScript Automerge opens the document as the hub wrote it and says what it finds.
// usage: node peer.mjs <folder of @automerge/automerge> <plan file>
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
const require = createRequire(join(process.argv[2], "package.json"));
const Automerge = require("@automerge/automerge");
const doc = Automerge.load(readFileSync(process.argv[3]));
const values = (conflicts) => Object.values(conflicts ?? {}).sort();
const claims = Object.entries(doc.decisions).map(([key, json]) => [key.split("#")[0], JSON.parse(json.toString())]);
const settled = new Set(claims.flatMap(([, claim]) => claim.settles ?? []));
console.log(JSON.stringify({
  about: doc.about["most-important"].toString(),
  review: values(Automerge.getConflicts(doc.care, "review")).map(String),
  standing: claims.filter(([, claim]) => !settled.has(claim.id)).map(([topic, claim]) => [topic, claim.value.code ?? claim.value.text]).sort(),
  needs: Object.values(doc.entries).filter((e) => e.kind.toString() === "need").map((e) => e.text.toString()).sort(),
  changes: Automerge.getAllChanges(doc).length,
}));
