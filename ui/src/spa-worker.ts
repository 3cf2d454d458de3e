// The worker that holds the tokens (RFC 10017 §8.3): it fetches them and calls the API, and hands none of them out.
//
// It asks its host for the settings itself: a page that told it where the API is could have it send the token anywhere.
import { Client } from "./sign-in/spa/client";
import { HOLDER, SURROUNDINGS, type Holder, type Surroundings } from "./sign-in/spa/holder";
import { link, type Port } from "./sign-in/spa/link";
import { fetchSettings } from "./sign-in/spa/settings";

// The OIDC client looks for `crypto` in `window`, which a worker has none of.
Object.assign(globalThis, { window: globalThis });

type Method = (...values: unknown[]) => Promise<unknown>;

let client: Promise<Client> | undefined;

const methods = HOLDER.map((method) => {
  const far: Method = async (...values) => {
    const near = await opened();
    return (near[method] as Method).call(near, ...values);
  };
  return [method, far] as const;
});
const holder = Object.fromEntries(methods) as unknown as Holder;
const { theirs: page } = link<Holder, Surroundings>(globalThis as unknown as Port, holder, HOLDER, SURROUNDINGS);

function opened(): Promise<Client> {
  client ??= fetchSettings()
    .then((settings) => new Client(settings, page))
    .catch((error: unknown) => {
      client = undefined;
      throw error;
    });
  return client;
}
