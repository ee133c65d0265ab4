// Starts a real PDS, and the directory in which its accounts are entered, on this machine. Its
// files go into the folder given as the argument. Says on standard output where it is, and ends
// when standard input does.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { PDS, envToCfg, envToSecrets } from '@atproto/pds'
import plc from '@did-plc/server'

const folder = process.argv[2]
const secret = () => randomBytes(32).toString('hex')

// Both must know their addresses before they are made, and would listen to the whole network.
async function listen() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const directoryServer = await listen()
const directory = plc.PlcServer.create({ db: new plc.MockDatabase() })
directoryServer.on('request', directory.app)

const server = await listen()
const settings = {
  port: server.address().port,
  hostname: 'localhost',
  devMode: true,
  dataDirectory: folder,
  blobstoreDiskLocation: path.join(folder, 'blobs'),
  didPlcUrl: `http://127.0.0.1:${directoryServer.address().port}`,
  enableDidDocWithSession: true,
  inviteRequired: false,
  rateLimitsEnabled: true,
  rateLimitBypassKey: secret(),
  adminPassword: secret(),
  dpopSecret: secret(),
  jwtSecret: secret(),
  plcRotationKeyK256PrivateKeyHex: secret(),
}
const pds = await PDS.create(envToCfg(settings), envToSecrets(settings))
await pds.ctx.sequencer.start()
server.on('request', pds.app)

console.log(JSON.stringify({ url: `http://127.0.0.1:${settings.port}`, ...settings }))

process.stdin.resume()
await once(process.stdin, 'end')
await pds.destroy()
process.exit(0)
