// Another program's reading of a plan: the JavaScript Automerge opens the document as the hub wrote it and says what it finds.
// usage: node peer.mjs <folder of @automerge/automerge> <plan file>
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
const require = createRequire(join(process.argv[2], "package.json"));
const Automerge = require("@automerge/automerge");
const doc = Automerge.load(readFileSync(process.argv[3]));
const values = (conflicts) => Object.values(conflicts ?? {}).sort();
const read = (log) => Object.entries(log).filter(([key]) => key.includes("#")).map(([key, json]) => [key.split("#")[0], JSON.parse(json.toString())]);
const standing = (claims) => {
  const settled = new Set(claims.flatMap(([, claim]) => claim.settles ?? []));
  return claims.filter(([, claim]) => !settled.has(claim.id)).map(([topic, claim]) => [topic, claim.value.code ?? claim.value.text]).sort();
};
console.log(JSON.stringify({
  about: doc.about["most-important"].toString(),
  review: values(Automerge.getConflicts(doc.care, "review")).map(String),
  standing: standing(read(doc.decisions)),
  // How far a goal has got stands in the goal's own entry.
  goals: Object.values(doc.entries).filter((e) => e.kind.toString() === "goal").map((e) => [e.text.toString(), standing(read(e)).map(([, value]) => value)]),
  needs: Object.values(doc.entries).filter((e) => e.kind.toString() === "need").map((e) => e.text.toString()).sort(),
  changes: Automerge.getAllChanges(doc).length,
}));
