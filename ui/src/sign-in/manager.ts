// The OIDC client, set up so that tokens are in memory only, and renewed once at a time.
import { InMemoryWebStorage, UserManager, WebStorageStateStore, type SigninSilentArgs, type User } from "oidc-client-ts";
import type { Settings } from "./settings";

export class Manager extends UserManager {
  #renewal: Promise<User | null> | undefined;

  constructor(settings: Settings) {
    super({
      authority: settings.authority,
      client_id: settings.client_id,
      redirect_uri: settings.redirect_uri,
      post_logout_redirect_uri: settings.post_logout_redirect_uri,
      scope: settings.scope,
      response_type: "code",
      disablePKCE: !settings.pkce,
      userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
      // A transaction must outlive the redirect, but no other tab needs it.
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: true,
      loadUserInfo: false,
      fetchRequestCredentials: "omit",
      requestTimeoutInSeconds: 10,
    });
  }

  // A refresh token works once; two renewals at a time would look like a theft and end the sign-in (RFC 9700 §4.14.2).
  override signinSilent(args?: SigninSilentArgs): Promise<User | null> {
    this.#renewal ??= super.signinSilent(args).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }
}
