// The comparison of the two verifiers: it agrees where it must and cries where one verdict is turned.

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { Key, Log, b64, consistencyPath, leafOf, mth, path } from './bau.mjs';
import { compare } from './vergleich.mjs';

const key = new Key();
function* proofs(n) {
  for (let id = 0; id < n; id += 1) {
    const size = randomInt(1, 70);
    const leaves = Array.from({ length: size }, () => leafOf(randomBytes(33)));
    const ok = id % 2 === 0;
    const spoil = (proof, other) => { if (ok) return { proof, other }; if (!proof.length || id % 3) return { proof, other: randomBytes(32) }; return { proof: id % 4 === 1 ? proof.slice(1) : [...proof, randomBytes(32)], other }; };
    if (id % 5 < 2) {
      const index = randomInt(size);
      const { proof, other } = spoil(path(index, leaves), mth(leaves));
      yield { id, kind: 'inclusion', leaf: b64(leaves[index]), index, size, proof: proof.map(b64), root: b64(other), ok };
    } else if (id % 5 < 4) {
      const size1 = randomInt(1, size + 1);
      const { proof, other } = spoil(consistencyPath(size1, leaves), mth(leaves));
      yield { id, kind: 'consistency', size1, size2: size, root1: b64(mth(leaves.slice(0, size1))), root2: b64(other), proof: proof.map(b64), ok };
    } else {
      const log = new Log(key).fill(randomInt(1, 9));
      const text = id % 2 ? log.note() : log.receipt(0);
      yield { id, kind: id % 2 ? 'note' : 'receipt', text: ok ? text : text.replace(/.(?=[^\n]{10}\n$)/, (c) => (c === 'A' ? 'B' : 'A')), vkeys: [key.vkey], ok, ...(ok ? {} : { verdict: 'VIOLATION' }) };
    }
  }
}

test('random proofs, good and broken, against the definitions of RFC 6962', async () => {
  const all = [...proofs(500)];
  const sum = await compare(all.map((c) => JSON.stringify(c)));
  assert.deepEqual(sum.differences, []);
  assert.deepEqual([sum.count, sum.good], [500, 250]);
  const turned = await compare(all.map((c, i) => JSON.stringify(i % 100 === 7 ? { ...c, ok: !c.ok } : c)));
  assert.equal(turned.differences.length, 5);
  await assert.rejects(compare(['{"id":1,"kind":"x","ok":true}']));
  await assert.rejects(compare(['{"id":1,"id":2}']));
});
