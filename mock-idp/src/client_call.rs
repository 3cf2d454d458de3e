//! What a client sends to an endpoint at which it proves who it is: a form, and credentials in it or beside it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use hosting::ClientCertificate;
use http::HeaderMap;

use crate::client_auth::{self, Presented};
use crate::clients::Client;
use crate::cors;
use crate::issuer::Issuer;
use crate::oauth_error::OAuthError;
use crate::parameters::{Parameters, read_form};

/// A call; one whose form cannot be read is refused where it is opened, so that scripts can read why.
pub(crate) struct ClientCall {
    pub(crate) headers: HeaderMap,
    certificate: Option<ClientCertificate>,
    form: Result<Parameters, OAuthError>,
}

impl<S: Send + Sync> FromRequest<S> for ClientCall {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Infallible> {
        let (mut parts, body) = request.into_parts();
        let form = read_form(&parts.headers, body).await.and_then(|form| form.refuse_malformed().map(|()| form));
        Ok(Self { certificate: parts.extensions.remove::<ClientCertificate>(), headers: parts.headers, form })
    }
}

impl ClientCall {
    /// Returns what is shown at the endpoint of this path.
    ///
    /// # Errors
    ///
    /// When the form cannot be read, or has a parameter twice.
    pub(crate) fn open(&self, path: &'static str) -> Result<Presented<'_>, OAuthError> {
        let parameters = self.form.as_ref().map_err(OAuthError::clone)?;
        Ok(Presented { headers: &self.headers, parameters, certificate: self.certificate.as_ref(), path })
    }

    /// Returns what is shown at the endpoint of this path, and the client that it proves to come from.
    ///
    /// # Errors
    ///
    /// When the form cannot be read, or proves nothing.
    pub(crate) fn authenticate(
        &self,
        issuer: &Issuer,
        path: &'static str,
    ) -> Result<(Presented<'_>, Arc<Client>), OAuthError> {
        let presented = self.open(path)?;
        let client = client_auth::authenticate(issuer, &presented)?;
        Ok((presented, client))
    }

    /// Lets scripts of the client, where it is known, read the answer to this call.
    pub(crate) fn answer(&self, issuer: &Issuer, client: Option<&Client>, answer: impl IntoResponse) -> Response {
        cors::readable(issuer, &self.headers, client, answer)
    }
}
