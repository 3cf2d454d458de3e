// Serves `oidc-provider`, an OpenID provider that nobody here wrote, over plain http until it is killed.
//
// It has three clients: `bff` (confidential, code and PKCE), `spa` (public, code and PKCE) and `api` (which may only ask about
// tokens). Whoever types a name into its development page is signed in under that name, whatever the password.

import { generateKeyPairSync } from 'node:crypto'
import { parseArgs } from 'node:util'
import Provider from 'oidc-provider'

const USAGE = `usage: BFF_SECRET=… API_SECRET=… node server.mjs --port N --bff ORIGIN --spa ORIGIN`

/** The API for which access tokens are issued; it is its own audience (RFC 8707). */
const API = 'urn:foreign:accounts'
/** How long an access token of `bff` lives, in seconds: so short that a back end must refresh it for its next call. */
const SHORT_S = 5
const LONG_S = 300

function options() {
  const names = ['port', 'bff', 'spa']
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) })
  const missing = names.filter((name) => !values[name]).map((name) => `--${name}`)
  missing.push(...['BFF_SECRET', 'API_SECRET'].filter((name) => !process.env[name]))
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}\n${USAGE}`)
  return values
}

function clients({ bff, spa }) {
  return [
    {
      client_id: 'bff',
      client_secret: process.env.BFF_SECRET,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirect_uris: [`${bff}/bff/callback`],
      post_logout_redirect_uris: [`${bff}/`],
      backchannel_logout_uri: `${bff}/bff/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
    {
      client_id: 'spa',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [`${spa}/callback`],
      post_logout_redirect_uris: [`${spa}/`],
    },
    {
      client_id: 'api',
      client_secret: process.env.API_SECRET,
      grant_types: [],
      response_types: [],
      redirect_uris: [],
    },
  ]
}

/** Signs by a key of its own; without one, the library signs by a key that everybody knows. */
function signingKeys() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] }
}

function configuration(values) {
  return {
    clients: clients(values),
    jwks: signingKeys(),
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    // The relying parties here read the ID token and ask for no userinfo.
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: `${sub} of elsewhere`, preferred_username: sub }),
    }),
    // Without this, it gives a refresh token only where the client asks for consent every time.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    // Without this, it refuses to tell applications on loopback of a sign-out; there are no others here.
    fetch: (url, { dispatcher: _guard, ...options }) => fetch(url, options),
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientId === 'api' },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Clients that name no API mean the only one there is; otherwise their tokens would be for userinfo alone.
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, _identifier, client) => ({
          scope: 'accounts',
          audience: API,
          accessTokenFormat: 'opaque',
          accessTokenTTL: client.clientId === 'bff' ? SHORT_S : LONG_S,
        }),
      },
    },
  }
}

const values = options()
// A name for the issuer and an address for the socket: browsers then keep its cookies apart from the applications'.
const issuer = `http://localhost:${values.port}`
new Provider(issuer, configuration(values)).listen(Number(values.port), '127.0.0.1', () => console.log(`ready ${issuer}`))
