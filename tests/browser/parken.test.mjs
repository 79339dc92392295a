// Journey B: two Bewohnerparkausweise, one from the counter and one online, to a signed Bescheid that
// the applicant downloads and the auditor sees as it was. Scripts off.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, bis, schritt } from './seite.mjs';
import { Stadt } from './stadt.mjs';

const tag = (tage) => new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', day: '2-digit', month: '2-digit', year: 'numeric' })
  .format(Date.now() + tage * 86_400_000);

const person = (name, vornamen, kennzeichen) => ({
  name, vornamen, geburtsdatum: '31.12.1990', strasse: 'Am Markt', hausnummer: '12a', plz: '25436', ort: 'Musterstadt',
  gemeldet: 'ja', stellplatz: 'nein', kennzeichen, fahrzeugart: 'pkw', halter: 'selbst', art: 'neu', beginn: tag(10), erklaerung: 'ja',
});
const SCHALTER = person('Kowalczyk', 'Jan', 'PI-JK 77');
const ONLINE = person('Ziegenbein', 'Runa', 'PI-RZ 404');

let stadt;
let browser;
before(async () => { [stadt, browser] = await Promise.all([Stadt.neu(), Browser.neu()]); });
after(async () => { await browser?.weg(); await stadt?.weg(); });

/** Local second, as the address of a past moment takes it. */
const sekunde = (ms) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium' })
  .format(ms).replace(' ', 'T');

/** Brings a case from the search to the hands of this clerk and under examination. */
async function uebernehmen(amt, name) {
  await amt.suchen(name);
  await amt.druecken(`${name}, `);
  await amt.tun('uebernehmen');
  await amt.tun('pruefung_beginnen');
  return amt.pfad();
}

/** Draft, and its document, which follows by rule. */
async function entwerfen(amt, vorgang) {
  await amt.tun('vollstaendigkeit');
  await amt.tun('entscheidungsreif');
  await amt.tun('entwerfen', { tenor: 'bewilligt', bausteine: 'leistung:baustein-1:1', ermessen: 'Im Gebiet sind noch Plätze frei; andere Bewohner werden nicht zurückgesetzt.' });
  await bis('document of the draft', async () => (await (await amt.oeffnen(vorgang)).text()).includes('Bescheid, Fassung 1 bescheid-fassung-1.pdf'));
}

/** The signed decision with the signer's name, which follows by rule: only that goes out. */
async function ausgefertigt(amt, vorgang) {
  await bis('Ausfertigung', async () => (await (await amt.oeffnen(vorgang)).text()).includes('Ausfertigung als PDF'));
}

