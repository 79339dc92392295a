// A real S3 server for one test: s3rver on a free port, in a folder of the test's own. Ends with its standard input.
import { stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import S3rver from 's3rver'

const [directory, ...buckets] = process.argv.slice(2)
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  configureBuckets: buckets.map((name) => ({ name }))
})
// It acknowledges an object before its file is written to the end; S3 promises that what is acknowledged can be read.
const put = server.store.putObject.bind(server.store)
server.store.putObject = async (object) => {
  const done = await put(object)
  const path = server.store.getResourcePath(object.bucket, object.key, 'object')
  while ((await stat(path)).size < done.size) await wait(2)
  return done
}
const { port } = await server.run()
console.log(`http://127.0.0.1:${port}`)
process.stdin.on('end', () => process.exit(0)).resume()
