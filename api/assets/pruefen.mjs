// The page /pruefen: takes files and keys, hands them to the verifier, shows what it says.
// Sends nothing (the page's policy forbids it), stores nothing, writes text only, never markup.

import { pruefePaket, zipDateien } from './paket.mjs';
import { parsePolicy, pruefe, pruefeVerzeichnis, trustKeys, verzeichnisAus } from './pruefer.mjs';

const form = document.querySelector('#pruefung');
const result = document.querySelector('#ergebnis');
const LOOK = { valid: 'success', 'valid-redacted': 'success', unverifiable: 'warning', VIOLATION: 'danger' };
const TITLE = { valid: 'Echt', 'valid-redacted': 'Echt', unverifiable: 'Nicht prüfbar', VIOLATION: 'Nicht echt' };

function make(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.append(...children);
  return e;
}
const shown = (v) => (typeof v === 'string' ? v : JSON.stringify(v));
const pairs = (rows) => make('dl', { class: 'eckdaten eckdaten--breit' }, ...rows.map(([k, v]) => make('div', {}, make('dt', {}, k), make('dd', {}, shown(v)))));

function card(r) {
  const code = `${r.urteil}${r.regel ? ` ${r.regel}` : ''}${r.kurz ? ` (${r.kurz})` : ''}`;
  const head = make('div', { class: 'kern-alert__header' }, make('span', { class: `kern-icon kern-icon--${LOOK[r.urteil]}`, 'aria-hidden': 'true' }),
    make('h3', { class: 'kern-title' }, `${TITLE[r.urteil]}: ${r.datei}`));
  const body = make('div', { class: 'kern-alert__body' }, make('p', { class: 'kern-body' }, r.text), ...r.befunde.slice(1).map((b) => make('p', { class: 'kern-body' }, b.text)));
  const out = make('section', { 'data-urteil': r.urteil, 'data-regel': r.regel }, make('div', { class: `kern-alert kern-alert--${LOOK[r.urteil]}` }, head, body));
  if (r.werte.length) out.append(make('h4', { class: 'kern-heading-small' }, r.code === 0 ? 'Was der Nachweis zeigt' : 'Was darin steht, noch unbewiesen'), pairs(r.werte));
  if (r.angaben.length) out.append(make('h4', { class: 'kern-heading-small' }, 'Angaben zum Nachweis'), pairs([...r.angaben, ['Ergebnis', code]]));
  for (const h of r.hinweise) out.append(make('p', { class: 'kern-body' }, h));
  return out;
}
const source = (f) => ({ name: f.name, size: f.size, read: async () => new Uint8Array(await f.arrayBuffer()) });

/** Files of a dropped folder, with their paths. */
async function filesBelow(entry, path = '') {
  if (entry.isFile) {
    const f = await new Promise((ok, no) => { entry.file(ok, no); });
    return [{ name: f.name, size: f.size, webkitRelativePath: `${path}${f.name}`, arrayBuffer: () => f.arrayBuffer() }];
  }
  const reader = entry.createReader(), out = [];
  for (;;) {
    const some = await new Promise((ok, no) => { reader.readEntries(ok, no); });
    if (!some.length) return out;
    for (const e of some) out.push(...await filesBelow(e, `${path}${entry.name}/`));
  }
}

/** A package of an Akte is an archive; everything else is one file. */
async function one(f, o) {
  const archive = f.size < 2 ** 31 && new TextDecoder('latin1').decode(await f.slice(0, 4).arrayBuffer()) === 'PK\x03\x04';
  return archive ? pruefePaket(zipDateien(new Uint8Array(await f.arrayBuffer())), { trust: o.trust, name: f.name }) : pruefe(source(f), o);
}
async function trust() {
  const [policy] = form.elements.vertrauen.files;
  if (policy) return parsePolicy(new Uint8Array(await policy.arrayBuffer()));
  return trustKeys(form.elements.vkey.value.split(/\s*\n\s*/).filter(Boolean));
}
async function run(files, folders) {
  result.replaceChildren(make('p', { class: 'kern-body' }, 'Die Prüfung läuft.'));
  const cards = [];
  try {
    const o = { trust: await trust(), dokumente: [...form.elements.dokumente.files].map(source) };
    for (const f of files) cards.push(card(await one(f, o)));
    for (const list of folders.filter((l) => l.length)) {
      const dir = verzeichnisAus(list);
      if (dir) cards.push(card(await pruefeVerzeichnis(dir, { trust: o.trust, name: 'Protokoll', general: form.elements.allgemein.checked })));
      else cards.push(make('p', { class: 'kern-body' }, 'In diesem Ordner fehlt die Datei „checkpoint“. Wählen Sie den Ordner, in dem sie liegt.'));
    }
    if (!cards.length) cards.push(make('p', { class: 'kern-body' }, 'Wählen Sie zuerst eine Datei.'));
  } catch (e) { cards.splice(0, cards.length, make('p', { class: 'kern-body' }, e.message)); }
  result.replaceChildren(make('h2', { class: 'kern-heading-large' }, 'Ergebnis'), ...cards);
  result.dataset.fertig = String(Number(result.dataset.fertig ?? 0) + 1);
  result.focus();
}

form.addEventListener('submit', (e) => { e.preventDefault(); run([...form.elements.dateien.files], [[...form.elements.ordner.files]]); });
form.addEventListener('dragover', (e) => { e.preventDefault(); });
form.addEventListener('drop', async (e) => {
  e.preventDefault();
  const entries = [...e.dataTransfer.items].map((i) => i.webkitGetAsEntry?.()).filter(Boolean), files = [...e.dataTransfer.files];
  const folders = entries.filter((x) => x.isDirectory);
  run(files.filter((f) => !folders.some((d) => d.name === f.name)), await Promise.all(folders.map((d) => filesBelow(d))));
});
form.hidden = false;
