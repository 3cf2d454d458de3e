// Signs in, refreshes, introspects, revokes and signs out at a provider with `openid-client`.
//
// The library does everything that a relying party does; this script is only the person's browser, and the judge.
// The provider's client must be confidential (`client_secret_basic`) and have the two addresses registered.

import { parseArgs } from 'node:util'
import * as client from 'openid-client'

const TIMEOUT_S = 10
const SCOPE = 'openid profile email offline_access'
const USAGE = `usage: CLIENT_SECRET=… PASSWORD=… node sign-in.mjs --issuer URL --client-id ID \\
         --redirect-uri URL --post-logout-redirect-uri URL --username NAME`

/** A browser of one person, which visits the provider alone and follows no redirect. */
class Browser {
  #origin
  #cookies = new Map()

  constructor(issuer) {
    this.#origin = issuer.origin
  }

  get(url) {
    return this.#request(url, {})
  }

  submit(url, fields) {
    // A browser says where a form comes from.
    return this.#request(url, { method: 'POST', headers: { origin: this.#origin }, body: new URLSearchParams(fields) })
  }

  async #request(url, { headers, ...rest }) {
    assert(url.origin === this.#origin, `the browser was sent to ${url.origin}, away from the provider`)
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...rest,
      headers: { ...headers, ...(cookie && { cookie }) },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_S * 1000),
    })
    response.headers.getSetCookie().forEach((line) => this.#keep(line))
    return { status: response.status, location: response.headers.get('location'), text: await response.text() }
  }

  #keep(line) {
    const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(line)
    if (/;\s*max-age=0\s*(;|$)/i.test(attributes)) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}

/** What a relying party keeps between sending the browser off and getting it back. */
async function authorizationRequest(config, redirectUri, extra = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  })
  return { url, checks }
}

/** Fills in the login form, and returns where the browser is sent then. */
async function signIn(browser, url, username, password) {
  const form = await browser.get(url)
  assert(form.status === 200, `expected a login form, got ${form.status}: ${wordsOf(form.text)}`)
  const transaction = /name="transaction" value="([^"]+)"/.exec(form.text)?.[1]
  assert(transaction, `the login form has no transaction: ${wordsOf(form.text)}`)
  return redirectOf(await browser.submit(new URL('/login', url), { transaction, username, password }))
}

function redirectOf(answer) {
  assert(answer.status === 303, `expected a redirect with 303, got ${answer.status}: ${wordsOf(answer.text)}`)
  return new URL(answer.location)
}

function wordsOf(page) {
  return page.replace(/<style>.*?<\/style>|<[^>]*>/gs, ' ').replace(/\s+/g, ' ').trim()
}

function assert(condition, message) {
  if (!condition) throw new Error(message)
}

/** Asserts that the library refuses with this error of the provider's. */
async function refuses(promise, error) {
  const refusal = await promise.then(() => undefined, (reason) => reason)
  assert(refusal?.error === error, `expected ${error}, got ${refusal ? explain(refusal) : 'success'}`)
}

const ok = (step) => console.log(`ok ${step}`)

