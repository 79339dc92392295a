// Do the two verifiers agree? Reads lines of JSON from stdin, judges each and compares.
//
//   akte probe-beweise --anzahl 10000 --saat 1 | node tests/pruefer/vergleich.mjs
//
// One object a line; every line has `id` (text or number, named on a difference), `kind` and `ok`, the
// verdict of the other verifier (true = accepted). Hashes are padded Base64 of any length: a wrong
// length is a proof that must fail. Sizes and indices are integers up to 2^53-1.
//   {"id", "kind": "inclusion",   "leaf", "index", "size", "proof": [b64…], "root", "ok"}     leaf = finished leaf hash
//   {"id", "kind": "consistency", "size1", "size2", "root1", "root2", "proof": [b64…], "ok"}
//   {"id", "kind": "note",        "text", "vkeys": [vkey…], "ok"}                             a signed checkpoint
//   {"id", "kind": "receipt",     "text", "vkeys": [vkey…], "ok"}                             a whole .tlog-proof
// `note` and `receipt` may carry "verdict": "valid" | "valid-redacted" | "unverifiable" | "VIOLATION"; it is then
// compared too. Exit 0: all agree; 1: a difference, a line that is not of this form, or a set that is
// all good or all bad, or empty.

import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Abbruch, b64, consistency, inclusion, parseJson, pruefe, trustKeys } from '../../api/assets/pruefer.mjs';

const hash = (s) => { try { return b64.decode(s, 'hash'); } catch (e) { if (e instanceof Abbruch) return new Uint8Array(); throw e; } };
const KINDS = {
  inclusion: async (c) => ({ ok: inclusion(hash(c.leaf), c.index, c.size, c.proof.map(hash), hash(c.root)) }),
  consistency: async (c) => ({ ok: consistency(c.size1, c.size2, c.proof.map(hash), hash(c.root1), hash(c.root2)) }),
  note: judge, receipt: judge,
};
async function judge(c) {
  const bytes = new TextEncoder().encode(c.text);
  const r = await pruefe({ name: String(c.id), size: bytes.length, read: async () => bytes }, { trust: trustKeys(c.vkeys) });
  if (r.kurz === 'Fehler im Prüfprogramm') throw new Error(r.text);
  return { ok: r.code === 0, verdict: r.urteil, why: r.text };
}

/** {count, good, differences: [text…]} of these lines. */
export async function compare(lines) {
  const sum = { count: 0, good: 0, differences: [] };
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const c = parseJson(line, `Zeile ${sum.count + 1}`);
    if (!Object.hasOwn(KINDS, c.kind) || typeof c.ok !== 'boolean') throw new Error(`line ${sum.count + 1}: kind or ok`);
    const mine = await KINDS[c.kind](c);
    sum.count += 1; sum.good += mine.ok ? 1 : 0;
    if (mine.ok !== c.ok || (c.verdict !== undefined && c.verdict !== mine.verdict)) {
      sum.differences.push(`${c.id} ${c.kind}: theirs ${c.ok} ${c.verdict ?? ''}, ours ${mine.ok} ${mine.verdict ?? ''} ${mine.why ?? ''}`);
    }
  }
  return sum;
}

if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const { count, good, differences } = await compare(createInterface({ input: process.stdin }));
  for (const d of differences.slice(0, 20)) console.log(d);
  console.log(`${count} proofs, ${good} good, ${count - good} bad, ${differences.length} differences`);
  process.exitCode = differences.length || good === 0 || good === count ? 1 : 0;
}
