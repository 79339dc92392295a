// The form of pruefen.html: takes a package and a key, shows what the verifier says. Writes text only, never markup.
if (globalThis.document) {
  const seite = (name, ...kinder) => { const e = document.createElement(name); e.append(...kinder); return e; };
  const zeigen = (r) => {
    const kasten = seite('section', seite('h2', `${r.urteil.startsWith('valid') ? 'Echt' : r.urteil === 'VIOLATION' ? 'Nicht echt' : 'Nicht prüfbar'}: ${r.datei}`), seite('p', r.text));
    kasten.dataset.urteil = r.urteil;
    for (const b of r.befunde.slice(1)) kasten.append(seite('p', `${b.regel} ${b.text}`));
    kasten.append(seite('dl', ...r.angaben.flatMap(([k, v]) => [seite('dt', k), seite('dd', v)])));
    for (const h of r.hinweise) kasten.append(seite('p', `Hinweis: ${h}`));
    return kasten;
  };
  document.querySelector('#pruefung').addEventListener('submit', async (e) => {
    e.preventDefault();
    const aus = document.querySelector('#ergebnis'), [datei] = document.querySelector('#paket').files, text = document.querySelector('#vkey').value;
    aus.replaceChildren(seite('p', 'Die Prüfung läuft.'));
    try {
      if (!datei) throw new Error('Wählen Sie zuerst die ZIP-Datei des Pakets.');
      const keys = text.split(/\s*\n\s*/).filter(Boolean), trust = keys.length ? trustKeys(keys) : undefined;
      aus.replaceChildren(zeigen(await pruefePaket(zipDateien(new Uint8Array(await datei.arrayBuffer())), { trust, name: datei.name })));
    } catch (err) { aus.replaceChildren(seite('p', err.message)); }
    aus.focus();
  });
}
