"""Signs in, refreshes, introspects, revokes and signs out at a provider with Authlib.

The library does everything that a relying party does, but for what it leaves to its users: comparing the issuer of the
discovery document and the `iss` of a callback. Beyond that this script is only the person's browser, and the judge.
The provider's client must be confidential (`client_secret_basic`) and have the two addresses registered.
"""

import argparse
import os
import re
import sys
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

# Read by Authlib whenever it looks at an address: allows plain http.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.base_client import BaseApp, FrameworkIntegration, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import rfc9207
from authlib.oidc import rpinitiated
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from requests.cookies import RequestsCookieJar

TIMEOUT_S = 10
SCOPE = "openid profile email offline_access"
# No proxy and no password file of this machine's between the script and a provider on loopback.
SESSION = {"default_timeout": TIMEOUT_S, "trust_env": False}


class RelyingParty(OAuth2Mixin, OpenIDMixin, BaseApp):
    """What Authlib makes its clients for Flask and Django of, without a web framework."""

    client_cls = OAuth2Session


class Browser:
    """A browser of one person, which visits the provider alone and follows no redirect."""

    def __init__(self, issuer):
        self.origin = origin_of(issuer)
        self.session = requests.Session()
        self.session.trust_env = False
        # Browsers send `Secure` cookies to loopback addresses over plain http too.
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.session.cookies = RequestsCookieJar(policy=policy)

    def get(self, url):
        return self._request("GET", url)

    def submit(self, url, fields):
        # A browser says where a form comes from.
        return self._request("POST", url, data=fields, headers={"Origin": self.origin})

    def _request(self, method, url, **rest):
        check(origin_of(url) == self.origin, f"the browser was sent to {origin_of(url)}, away from the provider")
        # Prepared by hand, because a session prepares with a copy of the cookies that has lost their policy.
        request = requests.Request(method, url, cookies=self.session.cookies, **rest).prepare()
        return self.session.send(request, allow_redirects=False, timeout=TIMEOUT_S)


class Failed(Exception):
    """What the provider, or the library, did otherwise than expected."""


def check(condition, message):
    if not condition:
        raise Failed(message)


@contextmanager
def refused(error):
    """Expects that the library reports this error of the provider's."""
    try:
        yield
    except OAuthError as refusal:
        check(refusal.error == error, f"expected {error}, got {refusal}")
    else:
        raise Failed(f"expected {error}, got success")


def ok(step):
    print(f"ok {step}", flush=True)


def origin_of(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def redirect_of(answer):
    check(answer.status_code == 303, f"expected a redirect with 303, got {answer.status_code}: {words_of(answer.text)}")
    return answer.headers["Location"]


def words_of(page):
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split())


def sign_in(browser, url, username, password):
    """Fills in the login form, and returns where the browser is sent then."""
    form = browser.get(url)
    check(form.status_code == 200, f"expected a login form, got {form.status_code}: {words_of(form.text)}")
    transaction = re.search(r'name="transaction" value="([^"]+)"', form.text)
    check(transaction, f"the login form has no transaction: {words_of(form.text)}")
    fields = {"transaction": transaction[1], "username": username, "password": password}
    return redirect_of(browser.submit(urljoin(url, "/login"), fields))


def discover(party, issuer):
    metadata = party.load_server_metadata()
    check(metadata["issuer"] == issuer, f"the discovery document is of {metadata['issuer']}")
    check("S256" in metadata.get("code_challenge_methods_supported", []), "PKCE with S256 is not announced")
    # Discovery 1.0 §3 wants RS256 on this list, and Authlib's check insists; its client takes what is there.
    algorithms = [*metadata["id_token_signing_alg_values_supported"], "RS256"]
    document = OpenIDProviderMetadata(metadata, id_token_signing_alg_values_supported=algorithms)
    document.validate([rfc9207.AuthorizationServerMetadata, rpinitiated.OpenIDProviderMetadata])
    return metadata


def redeem(party, request, callback, options):
    """Exchanges the code of a callback; the library checks `state`, and signature and claims of the ID token."""
    issuer = party.server_metadata["issuer"]
    answer = parse_qs(urlsplit(callback).query)
    check("error" not in answer, f"the provider answers {answer.get('error')} {answer.get('error_description')}")
    # RFC 9207 §2.4, which Authlib's client leaves to its user.
    check(answer.get("iss") == [issuer], f"the callback names the issuer {answer.get('iss')}")
    tokens = party.fetch_access_token(
        redirect_uri=options.redirect_uri,
        authorization_response=callback,
        state=request["state"],
        code_verifier=request["code_verifier"],
    )
    return tokens, open_id_token(party, tokens, request["nonce"])


def open_id_token(party, tokens, nonce):
    claims = {
        "iss": {"essential": True, "value": party.server_metadata["issuer"]},
        "aud": {"essential": True, "value": party.client_id},
    }
    return party.parse_id_token(tokens, nonce, claims_options=claims)


