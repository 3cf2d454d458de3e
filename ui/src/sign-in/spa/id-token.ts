// Checks an ID token before anything that came with it is kept (OpenID Connect Core 1.0 §3.1.3.7). The nonce is the library's.
import type { MetadataService, SigningKey, User } from "oidc-client-ts";
import { Refused } from "./refused";
import type { Settings } from "./settings";

/** How far the browser's clock may be from the provider's, in seconds. */
const LEEWAY_S = 60;

interface Algorithm {
  readonly kty: string;
  readonly key: RsaHashedImportParams | EcKeyImportParams | { readonly name: string };
  readonly verify: RsaPssParams | EcdsaParams | { readonly name: string };
  /** The hash of `at_hash`. */
  readonly hash: string;
}

interface Header {
  readonly alg?: unknown;
  readonly typ?: unknown;
  readonly kid?: unknown;
  readonly crit?: unknown;
}

interface Claims {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly azp?: unknown;
  readonly exp?: unknown;
  readonly iat?: unknown;
  readonly nbf?: unknown;
  readonly at_hash?: unknown;
}

/** Signatures with a public key and nothing else: `none` and `HS256` are how ID tokens are forged (RFC 8725 §3.1). */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: rsa("RSASSA-PKCS1-v1_5", "SHA-256"),
  RS384: rsa("RSASSA-PKCS1-v1_5", "SHA-384"),
  RS512: rsa("RSASSA-PKCS1-v1_5", "SHA-512"),
  PS256: rsa("RSA-PSS", "SHA-256", 32),
  PS384: rsa("RSA-PSS", "SHA-384", 48),
  PS512: rsa("RSA-PSS", "SHA-512", 64),
  ES256: ecdsa("P-256", "SHA-256"),
  ES384: ecdsa("P-384", "SHA-384"),
  EdDSA: { kty: "OKP", key: { name: "Ed25519" }, verify: { name: "Ed25519" }, hash: "SHA-512" },
};

export async function checkIdToken(user: User, settings: Settings, provider: MetadataService): Promise<void> {
  if (settings.id_token === "off") return;
  const [head, body, signature, more] = (user.id_token ?? "").split(".");
  if (!head || !body || !signature || more !== undefined) throw forged();
  const claims = parse<Claims>(body);
  checkClaims(claims, settings);
  if (settings.id_token === "claims") return;
  const header = parse<Header>(head);
  const algorithm = typeof header.alg === "string" && Object.hasOwn(ALGORITHMS, header.alg) ? ALGORITHMS[header.alg] : undefined;
  if (!algorithm || header.crit !== undefined || !isPlain(header.typ)) throw forged();
  if (!(await isSigned(`${head}.${body}`, bytes(signature), header, algorithm, provider))) throw forged();
  if (claims.at_hash !== undefined && claims.at_hash !== (await halfHash(user.access_token, algorithm.hash))) throw forged();
}

/** Tokens of other kinds that the same key signs say what they are (RFC 8725 §3.11). */
function isPlain(typ: unknown): boolean {
  return typ === undefined || (typeof typ === "string" && typ.toUpperCase() === "JWT");
}

function checkClaims({ iss, sub, aud, azp, exp, iat, nbf = iat }: Claims, { authority, client_id }: Settings): void {
  const audience: unknown[] = Array.isArray(aud) ? aud : [aud];
  const isMeant = audience.includes(client_id) && (audience.length === 1 || azp === client_id);
  if (iss !== authority || !isMeant || (azp !== undefined && azp !== client_id)) {
    throw new Refused("The sign-in was meant for another application.");
  }
  if (typeof sub !== "string" || sub === "") throw forged();
  if (typeof exp !== "number" || typeof iat !== "number" || typeof nbf !== "number") throw forged();
  const now = Date.now() / 1000;
  if (exp + LEEWAY_S <= now || Math.max(iat, nbf) - LEEWAY_S > now) {
    throw new Refused("The sign-in is not of this moment. Check the clock of this device, then try again.");
  }
}

async function isSigned(
  text: string,
  signature: BufferSource,
  header: Header,
  algorithm: Algorithm,
  provider: MetadataService,
): Promise<boolean> {
  let found = (await provider.getSigningKeys())?.filter((key) => fits(key, header, algorithm)) ?? [];
  if (found.length === 0) {
    // The provider may have begun to use another key since they were fetched; it is asked once more, not for ever.
    provider.resetSigningKeys();
    found = (await provider.getSigningKeys())?.filter((key) => fits(key, header, algorithm)) ?? [];
  }
  for (const key of found) {
    // Only what makes the public key: whatever else a provider says of it is not for the browser to trip over.
    const { kty, n, e, crv, x, y } = key as JsonWebKey;
    const jwk = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined));
    const imported = await crypto.subtle.importKey("jwk", jwk, algorithm.key, false, ["verify"]).catch(() => undefined);
    if (!imported) continue;
    if (await crypto.subtle.verify(algorithm.verify, imported, signature, new TextEncoder().encode(text))) return true;
  }
  return false;
}

function fits(key: SigningKey, { alg, kid }: Header, { kty }: Algorithm): boolean {
  const named = kid === undefined || key["kid"] === kid;
  return named && key["kty"] === kty && (key["use"] ?? "sig") === "sig" && (key["alg"] ?? alg) === alg;
}

/** OpenID Connect Core 1.0 §3.1.3.6. */
async function halfHash(token: string, hash: string): Promise<string> {
  const digest = await crypto.subtle.digest(hash, new TextEncoder().encode(token));
  const half = new Uint8Array(digest, 0, digest.byteLength / 2);
  return btoa(String.fromCharCode(...half)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function parse<T extends object>(part: string): T {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes(part)));
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Neither base64url nor JSON.
  }
  throw forged();
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  } catch {
    throw forged();
  }
}

function rsa(name: string, hash: string, saltLength?: number): Algorithm {
  return { kty: "RSA", key: { name, hash }, verify: saltLength === undefined ? { name } : { name, saltLength }, hash };
}

function ecdsa(namedCurve: string, hash: string): Algorithm {
  return { kty: "EC", key: { name: "ECDSA", namedCurve }, verify: { name: "ECDSA", hash }, hash };
}

function forged(): Refused {
  return new Refused("The sign-in could not be verified, so nobody is signed in.");
}
