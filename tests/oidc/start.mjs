// Starts a real OpenID Connect provider on this machine, with one client and whoever says their
// name. Says on standard output where it is, and ends when standard input does.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const [back, secret] = process.argv.slice(2)

// It must know its address before it is made.
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'avviso',
      client_secret: secret,
      redirect_uris: [back],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      preferred_username: id,
      email: `${id}@example.org`,
      email_verified: !id.startsWith('unverified'),
    }),
  }),
})
server.on('request', provider.callback())
console.log(JSON.stringify({ issuer }))

process.stdin.resume()
await once(process.stdin, 'end')
process.exit(0)
