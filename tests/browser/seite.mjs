// What a person does at a page: read, fill in, press, download. Every visitor has cookies of their own.
// Scripts are off unless a test says otherwise, and all is done by keyboard: no page may need more.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { KENNWORT } from './stadt.mjs';

const ARGUMENTE = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
/** Tries and pause of a wait; nothing waits longer than their product. */
const VERSUCHE = 150;
const PAUSE_MS = 200;

export class Browser {
  static async neu() {
    const b = new Browser();
    b.ordner = await mkdtemp(join(tmpdir(), 'akte-chromium-'));
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    b.chromium = await puppeteer.launch({ executablePath, headless: true, args: ARGUMENTE, userDataDir: b.ordner });
    return b;
  }

  /** A new visitor. */
  async besucher(adresse, { skripte = false, sprache = 'de' } = {}) {
    const kontext = await this.chromium.createBrowserContext();
    const page = await kontext.newPage();
    // What a browser in town says; Chromium without a window says en-US.
    await page.setExtraHTTPHeaders({ 'Accept-Language': sprache });
    await page.setJavaScriptEnabled(skripte);
    const cdp = await page.createCDPSession();
    // Several visitors are at work at once, and each has the focus of the own window.
    await cdp.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    page.setDefaultTimeout(30_000);
    return new Seite(page, adresse, sprache);
  }

