// A PostgreSQL cluster of one test file's own: Debian's binaries, own folder and port, a Unix user
// without rights where the tests run as root. Stopped and removed at the end.

import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const EIGNER = 'stadt';
const START_MS = 60_000;

function ordner() {
  if (process.env.AKTE_PG_BIN) return process.env.AKTE_PG_BIN;
  const wurzel = '/usr/lib/postgresql';
  const alle = existsSync(wurzel) ? readdirSync(wurzel).map((v) => join(wurzel, v, 'bin')) : [];
  const bin = alle.filter((b) => existsSync(join(b, 'initdb'))).sort().pop();
  if (!bin) throw new Error('PostgreSQL is missing (apt-get install postgresql)');
  return bin;
}

const alsRoot = () => process.getuid() === 0;

/** The program and its arguments, as a user without rights; `setpriv` executes in place. */
function befehl(name, args) {
  const programm = join(ordner(), name);
  if (!alsRoot()) return [programm, args];
  return ['setpriv', ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--', programm, ...args]];
}

async function freierPort() {
  const server = createServer();
  await new Promise((gut) => server.listen(0, '127.0.0.1', gut));
  const { port } = server.address();
  await new Promise((gut) => server.close(gut));
  return port;
}

export class Cluster {
  static async neu() {
    const c = new Cluster();
    c.ordner = await mkdtemp(join(tmpdir(), 'akte-pg-'));
    await chmod(c.ordner, 0o755);
    c.daten = join(c.ordner, 'data');
    await mkdir(c.daten, { mode: 0o700 });
    if (alsRoot()) {
      const { stdout } = await promisify(execFile)('id', ['-u', 'nobody']);
      await chown(c.daten, Number(stdout), -1);
    }
    const anlegen = ['--no-instructions', '--no-sync', '--auth=trust', '--encoding=UTF8', '--locale=C'];
    await promisify(execFile)(...befehl('initdb', [...anlegen, '--username', EIGNER, '--pgdata', c.daten]), { cwd: '/' });
    c.port = await freierPort();
    const fest = [`port=${c.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((s) => ['-c', s]);
    c.prozess = spawn(...befehl('postgres', ['-D', c.daten, ...fest]), { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    c.fehler = '';
    c.prozess.stderr.on('data', (d) => (c.fehler += d));
    c.ende = new Promise((gut) => c.prozess.once('exit', gut));
    await c.#bereit();
    return c;
  }

  async #bereit() {
    const bis = Date.now() + START_MS;
    const args = ['-q', '-h', '127.0.0.1', '-p', String(this.port), '-U', EIGNER];
    for (;;) {
      const da = await promisify(execFile)(join(ordner(), 'pg_isready'), args).then(() => true, () => false);
      if (da) return;
      if (Date.now() > bis || this.prozess.exitCode !== null) throw new Error(`PostgreSQL does not start: ${this.fehler}`);
      await new Promise((gut) => setTimeout(gut, 50));
    }
  }

  url(datenbank) {
    return `postgres://${EIGNER}@127.0.0.1:${this.port}/${datenbank}`;
  }

  async sql(datenbank, text) {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', text, this.url(datenbank)];
    return (await promisify(execFile)(join(ordner(), 'psql'), args)).stdout.trim();
  }

  async weg() {
    // SIGINT: at once, but in order.
    this.prozess.kill('SIGINT');
    await this.ende;
    await rm(this.ordner, { recursive: true, force: true });
  }
}
