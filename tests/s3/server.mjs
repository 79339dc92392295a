// A real S3 server for one test: s3rver on a free port, in a folder of the test's own. Ends with its standard input.
import S3rver from 's3rver'

const [directory, ...buckets] = process.argv.slice(2)
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  configureBuckets: buckets.map((name) => ({ name }))
})
const { port } = await server.run()
console.log(`http://127.0.0.1:${port}`)
process.stdin.on('end', () => process.exit(0)).resume()