async function main({ issuer, clientId, clientSecret, redirectUri, postLogoutRedirectUri, username, password }) {
  // Compares the issuer. Over plain http the signatures of ID tokens must be verified too, not only their claims.
  const config = await client.discovery(issuer, clientId, {}, client.ClientSecretBasic(clientSecret), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    timeout: TIMEOUT_S,
  })
  assert(config.serverMetadata().supportsPKCE(), 'discovery does not announce PKCE with S256')
  ok('discovery')

  const browser = new Browser(issuer)
  const { url, checks } = await authorizationRequest(config, redirectUri)
  const callback = await signIn(browser, url, username, password)
  const address = callback.origin + callback.pathname
  assert(address === redirectUri, `the browser was sent to ${address}`)
  ok('login form, and back to the redirect URI')

  // Checks `state` and `iss` of the callback, then signature and claims of the ID token, its `nonce` too.
  const first = await client.authorizationCodeGrant(config, callback, checks)
  const { sub } = first.claims()
  ok('code for tokens, with a valid ID token')

  const userinfo = await client.fetchUserInfo(config, first.access_token, sub)
  assert(userinfo.preferred_username === username, `userinfo is about ${userinfo.preferred_username}`)
  ok('userinfo of the same subject')

  const tokens = await client.refreshTokenGrant(config, first.refresh_token)
  assert(tokens.access_token !== first.access_token, 'the access token is not a new one')
  assert(tokens.refresh_token !== first.refresh_token, 'the refresh token was not rotated')
  assert(tokens.claims().sub === sub, `the refreshed ID token is about ${tokens.claims().sub}`)
  ok('refresh, with rotation')

  const active = await client.tokenIntrospection(config, tokens.access_token)
  assert(active.active === true, 'introspection says that a fresh access token is not active')
  assert(active.sub === sub && active.client_id === clientId, 'introspection tells another subject or client')
  ok('introspection, active')

  await client.tokenRevocation(config, tokens.access_token)
  ok('revocation')
  const revoked = await client.tokenIntrospection(config, tokens.access_token)
  assert(revoked.active === false, 'introspection says that a revoked access token is active')
  ok('introspection, no longer active')

  // The control of the last step: while the session is there, nobody is asked.
  const silent = await authorizationRequest(config, redirectUri, { prompt: 'none' })
  const again = redirectOf(await browser.get(silent.url))
  const second = await client.authorizationCodeGrant(config, again, silent.checks)
  ok('prompt=none with a session')

  // On the second sign-in, because reuse ends the whole family.
  const replaced = await client.refreshTokenGrant(config, second.refresh_token)
  await refuses(client.refreshTokenGrant(config, second.refresh_token), 'invalid_grant')
  await refuses(client.refreshTokenGrant(config, replaced.refresh_token), 'invalid_grant')
  ok('reuse of a refresh token refused, and its family ended')

  const state = client.randomState()
  const endSession = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: postLogoutRedirectUri,
    state,
  })
  const signedOut = redirectOf(await browser.get(endSession))
  const expected = new URL(postLogoutRedirectUri)
  expected.searchParams.set('state', state)
  assert(signedOut.href === expected.href, `after sign-out the browser was sent to ${signedOut.href}`)
  ok('sign-out, and back to the post-logout redirect URI')

  const last = await authorizationRequest(config, redirectUri, { prompt: 'none' })
  const refused = redirectOf(await browser.get(last.url))
  await refuses(client.authorizationCodeGrant(config, refused, last.checks), 'login_required')
  ok('prompt=none without a session, login_required')
}

function options() {
  const names = ['issuer', 'client-id', 'redirect-uri', 'post-logout-redirect-uri', 'username']
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) })
  const missing = names.filter((name) => !values[name]).map((name) => `--${name}`)
  missing.push(...['CLIENT_SECRET', 'PASSWORD'].filter((name) => !process.env[name]))
  assert(missing.length === 0, `missing: ${missing.join(', ')}\n${USAGE}`)
  return {
    issuer: new URL(values.issuer),
    clientId: values['client-id'],
    clientSecret: process.env.CLIENT_SECRET,
    redirectUri: values['redirect-uri'],
    postLogoutRedirectUri: values['post-logout-redirect-uri'],
    username: values.username,
    password: process.env.PASSWORD,
  }
}

/** What an error and everything that caused it say. */
function explain(error) {
  const said = new Set()
  for (let each = error; each; each = each.cause) {
    const words = [each.error, each.error_description ?? each.message].filter(Boolean).join(' ')
    said.add(words || JSON.stringify(each).slice(0, 200))
  }
  return [...said].join(': ')
}

try {
  await main(options())
} catch (error) {
  console.error(`error: ${explain(error)}`)
  process.exitCode = 1
}
