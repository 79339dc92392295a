// Journey A: a Gewerbeanmeldung from the citizen's click to the public dataset, scripts off.
// Checks what people see and get; what is right inside the ledger is proven elsewhere.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, bis, schritt } from './seite.mjs';
import { Stadt } from './stadt.mjs';

const tag = (tage) => new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', day: '2-digit', month: '2-digit', year: 'numeric' })
  .format(Date.now() + tage * 86_400_000);

// Every field that one recipient may not have carries a value, so that each check below can fail.
const ANZEIGE = {
  grund: 'uebernahme', niederlassung: 'hauptniederlassung', reisegewerbe: 'nein', beginn: tag(7), frueherer_inhaber: 'Altbestand Fahrrad OHG',
  rechtsform: 'einzelunternehmen', eingetragen: 'nein', geschaeftsname: 'Rad und Tat', oeffentliche_hand: 'unbekannt',
  name: 'Zwirner', vornamen: 'Ottilie', geschlecht: 'weiblich', geburtsname: 'Quandtmeier', geburtsdatum: '17.04.1983',
  geburtsort: 'Wyk', geburtsland: 'Deutschland', staatsangehoerigkeit: 'schweizerisch',
  wohnung_land: 'deutschland', wohnung_strasse: 'Privatweg', wohnung_hausnummer: '93', wohnung_plz: '25421', wohnung_ort: 'Pinneberg',
  wohnung_telefon: '04101 998877', wohnung_email: 'ottilie.zwirner@example.org',
  betrieb_strasse: 'Radmarkt', betrieb_hausnummer: '5', betrieb_plz: '25436', betrieb_ort: 'Tornesch', betrieb_telefon: '04122 665544',
  betrieb_internet: 'www.example.org',
  taetigkeit: 'Einzelhandel mit Lastenrädern', nebenerwerb: 'nein', betriebsart: ['handwerk', 'handel'], personen_vollzeit: '1', personen_teilzeit: '2',
  unfallversicherung: 'BG Musterhandel', unfallversicherung_nummer: 'MG-4711',
  erlaubnis: 'nicht_noetig', handwerkskarte: 'nein', aufenthaltstitel: 'ja', aufenthaltstitel_datum: '03.02.2024',
  aufenthaltstitel_behoerde: 'Kreis Musterland', auflage: 'ja', auflage_text: 'Nur Fahrradhandel',
  datum: tag(0), erklaerung: 'ja',
};
const OEFFENTLICH = { name: 'Ottilie Zwirner', anschrift: 'Radmarkt 5, 25436 Tornesch', taetigkeit: 'Einzelhandel mit Lastenrädern' };
const PRIVAT = ['17.04.1983', '1983-04-17', '998877', 'ottilie.zwirner', 'Privatweg', 'Quandtmeier', 'Wyk', 'schweizerisch', 'Altbestand',
  'MG-4711', 'BG Musterhandel', 'Nur Fahrradhandel', '665544', 'Rad und Tat'];
const DATEN = '/daten/gewerbeanzeigen';

let stadt;
let browser;
before(async () => { [stadt, browser] = await Promise.all([Stadt.neu(), Browser.neu()]); });
after(async () => { await browser?.weg(); await stadt?.weg(); });

/** Label and number on the form (GewA 1) of every field that goes out. */
function vordruck() {
  const datei = new URL('../../core/leistungen/gewerbeanmeldung/leistung.toml', import.meta.url);
  const felder = readFileSync(datei, 'utf8').split('[[felder]]').slice(1);
  const wert = (f, k) => new RegExp(`^${k} = "(.*)"$`, 'm').exec(f)?.[1];
  return felder.map((f) => ({ id: wert(f, 'id'), label: wert(f, 'label\\.de'), nummer: wert(f, 'nummer') })).filter((f) => f.nummer);
}

/** Labels of what this person stated, by a rule on the field's number. */
const erwartet = (regel) => vordruck().filter((f) => f.id in ANZEIGE && regel(Number.parseInt(f.nummer, 10))).map((f) => f.label).sort();

async function empfaenger(amt) {
  const alle = await amt.page.$$eval('section[aria-labelledby="uebermittlungen"] details', (ds) => ds.map((d) => ({
    kopf: d.querySelector('summary').textContent, felder: [...d.querySelectorAll('li')].map((l) => l.textContent).sort(),
  })));
  return Object.fromEntries(alle.map((d) => [d.kopf.split(':')[0], d]));
}