  async weg() {
    await this.chromium.close();
    await rm(this.ordner, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Asks until the answer is yes; a bounded number of times. */
export async function bis(was, frage, versuche = VERSUCHE) {
  for (let i = 0; i < versuche; i += 1) {
    const antwort = await frage();
    if (antwort) return antwort;
    await pause(PAUSE_MS);
  }
  throw new Error(`${was}: not after ${versuche} tries`);
}

/** One step of a journey; after a failed one the journey ends. */
export async function schritt(t, name, tun) {
  let gut = false;
  await t.test(name, async () => { await tun(); gut = true; });
  if (!gut) throw new Error(`ended at: ${name}`);
}

export class Seite {
  constructor(page, adresse, sprache = 'de') {
    this.page = page;
    this.adresse = adresse;
    this.sprache = sprache;
    this.status = 0;
  }

  /** Opens an address of the town. */
  async oeffnen(pfad) {
    const antwort = await this.page.goto(new URL(pfad, this.adresse).href, { waitUntil: 'load' });
    this.status = (await this.#geduldig(antwort)).status();
    return this;
  }

  /** All visitors of a run are one client: where it sent too many codes in one minute, it waits for the next one. */
  async #geduldig(antwort) {
    if (antwort?.status() !== 429) return antwort;
    await pause(60_500 - (Date.now() % 60_000));
    return this.page.reload({ waitUntil: 'load' });
  }

  pfad() {
    return new URL(this.page.url()).pathname;
  }

  /** All text as a person sees it, blanks folded. */
  async text(auswahl = 'main') {
    const roh = await this.page.$eval(auswahl, (e) => e.innerText);
    return roh.replace(/\s+/g, ' ');
  }

  titel() {
    return this.page.$eval('h1', (e) => e.textContent.trim());
  }

  hat(name) {
    return this.page.$(`[name="${name}"]`).then((e) => e !== null);
  }

  /** Fills one field by its name. Lists choose by value, boxes take one value or several. */
  async setzen(name, wert) {
    const werte = [wert].flat();
    const feld = await this.page.$(`[name="${name}"]`);
    if (!feld) throw new Error(`no field ${name} on ${this.pfad()}`);
    const art = await feld.evaluate((e) => (e.tagName === 'INPUT' ? e.type : e.tagName));
    if (art === 'radio' || art === 'checkbox') {
      for (const w of werte) {
        const wahl = await this.page.$(`[name="${name}"][value="${w}"]`);
        if (!wahl) throw new Error(`${name} offers no ${w}`);
        if (!(await wahl.evaluate((x) => x.checked))) await this.taste(wahl, 'Space');
      }
    } else if (art === 'SELECT') {
      const gewaehlt = await this.page.select(`[name="${name}"]`, ...werte);
      if (gewaehlt.length !== werte.length) throw new Error(`${name} offers no ${werte}`);
    } else if (art === 'file') {
      await feld.uploadFile(wert);
    } else if (art === 'datetime-local') {
      await feld.evaluate((e, w) => { e.value = w; }, wert);
    } else {
      await feld.focus();
      await feld.evaluate((e) => e.select());
      await this.page.keyboard.press('Backspace');
      await feld.type(wert);
    }
  }

  /** Fills what this page asks for of `daten`; returns the names it filled. */
  async ausfuellen(daten) {
    const da = [];
    for (const [name, wert] of Object.entries(daten)) {
      if (await this.hat(name)) {
        await this.setzen(name, wert);
        da.push(name);
      }
    }
    return da;
  }

  /** The clerk's search; the address of the answer names nobody. */
  async suchen(wort) {
    await this.oeffnen('/amt/suche');
    await this.setzen('q', wort);
    await this.druecken('Suchen');
    if (wort.length > 1 && this.page.url().includes(wort)) throw new Error(`the search stands in the address: ${this.page.url()}`);
    return this;
  }

  /** Presses the button or link with this text (its beginning) and waits for the next page. */
  async druecken(text, { in: bereich = 'main' } = {}) {
    const alle = await this.page.$$(`${bereich} button, ${bereich} a`);
    for (const e of alle) {
      const da = await e.evaluate((x) => x.textContent.replace(/\s+/g, ' ').trim());
      if (da.startsWith(text) && (await e.isVisible())) {
        const [antwort] = await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), this.taste(e)]);
        this.status = (await this.#geduldig(antwort))?.status() ?? 0;
        return this;
      }
    }
    throw new Error(`nothing to press called "${text}" on ${this.pfad()}: ${(await this.text()).slice(0, 400)}`);
  }

  /** Goes through an application from the service's page to the page of documents. */
  async antrag(leistung, daten) {
    await this.oeffnen(`/leistungen/${leistung}`);
    await this.druecken('Online starten');
    const benutzt = new Set();
    for (let i = 0; i < 30 && !this.pfad().endsWith('/dokumente'); i += 1) {
      for (const name of await this.ausfuellen(daten)) benutzt.add(name);
      await this.druecken('Weiter');
      if (this.status !== 200) throw new Error(`${this.pfad()}: ${this.status} ${(await this.text()).slice(0, 600)}`);
    }
    const rest = Object.keys(daten).filter((n) => !benutzt.has(n));
    if (rest.length) throw new Error(`never asked: ${rest}`);
    return this;
  }

  async anmelden(login, passwort = KENNWORT) {
    await this.oeffnen('/anmelden');
    await this.setzen('login', login);
    await this.setzen('passwort', passwort);
    await this.druecken('Anmelden');
    return this;
  }

  /** One act of the case page: opens its form, fills it, sends it; the page after it. */
  async tun(aktion, daten = {}) {
    const form = `form[action$="/${aktion}"]`;
    const feld = await this.page.$(form);
    if (!feld) throw new Error(`the page offers no ${aktion}: ${(await this.text('.handeln')).slice(0, 800)}`);
    const zu = await feld.evaluate((f) => f.closest('details')?.open === false);
    if (zu) await this.taste(await this.page.$(`#${aktion} > summary`));
    for (const [name, wert] of Object.entries(daten)) await this.setzen(`${aktion}-${name}`, wert);
    const [antwort] = await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), this.taste(await feld.$('button'))]);
    this.status = (await this.#geduldig(antwort)).status();
    return this;
  }

  /** Everything is done with the keyboard: no page may need a mouse. */
  async taste(element, taste = 'Enter') {
    await element.focus();
    await this.page.keyboard.press(taste);
  }

  bietetAn(aktion) {
    return this.page.$(`form[action$="/${aktion}"]`).then((e) => e !== null);
  }

  /** What a link with this text leads to. */
  async ziel(text) {
    const ziele = await this.page.$$eval('main a', (as, t) =>
      as.filter((a) => a.textContent.replace(/\s+/g, ' ').includes(t)).map((a) => a.getAttribute('href')), text);
    if (!ziele.length) throw new Error(`no link "${text}" on ${this.pfad()}`);
    return ziele[0];
  }

  /** The same request a click on the link would send; the body as it came. */
  async holen(pfad, { folgen = 'follow' } = {}) {
    const cookies = await this.page.browserContext().cookies();
    const cookie = cookies.map((c) => `${c.name}=${c.value}`).join('; ');
    return fetch(new URL(pfad, this.adresse), { headers: { cookie, accept: 'text/html', 'accept-language': this.sprache }, redirect: folgen });
  }

  /** The document a link of this page leads to, as text. */
  async pdf(text) {
    const antwort = await this.holen(await this.ziel(text));
    const bytes = Buffer.from(await antwort.arrayBuffer());
    if (antwort.status !== 200 || bytes.subarray(0, 5).toString() !== '%PDF-') {
      throw new Error(`${text}: ${antwort.status}, no PDF`);
    }
    return pdfText(bytes);
  }
}

/** Words of a PDF, blanks folded (poppler-utils). */
export async function pdfText(bytes) {
  const ordner = await mkdtemp(join(tmpdir(), 'akte-pdf-'));
  try {
    await writeFile(join(ordner, 'a.pdf'), bytes);
    return execFileSync('pdftotext', [join(ordner, 'a.pdf'), '-'], { encoding: 'utf8' }).replace(/\s+/g, ' ');
  } finally {
    await rm(ordner, { recursive: true, force: true });
  }
}
