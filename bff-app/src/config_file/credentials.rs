//! With what the BFF proves who it is, and the technical user that it can call APIs as.

use std::path::PathBuf;

use hosting::config_file::{BadConfig, ConfigText, Spanned};
use hosting::{Identity, Secret};
use serde::Deserialize;

/// The user of APIs that know no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TechnicalUser {
    name: Spanned<String>,
    password: Option<Spanned<Secret>>,
    password_file: Option<Spanned<PathBuf>>,
}

impl TechnicalUser {
    pub(super) fn understood(self, written: ConfigText<'_>) -> Result<(String, Secret), BadConfig> {
        let password = written.secret("password", self.password, self.password_file.as_ref())?;
        let missing = || written.wrong(&self.name, "technical_user lacks \"password\" or \"password_file\"; add one");
        let password = password.ok_or_else(missing)?;
        Ok((self.name.into_inner(), password))
    }
}

/// Reads the certificate and the key that belongs to it, where both are named.
pub(super) fn certificate(
    written: ConfigText<'_>,
    certificate: Option<&Spanned<PathBuf>>,
    key: Option<&Spanned<PathBuf>>,
) -> Result<Option<Identity>, BadConfig> {
    let alone = |path: &Spanned<PathBuf>, key: &str, other: &str| {
        written.wrong(path, format!("{key} needs {other} beside it; add it"))
    };
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(path), None) => Err(alone(path, "certificate_file", "certificate_key_file")),
        (None, Some(path)) => Err(alone(path, "certificate_key_file", "certificate_file")),
        (Some(certificate), Some(key)) => {
            let pem = written.text("certificate_file", certificate)?;
            let private = Secret::new(written.text("certificate_key_file", key)?);
            let identity = Identity::from_pem(&pem, private.expose());
            identity.map(Some).map_err(|bad| written.wrong(certificate, format!("certificate_file: {bad}")))
        }
    }
}
