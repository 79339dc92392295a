// A small demo town for one test file: founded by the program itself, served on a free port, removed
// at the end. Knows the program only by its commands and by what it prints.

import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Cluster } from './cluster.mjs';

export const KENNWORT = 'demo-aktenkette';
const START_MS = 60_000;

function programm() {
  const bin = process.env.AKTE_BIN;
  if (!bin || !existsSync(bin)) throw new Error('AKTE_BIN must name the built program, for example target/release/akte');
  return bin;
}

/** Environment of a program that believes it is `tage` days later; monotonic time stays true. */
function spaeter(tage) {
  if (!tage) return {};
  const orte = readdirSync('/usr/lib').map((d) => `/usr/lib/${d}/faketime/libfaketimeMT.so.1`);
  const lib = orte.find((o) => existsSync(o));
  if (!lib) throw new Error('libfaketime is missing (apt-get install libfaketime)');
  return { LD_PRELOAD: lib, FAKETIME: `+${tage}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
}

const VORLAGE = 'akte-vorlage-';

/** The town as founded by this very build: made once, whoever comes first; those of older builds go. */
async function vorlage() {
  const { size, mtimeMs } = statSync(programm());
  const name = `${VORLAGE}${size}-${Math.floor(mtimeMs)}`;
  const ziel = join(tmpdir(), name);
  if (existsSync(ziel)) return ziel;
  const neu = await mkdtemp(join(tmpdir(), 'akte-gruendung-'));
  await promisify(execFile)(programm(), ['demo', '--data', join(neu, 'daten'), '--antraege', '30', '--nur-anlegen']);
  await rename(neu, ziel).catch(() => rm(neu, { recursive: true }));
  for (const alt of (await readdir(tmpdir())).filter((d) => d.startsWith(VORLAGE) && d !== name)) {
    const ort = join(tmpdir(), alt);
    const tage = (Date.now() - (await stat(ort)).mtimeMs) / 86_400_000;
    if (tage > 1) await rm(ort, { recursive: true, force: true });
  }
  return ziel;
}

export class Stadt {
  /** A town of its own for one test file, started; `vorher` may set it up at the machine. */
  static async neu({ vorher } = {}) {
    const stadt = new Stadt();
    stadt.ordner = await mkdtemp(join(tmpdir(), 'akte-browser-'));
    stadt.daten = join(stadt.ordner, 'daten');
    if (process.env.AKTE_BROWSER_ENGINE === 'postgres') {
      await stadt.#aufPostgres();
      return stadt;
    }
    await cp(join(await vorlage(), 'daten'), stadt.daten, { recursive: true });
    await vorher?.(stadt);
    await stadt.starten();
    return stadt;
  }

  /** One command of the program; the town must not be serving if it names the town's folder. */
  befehl(...args) {
    return promisify(execFile)(programm(), args);
  }

  /** Founded on a server of its own: ledger, vault and read log lie there. */
  async #aufPostgres() {
    this.cluster = await Cluster.neu();
    await this.cluster.sql('postgres', 'CREATE DATABASE stadt');
    const url = this.cluster.url('stadt');
    const betrieb = join(this.ordner, 'betrieb.toml');
    await writeFile(betrieb, ['ledger', 'tresor', 'zugriff'].map((feld) => `${feld} = "${url}"\n`).join(''), { mode: 0o600 });
    const args = ['demo', '--data', this.daten, '--betrieb', betrieb, '--antraege', '30', '--nur-anlegen'];
    await promisify(execFile)(programm(), args, { maxBuffer: 1 << 26 });
    await this.starten();
  }

  /** Serves the folder; with `tage` the program's calendar is that many days ahead. */
  async starten(tage = 0) {
    const args = ['serve', '--data', this.daten, '--listen', '127.0.0.1:0'];
    this.prozess = spawn(programm(), args, { env: { ...process.env, ...spaeter(tage) }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.fehler = '';
    this.prozess.stderr.on('data', (d) => (this.fehler += d));
    this.ende = new Promise((gut) => this.prozess.once('exit', (code) => gut(code)));
    this.adresse = await this.#bereit();
  }

  async #bereit() {
    const zeilen = createInterface({ input: this.prozess.stdout });
    const adresse = new Promise((gut) => zeilen.on('line', (z) => /^Bereit: (http\S+)/.test(z) && gut(z.slice(8).trim())));
    const tot = this.ende.then((code) => { throw new Error(`akte serve ended with ${code}: ${this.fehler}`); });
    const lang = AbortSignal.timeout(START_MS);
    const zeit = new Promise((_, schlecht) => lang.addEventListener('abort', () => schlecht(new Error(`not ready: ${this.fehler}`))));
    return Promise.race([adresse, tot, zeit]);
  }

  /** Ends the program as a supervisor does; returns its exit code. */
  async anhalten() {
    this.prozess.kill('SIGTERM');
    return this.ende;
  }

  async weg() {
    if (this.prozess?.exitCode === null) await this.anhalten();
    await this.cluster?.weg();
    await rm(this.ordner, { recursive: true, force: true });
  }
}
