// A real mail server for one test: smtp-server on a free port. It keeps a mailbox as mail stores do (one mail per
// Message-ID) and beside it a list of every delivery. How it answers the next mail it reads from a file, one word a line:
//   ok | 451 | 550 | abbruch (line cut while the mail comes) | verschluckt (taken, line cut before the answer)
//   | toeten PID (taken, sender killed before the answer)
// Ends with its standard input.
import { SMTPServer } from 'smtp-server'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [ordner, schluessel, zertifikat, port] = process.argv.slice(2)
const verhalten = join(ordner, 'verhalten')
mkdirSync(join(ordner, 'postfach'), { recursive: true })

function naechstes () {
  const zeilen = existsSync(verhalten) ? readFileSync(verhalten, 'utf8').split('\n').filter(Boolean) : []
  writeFileSync(verhalten, zeilen.slice(1).join('\n'))
  return (zeilen[0] ?? 'ok').split(' ')
}

function nehmen (session, bytes) {
  const text = bytes.toString('utf8')
  const kennung = /^Message-ID: <([^>]+)>/im.exec(text)?.[1] ?? 'ohne'
  const ziel = join(ordner, 'postfach', `${kennung.replace(/[^a-zA-Z0-9.@-]/g, '_')}.eml`)
  const doppelt = existsSync(ziel)
  if (!doppelt) writeFileSync(ziel, bytes)
  const an = session.envelope.rcptTo.map((r) => r.address).join(',')
  appendFileSync(join(ordner, 'zustellungen'), `${kennung} ${an} ${session.secure ? 'tls' : 'offen'}${doppelt ? ' doppelt' : ''}\n`)
}

const server = new SMTPServer({
  authOptional: true,
  disableReverseLookup: true,
  ...(schluessel ? { key: readFileSync(schluessel), cert: readFileSync(zertifikat) } : { hideSTARTTLS: true }),
  onAuth (auth, _session, weiter) {
    const richtig = auth.username === 'stadt' && auth.password === 'offene-Kanne-7'
    weiter(richtig ? null : new Error('falsch'), { user: 'stadt' })
  },
  onData (strom, session, weiter) {
    const [wort, pid] = naechstes()
    const trennen = () => [...server.connections].find((c) => c.session === session)?._socket.destroy()
    const teile = []
    strom.on('data', (teil) => {
      teile.push(teil)
      if (wort === 'abbruch') trennen()
    })
    strom.on('end', () => {
      if (wort === 'abbruch') return
      if (/^[45]/.test(wort)) {
        const fehler = new Error(wort === '550' ? 'kein solches Postfach' : 'spaeter')
        fehler.responseCode = Number(wort)
        return weiter(fehler)
      }
      nehmen(session, Buffer.concat(teile))
      if (wort === 'verschluckt') return trennen()
      if (wort === 'toeten') {
        process.kill(Number(pid), 'SIGKILL')
        return trennen()
      }
      weiter()
    })
  }
})
server.on('error', () => {})
server.listen(Number(port ?? 0), '127.0.0.1', () => console.log(server.server.address().port))
process.stdin.on('end', () => process.exit(0)).resume()
