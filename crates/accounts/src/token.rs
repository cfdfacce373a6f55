//! Bearer tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::TryRngCore;
use sha2::{Digest, Sha256};

/// A bearer token: text that only its owner knows. It has no `Debug`, so that no log shows it.
pub(crate) struct Token(String);

impl Token {
    /// Makes a token of 256 bits from the operating system's generator.
    pub(crate) fn generate() -> Self {
        let mut bytes = [0; 32];
        rand::rngs::OsRng
            .try_fill_bytes(&mut bytes)
            .expect("the operating system has a random generator");
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the hash that the database keeps. A token is random enough that a plain hash cannot
    /// be turned back.
    pub(crate) fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn tokens_differ_and_hash_as_sha256() {
        assert_ne!(Token::generate().into_text(), Token::generate().into_text());
        assert_eq!(Token::generate().into_text().len(), 43);
        assert_eq!(
            Token::from("abc").hash(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
