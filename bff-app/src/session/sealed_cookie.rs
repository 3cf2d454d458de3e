//! The weak variant: the whole session sealed in the cookie (AES-256-GCM), so that no server can end it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Session;

pub(super) struct SealedCookie {
    key: LessSafeKey,
}

impl SealedCookie {
    pub(super) fn new() -> Self {
        let mut bytes = [0_u8; 32];
        rand::fill(&mut bytes).expect("the system's generator of randomness answers");
        let key = UnboundKey::new(&AES_256_GCM, &bytes).expect("the key has the length that AES-256-GCM asks for");
        Self { key: LessSafeKey::new(key) }
    }

    pub(super) fn seal(&self, session: &Session) -> String {
        let mut nonce = [0_u8; NONCE_LEN];
        rand::fill(&mut nonce).expect("the system's generator of randomness answers");
        let mut sealed = serde_json::to_vec(session).expect("a session is plain data");
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .expect("a session is far shorter than the longest message");
        let mut value = nonce.to_vec();
        value.append(&mut sealed);
        URL_SAFE_NO_PAD.encode(value)
    }

    pub(super) fn open(&self, value: &str) -> Option<Session> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tokens;
    use super::*;

    fn session() -> Session {
        let tokens =
            Tokens { access_token: "a".into(), access_expires_s: 1, refresh_token: None, id_token: "i".into() };
        Session { sub: "s".into(), username: "u".into(), name: "n".into(), sid: None, tokens, began_s: 1, used_s: 2 }
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let (sealer, other) = (SealedCookie::new(), SealedCookie::new());
        let value = sealer.seal(&session());
        assert_eq!(sealer.open(&value), Some(session()));
        assert_eq!(other.open(&value), None);
        for forged in ["", "x", "AAAA", &value[..value.len() - 2]] {
            assert_eq!(sealer.open(forged), None, "{forged}");
        }
    }
}