def introspect(session, metadata, access_token):
    answer = session.introspect_token(metadata["introspection_endpoint"], access_token, "access_token")
    answer.raise_for_status()
    return answer.json()


def run(options, client_secret, password):
    party = RelyingParty(
        FrameworkIntegration("foreign"),
        client_id=options.client_id,
        client_secret=client_secret,
        server_metadata_url=get_well_known_url(options.issuer, external=True),
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", **SESSION},
    )
    metadata = discover(party, options.issuer)
    # `client_secret_basic` is what Authlib uses unless it is told otherwise.
    session = OAuth2Session(options.client_id, client_secret, **SESSION)
    token_endpoint = metadata["token_endpoint"]
    ok("discovery")

    browser = Browser(options.issuer)
    request = party.create_authorization_url(options.redirect_uri)
    callback = sign_in(browser, request["url"], options.username, password)
    address = callback.split("?")[0]
    check(address == options.redirect_uri, f"the browser was sent to {address}")
    ok("login form, and back to the redirect URI")

    first, claims = redeem(party, request, callback, options)
    ok("code for tokens, with a valid ID token")

    userinfo = party.userinfo(token=first)
    check(userinfo["sub"] == claims["sub"], f"userinfo is about {userinfo['sub']}")
    check(userinfo["preferred_username"] == options.username, f"userinfo is about {userinfo['preferred_username']}")
    ok("userinfo of the same subject")

    tokens = session.refresh_token(token_endpoint, first["refresh_token"])
    check(tokens["access_token"] != first["access_token"], "the access token is not a new one")
    check(tokens["refresh_token"] != first["refresh_token"], "the refresh token was not rotated")
    refreshed = open_id_token(party, tokens, nonce=None)
    check(refreshed["sub"] == claims["sub"], f"the refreshed ID token is about {refreshed['sub']}")
    ok("refresh, with rotation")

    active = introspect(session, metadata, tokens["access_token"])
    check(active["active"] is True, "introspection says that a fresh access token is not active")
    check(active["sub"] == claims["sub"], f"introspection is about {active['sub']}")
    check(active["client_id"] == options.client_id, f"introspection tells the client {active['client_id']}")
    ok("introspection, active")

    session.revoke_token(metadata["revocation_endpoint"], tokens["access_token"], "access_token").raise_for_status()
    ok("revocation")
    revoked = introspect(session, metadata, tokens["access_token"])
    check(revoked["active"] is False, "introspection says that a revoked access token is active")
    ok("introspection, no longer active")

    # The control of the last step: while the session is there, nobody is asked.
    silent = party.create_authorization_url(options.redirect_uri, prompt="none")
    second, _ = redeem(party, silent, redirect_of(browser.get(silent["url"])), options)
    ok("prompt=none with a session")

    # On the second sign-in, because reuse ends the whole family.
    replaced = session.refresh_token(token_endpoint, second["refresh_token"])
    with refused("invalid_grant"):
        session.refresh_token(token_endpoint, second["refresh_token"])
    with refused("invalid_grant"):
        session.refresh_token(token_endpoint, replaced["refresh_token"])
    ok("reuse of a refresh token refused, and its family ended")

    # It brings a `state` of its own.
    end_session = party.create_logout_url(options.post_logout_redirect_uri, tokens["id_token"])
    signed_out = redirect_of(browser.get(end_session["url"]))
    expected = f"{options.post_logout_redirect_uri}?{urlencode({'state': end_session['state']})}"
    check(signed_out == expected, f"after sign-out the browser was sent to {signed_out}")
    ok("sign-out, and back to the post-logout redirect URI")

    last = party.create_authorization_url(options.redirect_uri, prompt="none")
    answer = parse_qs(urlsplit(redirect_of(browser.get(last["url"]))).query)
    check(answer.get("error") == ["login_required"], f"expected login_required, got {answer.get('error', 'success')}")
    check(answer.get("state") == [last["state"]], "the error does not bring the state back")
    check(answer.get("iss") == [options.issuer], f"the error names the issuer {answer.get('iss')}")
    ok("prompt=none without a session, login_required")


def main():
    parser = argparse.ArgumentParser(description="Reads CLIENT_SECRET and PASSWORD from the environment.")
    for name in ["issuer", "client-id", "redirect-uri", "post-logout-redirect-uri", "username"]:
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    missing = [name for name in ["CLIENT_SECRET", "PASSWORD"] if not os.environ.get(name)]
    if missing:
        parser.error(f"missing in the environment: {', '.join(missing)}")
    try:
        run(options, os.environ["CLIENT_SECRET"], os.environ["PASSWORD"])
    except Exception as error:
        sys.exit(f"error: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
