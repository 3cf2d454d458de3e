//! One ES256 verification, without any JWT around it: what no sign-in with an ID token can be cheaper than.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};

/// About as long as header and payload of an ID token, encoded.
const MESSAGE: &[u8] = &[b'x'; 600];

/// Returns what verifies once.
pub(crate) fn verifier() -> Result<impl Fn() + Clone + Send + Sync + 'static> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).context("make a key")?;
    let signature = pair.sign(&SystemRandom::new(), MESSAGE).context("sign")?;
    let signature = signature.as_ref().to_vec();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec());
    Ok(move || key.verify(black_box(MESSAGE), black_box(&signature)).expect("the signature is the key's"))
}