test('a Gewerbeanmeldung goes from the first click to three public facts', { timeout: 400_000 }, async (t) => {
  const person = await browser.besucher(stadt.adresse);
  const amt = await browser.besucher(stadt.adresse);
  let code;
  let vorgang;

  await schritt(t, 'the citizen applies without an account and gets a code and a receipt', async () => {
    await person.antrag('gewerbeanmeldung', ANZEIGE);
    await person.druecken('Weiter');
    assert.match(await person.text(), /Noch nicht dabei: Aufenthaltstitel/);
    assert.match(await person.text(), /Altbestand Fahrrad OHG/);
    await person.druecken('Gewerbe verbindlich anmelden');
    assert.equal(await person.titel(), 'Ihr Antrag ist eingegangen');
    code = await person.page.$eval('.code__wert', (e) => e.textContent.trim());
    assert.match(code, /^[A-Za-z0-9_-]{22}$/);
    assert.match(await person.pdf('Eingangsbestätigung als PDF'), new RegExp(code));
  });

  await schritt(t, 'the Empfangsbescheinigung is there at once, whatever is missing', async () => {
    await person.druecken('Stand ansehen');
    await person.druecken('Bescheide und Dokumente');
    await bis('Empfangsbescheinigung', async () => (await (await person.oeffnen('/status/dokumente')).text()).includes('Empfangsbescheinigung'));
    const pdf = await person.pdf('Herunterladen: Empfangsbescheinigung');
    for (const wort of ['Zwirner', 'Lastenrädern', '15']) assert.ok(pdf.includes(wort), `${wort} in ${pdf}`);
  });

  await schritt(t, 'a clerk takes the case over and asks for what is missing', async () => {
    await amt.anmelden('meyer');
    await amt.suchen('Zwirner');
    await amt.druecken('Zwirner, Ottilie');
    vorgang = amt.pfad();
    assert.match(vorgang, /^\/amt\/vorgang\/[0-9a-f-]{36}$/);
    await amt.tun('uebernehmen');
    assert.match(await amt.text(), /Sie haben den Vorgang übernommen/);
    await amt.tun('pruefung_beginnen');
    await amt.tun('nachfordern', { unterlagen: 'aufenthaltstitel', text: 'Bitte schicken Sie uns den Titel, beide Seiten.', tage: '21' });
    assert.match(await amt.text(), /Die Nachforderung ist gestellt/);
  });

  await schritt(t, 'on any device the code shows what is asked, and takes the file without an account', async () => {
    const anderes = await browser.besucher(stadt.adresse);
    await anderes.oeffnen(`/s/${code}`);
    assert.equal(anderes.pfad(), '/status/vorgang', 'the code leaves the address');
    assert.match(await anderes.text(), /Es fehlt noch: Aufenthaltstitel/);
    await anderes.druecken('Unterlagen nachreichen');
    assert.match(await anderes.text(), /beide Seiten/);
    const datei = join(stadt.ordner, 'titel-zwirner.txt');
    await writeFile(datei, 'Aufenthaltstitel, Vorder- und Rückseite (Muster)\n');
    await anderes.setzen('unterlage', 'aufenthaltstitel');
    await anderes.setzen('datei', datei);
    await anderes.druecken('Unterlage einreichen');
    assert.equal(anderes.pfad(), '/status/vorgang');
    assert.doesNotMatch(await anderes.text(), /Es fehlt noch/);
    await amt.oeffnen(vorgang);
    assert.match(await amt.text(), /titel-zwirner\.txt/);
    const antwort = await amt.holen(await amt.ziel('Aufenthaltstitel'));
    assert.match(antwort.headers.get('content-disposition'), /^attachment/, 'an upload is never shown inline');
    assert.match(await antwort.text(), /Vorder- und Rückseite/);
  });

  await schritt(t, 'the fee notice is a PDF for both', async () => {
    await bis('Gebührenbescheid', async () => (await (await person.oeffnen('/status/dokumente')).text()).includes('Gebührenbescheid'));
    const betrag = /Gebührenbescheid über (\d+,\d\d) EUR/.exec(await person.text())[1];
    const pdf = await person.pdf('Herunterladen: Gebührenbescheid');
    assert.ok(pdf.includes(betrag) && pdf.includes('Zwirner'), pdf);
    assert.ok((await amt.pdf('Gebührenbescheid')).includes(betrag));
  });

  await schritt(t, 'each recipient gets exactly its fields', async () => {
    const stellen = await empfaenger(amt);
    const nie = (...nummern) => (n) => !nummern.includes(n);
    const nur = (...nummern) => (n) => nummern.includes(n);
    assert.deepEqual(stellen['Industrie- und Handelskammer'].felder, erwartet(nie(13, 27, 29, 30, 31, 33)));
    assert.deepEqual(stellen['Eichbehörde'].felder, erwartet(nur(1, 3, 4, 5, 11, 14, 15, 18, 20)));
    assert.deepEqual(stellen.Handwerkskammer.felder, erwartet(nie(13, 27, 30, 31, 33)));
    assert.deepEqual(stellen['Statistisches Amt für Hamburg und Schleswig-Holstein'].felder, erwartet(nur(1, 2, 3, 4, 5, 6, 10, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 29, 32)));
    assert.ok(!('Registergericht' in stellen), 'only for Abmeldungen');
    for (const label of ['Aufenthaltstitel vor?', 'Handwerkskarte', 'öffentliche Hand', 'Unfallversicherung']) {
      assert.ok(!stellen['Industrie- und Handelskammer'].felder.some((f) => f.includes(label)), `IHK must not learn ${label}`);
    }
  });

  await schritt(t, 'recipients acknowledge, the fee is paid, the case is filed away', async () => {
    await amt.tun('vollstaendigkeit');
    const wert = (aktion, name) => amt.page.$$eval(`[name="${aktion}-stelle"] option`, (os, n) => os.find((o) => o.textContent === n).value, name);
    for (const name of Object.keys(await empfaenger(amt))) {
      const { kopf } = (await empfaenger(amt))[name];
      const aktion = kopf.includes('gesendet') ? 'uebermittlung_bestaetigt' : 'uebermittlung_verzicht';
      if (kopf.includes('bestätigt')) continue;
      const grund = aktion === 'uebermittlung_verzicht' ? { grund: 'nicht betroffen' } : {};
      await amt.tun(aktion, { stelle: await wert(aktion, name), ...grund });
    }
    for (const [stelle, d] of Object.entries(await empfaenger(amt))) assert.match(d.kopf, /bestätigt|verzichtet/, stelle);
    if (await amt.bietetAn('hinweis_erledigt')) {
      await amt.tun('hinweis_erledigt', { schritt: 'erlaubnis_hinweis', vermerk: 'Handwerkskarte wird beantragt.' });
    }
    const zeile = await amt.page.$eval('[name="gebuehr_bezahlt-zeile"] option:nth-child(2)', (o) => o.value);
    await amt.tun('gebuehr_bezahlt', { zeile, weg: 'ueberweisung' });
    assert.match(await amt.text(), /Die Zahlung ist eingetragen/);
    await amt.tun('zda');
    assert.equal(amt.status, 200);
    assert.match(await amt.text(), /zu den Akten verfügt/);
    await person.oeffnen('/status/vorgang');
    assert.doesNotMatch(await person.text(), /Antrag zurücknehmen/);
  });

  await schritt(t, 'nothing of it is public before the month has ended', async () => {
    const json = await (await person.holen(`${DATEN}.json`)).text();
    assert.ok(!json.includes('Zwirner'));
    assert.ok(JSON.parse(json).zeilen.length > 0, 'the demo has released rows of past months');
  });

  await schritt(t, 'after the month three facts are public, and no fourth', async () => {
    assert.equal(await stadt.anhalten(), 0);
    const heute = new Date();
    const naechster = new Date(Date.UTC(heute.getUTCFullYear(), heute.getUTCMonth() + 1, 2, 12));
    await stadt.starten(Math.ceil((naechster - heute) / 86_400_000));
    const alle = await browser.besucher(stadt.adresse);
    const daten = await bis('released row', async () => {
      const d = await (await alle.holen(`${DATEN}.json`)).json();
      return d.zeilen.some((z) => z.werte.taetigkeit === OEFFENTLICH.taetigkeit) && d;
    });
    assert.deepEqual(daten.spalten, ['name', 'anschrift', 'taetigkeit']);
    for (const z of daten.zeilen) {
      assert.deepEqual(Object.keys(z).sort(), ['index', 'release', 'werte']);
      assert.deepEqual(Object.keys(z.werte).sort(), ['anschrift', 'name', 'taetigkeit']);
    }
    const neu = daten.zeilen.filter((z) => z.werte.name === OEFFENTLICH.name);
    assert.equal(neu.length, 1);
    assert.deepEqual(neu[0].werte, OEFFENTLICH);
    assert.match(neu[0].release, /^\d{4}-\d{2}$/, 'the month and nothing finer');

    const csv = await (await alle.holen(`${DATEN}.csv`)).text();
    assert.equal(csv.split('\r\n')[0], 'release,name,anschrift,taetigkeit');
    assert.ok(csv.includes(`${neu[0].release},Ottilie Zwirner,"Radmarkt 5, 25436 Tornesch",Einzelhandel mit Lastenrädern\r\n`), csv);
    await alle.oeffnen(DATEN);
    const kopf = await alle.page.$$eval('thead th', (ths) => ths.map((x) => x.textContent.trim()));
    assert.deepEqual(kopf, ['Zeitraum', 'Name', 'Anschrift des Betriebs', 'Angemeldete Tätigkeit']);
    const html = await alle.page.content();
    assert.ok(html.includes('Radmarkt 5'));
    for (const wort of [...PRIVAT, code, vorgang.split('/').pop()]) {
      for (const [wo, text] of [['JSON', JSON.stringify(daten)], ['CSV', csv], ['HTML', html]]) {
        assert.ok(!text.includes(wort), `${wort} must not be in the public ${wo}`);
      }
    }
  });
});
