// The same shift, told by other programs: automerge-repo and Yjs (npm) hold the same plans, make the same edits while apart, and meet at a
// server. Counted are the bytes of their own messages as they encode them, without WebSocket or TLS.
// usage: node peers.mjs <folder with node_modules> <scenario.json>; prints one JSON object.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const scenario = JSON.parse(readFileSync(file));
const FIELDS = [...new Set(scenario.base.flat().map(([field]) => field))].sort();
const now = () => performance.now();
const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

const version = (name) => JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"))).version;

async function automergeRepo() {
  const { Repo, NetworkAdapter, cbor } = await load("@automerge/automerge-repo");
  const A = await load("@automerge/automerge");

  class Memory {
    kept = new Map();
    async load(key) { return this.kept.get(key.join("/")); }
    async save(key, bytes) { this.kept.set(key.join("/"), bytes); }
    async remove(key) { this.kept.delete(key.join("/")); }
    async loadRange(prefix) {
      const begin = prefix.join("/");
      return [...this.kept].filter(([key]) => key.startsWith(begin)).map(([key, data]) => ({ key: key.split("/"), data }));
    }
    async removeRange(prefix) {
      for (const key of [...this.kept.keys()]) if (key.startsWith(prefix.join("/"))) this.kept.delete(key);
    }
  }

  // A line between a client and the server; what goes over it is counted as the WebSocket adapter would encode it.
  const line = () => {
    const count = { bytes: 0, messages: 0, last: now() };
    class End extends NetworkAdapter {
      other = null;
      up = false;
      isReady() { return true; }
      async whenReady() {}
      connect(peerId, peerMetadata) { this.peerId = peerId; this.peerMetadata = peerMetadata; }
      send(message) {
        if (!this.up) return;
        const bytes = cbor.encode(message);
        count.bytes += bytes.byteLength;
        count.messages += 1;
        count.last = now();
        setImmediate(() => this.other.up && this.other.emit("message", cbor.decode(bytes)));
      }
      disconnect() {}
    }
    const [near, far] = [new End(), new End()];
    near.other = far;
    far.other = near;
    const plug = (up) => {
      for (const end of [near, far]) {
        end.up = up;
        const metadata = end.other.peerMetadata ?? {};
        if (up) end.emit("peer-candidate", { peerId: end.other.peerId, peerMetadata: metadata });
        else end.emit("peer-disconnected", { peerId: end.other.peerId });
      }
    };
    // Nothing said for a while: they are done.
    const quiet = async () => { do await rest(300); while (now() - count.last < 300); };
    return { near, far, count, plug, quiet };
  };

  const [one, two] = [line(), line()];
  const repo = (peerId, network) => new Repo({ peerId, network, storage: new Memory() });
  const [a, b] = [repo("one", [one.near]), repo("two", [two.near])];
  repo("server", [one.far, two.far]);
  await rest(50);

  const write = (handle, [field, text]) => handle.change((doc) => A.updateText(doc, [field], text));
  const plans = scenario.base.map((edits) => {
    const handle = a.create(Object.fromEntries(FIELDS.map((field) => [field, ""])));
    edits.forEach((edit) => write(handle, edit));
    return handle;
  });
  one.plug(true);
  two.plug(true);
  await one.quiet();
  const theirs = await Promise.all(plans.map((plan) => b.find(plan.url)));
  await two.quiet();
  await a.flush();
  await b.flush();
  one.plug(false);
  two.plug(false);
  await rest(200);

  scenario.one.forEach((edits, n) => edits.forEach((edit) => write(plans[n], edit)));
  scenario.two.forEach((edits, n) => edits.forEach((edit) => write(theirs[n], edit)));
  await rest(300);
  for (const { count } of [one, two]) Object.assign(count, { bytes: 0, messages: 0 });
  one.plug(true);
  await one.quiet();
  two.plug(true);
  await two.quiet();
  await one.quiet();
  const agree = plans.every((plan, n) => JSON.stringify(plan.doc()) === JSON.stringify(theirs[n].doc()));
  const shift = { bytes: one.count.bytes + two.count.bytes, messages: one.count.messages + two.count.messages, agree };

  let doc = A.from(Object.fromEntries(FIELDS.map((field) => [field, ""])));
  for (const [field, text] of scenario.years) doc = A.change(doc, (d) => A.updateText(d, [field], text));
  const saved = A.save(doc);
  const opened = [];
  for (let n = 0; n < 30; n++) {
    const began = now();
    JSON.stringify(A.load(saved));
    opened.push(now() - began);
  }
  return { version: version("@automerge/automerge-repo"), ...shift, stored: saved.byteLength, open: median(opened) };
}

async function yjs() {
  const Y = await load("yjs");
  const protocol = await load("y-protocols/sync");
  const encoding = await load("lib0/encoding");
  const decoding = await load("lib0/decoding");

  // What changed lies between the beginning and the end that both texts have.
  const write = (doc, [field, text]) => {
    const held = doc.getText(field);
    const was = held.toString();
    let begin = 0;
    while (begin < was.length && begin < text.length && was[begin] === text[begin]) begin++;
    let end = 0;
    while (end < was.length - begin && end < text.length - begin && was.at(-1 - end) === text.at(-1 - end)) end++;
    doc.transact(() => {
      held.delete(begin, was.length - begin - end);
      held.insert(begin, text.slice(begin, text.length - end));
    });
  };
  const copy = (doc) => { const other = new Y.Doc(); Y.applyUpdate(other, Y.encodeStateAsUpdate(doc)); return other; };
  const count = { bytes: 0, messages: 0 };
  // As y-websocket does, a connection a document: each side says what it has, and gets what it lacks.
  const sync = (client, server) => {
    const talk = (from, to, say) => {
      const message = encoding.createEncoder();
      say(message, from);
      const bytes = encoding.toUint8Array(message);
      count.bytes += bytes.byteLength;
      count.messages += 1;
      const reply = encoding.createEncoder();
      protocol.readSyncMessage(decoding.createDecoder(bytes), reply, to, null);
      if (encoding.length(reply) > 0) talk(to, from, (m) => encoding.writeUint8Array(m, encoding.toUint8Array(reply)));
    };
    talk(client, server, protocol.writeSyncStep1);
    talk(server, client, protocol.writeSyncStep1);
  };

  const server = scenario.base.map((edits) => { const doc = new Y.Doc(); edits.forEach((edit) => write(doc, edit)); return doc; });
  const [one, two] = [server.map(copy), server.map(copy)];
  scenario.one.forEach((edits, n) => edits.forEach((edit) => write(one[n], edit)));
  scenario.two.forEach((edits, n) => edits.forEach((edit) => write(two[n], edit)));
  for (const docs of [one, two, one]) docs.forEach((doc, n) => sync(doc, server[n]));
  const text = (doc) => JSON.stringify(FIELDS.map((field) => doc.getText(field).toString()));
  const agree = one.every((doc, n) => text(doc) === text(two[n]));

  const years = new Y.Doc();
  scenario.years.forEach((edit) => write(years, edit));
  const saved = Y.encodeStateAsUpdate(years);
  const opened = [];
  for (let n = 0; n < 30; n++) {
    const began = now();
    const doc = new Y.Doc();
    Y.applyUpdate(doc, saved);
    text(doc);
    opened.push(now() - began);
  }
  return { version: version("yjs"), ...count, agree, stored: saved.byteLength, open: median(opened) };
}

console.log(JSON.stringify({ automerge_repo: await automergeRepo(), yjs: await yjs() }));
process.exit(0);