test('two applications for a parking permit become decisions that four eyes signed', { timeout: 400_000 }, async (t) => {
  const meyer = await browser.besucher(stadt.adresse);
  const kruse = await browser.besucher(stadt.adresse);
  const buerger = await browser.besucher(stadt.adresse);
  let amSchalter;
  let online;
  let code;
  let codeSchalter;
  let vorDerEntscheidung;

  await schritt(t, 'the Bürgerbüro enters an application at the counter and hands out the code', async () => {
    const jansen = await browser.besucher(stadt.adresse);
    await jansen.anmelden('jansen');
    await jansen.oeffnen('/amt/erfassen');
    await jansen.druecken('Bewohnerparkausweis beantragen');
    await jansen.ausfuellen({ _kanal: 'vor_ort', ...SCHALTER, geburtsdatum: '31.02.1990' });
    await jansen.druecken('Antrag erfassen');
    assert.equal(jansen.status, 422, 'a day that no calendar has is asked for');
    assert.equal(await jansen.page.$eval('[name=name]', (e) => e.value), 'Kowalczyk', 'nothing typed is lost');
    await jansen.setzen('geburtsdatum', '31.12.1990');
    await jansen.druecken('Antrag erfassen');
    assert.equal(await jansen.titel(), 'Der Antrag ist erfasst');
    codeSchalter = await jansen.page.$eval('.code__wert', (e) => e.textContent.trim());
    assert.match(codeSchalter, /^[A-Za-z0-9_-]{22}$/);
  });

  await schritt(t, 'a citizen applies online', async () => {
    await buerger.antrag('bewohnerparken', ONLINE);
    await buerger.druecken('Weiter');
    await buerger.druecken('Bewohnerparkausweis verbindlich beantragen');
    code = await buerger.page.$eval('.code__wert', (e) => e.textContent.trim());
    assert.notEqual(code, codeSchalter);
  });

  await schritt(t, 'the clerk asks for the vehicle registration, and it comes by code', async () => {
    await meyer.anmelden('meyer');
    online = await uebernehmen(meyer, 'Ziegenbein');
    await meyer.tun('nachfordern', { unterlagen: 'zb1', tage: '14' });
    await buerger.oeffnen('/status/vorgang');
    assert.equal(await buerger.titel(), 'Wir brauchen noch etwas von Ihnen');
    assert.match(await buerger.text(), /Fahrzeugschein/);
    const datei = join(stadt.ordner, 'schein.txt');
    await writeFile(datei, 'Zulassungsbescheinigung Teil I (Muster)\n');
    await buerger.druecken('Unterlagen nachreichen');
    await buerger.setzen('datei', datei);
    await buerger.druecken('Unterlage einreichen');
    await meyer.oeffnen(online);
    assert.match(await meyer.text(), /schein\.txt/);
  });

  await schritt(t, 'the clerk drafts and cannot sign', async () => {
    vorDerEntscheidung = Date.now() + 1_000;
    await bis('the next second', () => Date.now() > vorDerEntscheidung + 1_000);
    await entwerfen(meyer, online);
    assert.match(await meyer.pdf('Bescheid, Fassung 1'), /Ziegenbein/);
    const leitung = await meyer.page.$$eval('#geschaeftsgang label', (ls) => ls.find((l) => l.textContent.includes('Kruse'))?.htmlFor);
    assert.ok(leitung, `nobody to ask: ${await meyer.text()}`);
    assert.ok(!(await meyer.page.$$eval('#geschaeftsgang label', (ls) => ls.some((l) => l.textContent.includes('Meyer')))), 'never the drafter');
    const konto = await meyer.page.$eval(`[id="${leitung}"]`, (e) => e.value);
    await meyer.tun('geschaeftsgang', { an: konto });
    assert.equal(await meyer.bietetAn('mitzeichnen'), false);
    assert.equal(await meyer.bietetAn('schlusszeichnen'), false);
    const versuch = await meyer.holen(`${online}/schlusszeichnen`);
    assert.ok(versuch.status === 404 || versuch.status === 405, 'signing is no address to open');
  });

  await schritt(t, 'another person signs the version she saw', async () => {
    await kruse.anmelden('kruse');
    await kruse.oeffnen(online);
    assert.match(await kruse.pdf('Bescheid, Fassung 1'), /Ziegenbein/);
    await kruse.tun('mitzeichnen');
    assert.match(await kruse.text(), /hat mitgezeichnet/);
    await kruse.tun('schlusszeichnen');
    assert.match(await kruse.text(), /Schlussgezeichnet von Frau Kruse/);
  });

  await schritt(t, 'the applicant finds the Bescheid and its facts under the code', async () => {
    await buerger.oeffnen('/status/dokumente');
    assert.doesNotMatch(await buerger.text(), /Bescheid PDF/, 'nothing before the dispatch');
    await ausgefertigt(meyer, online);
    await meyer.tun('einwilligung', { kanal: 'vor_ort' });
    await meyer.tun('versenden', { weg: 'portal' });
    assert.match(await meyer.text(), /Wird angehalten bis/);
    const neu = await browser.besucher(stadt.adresse);
    await bis('the minute is over', async () => /liegt der Bescheid hier/.test(await (await neu.oeffnen(`/s/${code}`)).text()), 450);
    await neu.oeffnen(`/s/${code}`);
    assert.match(await neu.text(), /Bescheid/);
    await neu.oeffnen('/status/dokumente');
    assert.match(await neu.text(), /Ihr Bescheid liegt bereit/);
    const pdf = await neu.pdf('Herunterladen: Bescheid');
    for (const wort of ['Ziegenbein', 'Runa', 'PI-RZ 404', 'wird bewilligt', 'Widerspruch', 'dauerhaft', 'Frau Kruse']) assert.ok(pdf.includes(wort), `${wort}: ${pdf}`);
    assert.ok(!pdf.includes('Kowalczyk') && !pdf.includes('Frau Meyer'), 'who signed stands there, and nobody else');
    await bis('Bekanntgabe', async () => /bekannt gegeben|Widerspruch/i.test(await (await neu.oeffnen('/status/vorgang')).text('h1, main')));
    await meyer.oeffnen(online);
    assert.match(await meyer.text(), /Widerspruchsfrist bis \d\d\.\d\d\.\d{4}/);
  });

  await schritt(t, 'the application from the counter goes the same way, handed out in person', async () => {
    amSchalter = await uebernehmen(meyer, 'Kowalczyk');
    assert.match(await meyer.text(), /persönlich|vor Ort|Schalter/i);
    await entwerfen(meyer, amSchalter);
    const konto = await meyer.page.$$eval('#geschaeftsgang .kern-form-check', (cs) =>
      cs.find((c) => c.textContent.includes('Kruse')).querySelector('input').value);
    await meyer.tun('geschaeftsgang', { an: konto });
    await kruse.oeffnen(amSchalter);
    await kruse.tun('mitzeichnen');
    await kruse.tun('schlusszeichnen');
    await ausgefertigt(meyer, amSchalter);
    await meyer.tun('versenden', { weg: 'schalter' });
    const status = await browser.besucher(stadt.adresse);
    await status.oeffnen(`/s/${codeSchalter}`);
    assert.match(await status.text(), /Bescheid|entschieden/i);
  });

  await schritt(t, 'the auditor names her purpose and sees the case as it was before the decision', async () => {
    const brandt = await browser.besucher(stadt.adresse);
    await brandt.anmelden('brandt');
    await brandt.oeffnen(online);
    assert.equal(brandt.pfad(), '/pruefung/zweck', 'no data of people without a purpose');
    await brandt.setzen('zweck', 'Stichprobe Bewohnerparken');
    await brandt.druecken('Weiter');
    assert.equal(brandt.pfad(), online);
    assert.match(await brandt.text(), /Schlussgezeichnet von Frau Kruse/);
    assert.equal(await brandt.page.$('.handeln'), null, 'she changes nothing');
    await brandt.oeffnen(`${online}/stand?am=${sekunde(vorDerEntscheidung)}`);
    const damals = await brandt.text();
    assert.match(damals, /So stand der Vorgang am/);
    assert.match(damals, /schein\.txt/, 'what had come by then');
    assert.doesNotMatch(damals, /Schlussgezeichnet|Bescheid, Fassung/);
    await brandt.oeffnen('/pruefung/zugriffe');
    assert.match(await brandt.text(), /Stichprobe Bewohnerparken/, 'her own reads are in the log');

    await brandt.oeffnen('/pruefung/verify');
    await brandt.druecken('Prüfung starten');
    await bis('verdict', async () => (await (await brandt.oeffnen('/pruefung/verify')).text()).includes('Ergebnis vom'));
    assert.match(await brandt.text(), /Die Kette ist unversehrt: valid/i);
    const zahl = Number(/Ereignisse (\d+)/.exec(await brandt.text())[1]);
    assert.ok(zahl > 100, `${zahl} events`);
  });
});
