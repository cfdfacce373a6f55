//! Short texts, sealed: who has the key reads them, and anybody else neither reads nor changes
//! them.
//!
//! [`Keys`] are one key that seals, and any number of former ones that only open. Beside a sealed
//! text stands the [`KeyId`] of its key, so that keys can be changed while texts of the former one
//! are still there. A text is bound to its place, such as a row of a table: sealed for one place it
//! does not open at another.
//!
//! The cipher is ChaCha20-Poly1305 (RFC 8439) of the crate `ring`, with a random nonce of 96 bits
//! for each text. Chance repeats such a nonce after some 2³² texts of one key; settings are fewer.
//!
//! ```
//! use raisfast_seal::Keys;
//!
//! let keys: Keys = Keys::make().parse()?;
//! let sealed = keys.seal(&["com.example.shop", "api_key"], "hunter2");
//! assert!(!sealed.text.contains("hunter2"));
//! assert_eq!(keys.open(&["com.example.shop", "api_key"], &sealed)?, "hunter2");
//! assert!(keys.open(&["com.example.other", "api_key"], &sealed).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest,
    rand::{SecureRandom as _, SystemRandom},
};

/// The bytes of a key.
const KEY_BYTES: usize = 32;
/// The most keys.
const MOST_KEYS: usize = 16;

/// The name of a key, which says nothing about it: 16 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    fn of(key: &[u8]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"raisfast: id of a key\0");
        context.update(key);
        Self(hex::encode(&context.finish().as_ref()[..8]))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sealed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The id of its key.
    pub key: String,
    /// Nonce, ciphertext and tag, in base64.
    pub text: String,
}

/// A reason why texts are not keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// There is none.
    #[error("there is no key: write 64 hexadecimal digits, such as `openssl rand -hex 32` prints")]
    None,
    /// One is not a key.
    #[error(
        "key {0} is not 64 hexadecimal digits, such as `openssl rand -hex 32` prints; several keys have commas or line \
         breaks between them, and the first one seals"
    )]
    Form(usize),
    /// One stands there twice.
    #[error("key {0} stands there twice")]
    Twice(usize),
    /// There are too many.
    #[error("there are {0} keys, and at most {MOST_KEYS} are taken: leave out the oldest")]
    TooMany(usize),
}

/// A reason why a sealed text does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The key of the text is not there.
    #[error("it is sealed with the key {0}, which is not here")]
    NoKey(String),
    /// It is not what was sealed, or was sealed for another place.
    #[error("it is not what was sealed here with the key {0}: somebody has changed or moved it")]
    Changed(String),
}

struct Key {
    id: KeyId,
    cipher: LessSafeKey,
}

/// The keys of a site. The first one seals; all of them open.
pub struct Keys {
    current: Key,
    former: Vec<Key>,
}

impl Keys {
    /// Makes a key, as text.
    ///
    /// # Panics
    ///
    /// Panics if the system has no random numbers.
    pub fn make() -> String {
        let mut key = [0; KEY_BYTES];
        random(&mut key);
        hex::encode(key)
    }

    /// Returns the id of the key that seals.
    pub fn current(&self) -> &KeyId {
        &self.current.id
    }

    /// Seals a text for a place.
    ///
    /// # Panics
    ///
    /// Panics if the system has no random numbers.
    pub fn seal(&self, place: &[&str], text: &str) -> Sealed {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        let mut bytes = text.as_bytes().to_vec();
        let sealed = self.current.cipher.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated(place)),
            &mut bytes,
        );
        sealed.expect("a text in memory is shorter than the cipher's limit of 256 GiB");
        Sealed {
            key: self.current.id.0.clone(),
            text: STANDARD.encode([&nonce[..], &bytes].concat()),
        }
    }

    /// Opens a text that was sealed for this place.
    ///
    /// # Errors
    ///
    /// If its key is not here, or it is not what was sealed.
    pub fn open(&self, place: &[&str], sealed: &Sealed) -> Result<String, OpenError> {
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let key = keys.find(|key| key.id.0 == sealed.key);
        let key = key.ok_or_else(|| OpenError::NoKey(sealed.key.clone()))?;
        let changed = || OpenError::Changed(sealed.key.clone());
        let mut bytes = STANDARD.decode(&sealed.text).map_err(|_| changed())?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(changed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| changed())?;
        let opened = key
            .cipher
            .open_in_place(nonce, Aad::from(associated(place)), text)
            .map_err(|_| changed())?;
        String::from_utf8(opened.to_vec()).map_err(|_| changed())
    }
}

/// Reads keys with commas or white space between them.
impl FromStr for Keys {
    type Err = InvalidKeys;

    fn from_str(text: &str) -> Result<Self, InvalidKeys> {
        let texts = text.split(|c: char| c == ',' || c.is_whitespace());
        let mut keys: Vec<Key> = Vec::new();
        for (number, text) in (1..).zip(texts.filter(|text| !text.is_empty())) {
            let mut bytes = [0; KEY_BYTES];
            hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidKeys::Form(number))?;
            let id = KeyId::of(&bytes);
            if keys.iter().any(|key| key.id == id) {
                return Err(InvalidKeys::Twice(number));
            }
            let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
            keys.push(Key {
                id,
                cipher: LessSafeKey::new(key.map_err(|_| InvalidKeys::Form(number))?),
            });
        }
        if keys.len() > MOST_KEYS {
            return Err(InvalidKeys::TooMany(keys.len()));
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(InvalidKeys::None)?;
        Ok(Self {
            current,
            former: keys.collect(),
        })
    }
}

/// Shows the ids alone.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let former: Vec<_> = self.former.iter().map(|key| key.id.as_str()).collect();
        f.debug_struct("Keys")
            .field("current", &self.current.id.as_str())
            .field("former", &former)
            .finish()
    }
}

/// Returns the parts of a place with their lengths: no two places have the same bytes.
fn associated(place: &[&str]) -> Vec<u8> {
    let parts = place.iter().flat_map(|part| {
        let length = (part.len() as u64).to_be_bytes();
        length.into_iter().chain(part.bytes())
    });
    parts.collect()
}

fn random(bytes: &mut [u8]) {
    SystemRandom::new()
        .fill(bytes)
        .expect("the system has random numbers");
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: [&str; 2] = ["com.example.shop", "api_key"];

    fn keys(text: &str) -> Keys {
        text.parse().expect("keys")
    }

    #[test]
    fn a_text_opens_at_its_place_and_at_no_other() {
        let keys = keys(&Keys::make());
        for text in ["", "hunter2", "ü\n\0", &"x".repeat(16 << 10)] {
            let sealed = keys.seal(&PLACE, text);
            assert_eq!(keys.open(&PLACE, &sealed).as_deref(), Ok(text));
            for other in [
                &["com.example.shop", "api_kez"][..],
                &["com.example.shopapi_key"],
                &["com.example.shopa", "pi_key"],
                &["com.example.shop", "api_key", ""],
                &[],
            ] {
                let refused = keys.open(other, &sealed);
                assert_eq!(refused, Err(OpenError::Changed(sealed.key.clone())));
            }
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let keys = keys(&Keys::make());
        assert_ne!(keys.seal(&PLACE, "a"), keys.seal(&PLACE, "a"));
    }

    #[test]
    fn no_changed_byte_opens() {
        let keys = keys(&Keys::make());
        let sealed = keys.seal(&PLACE, "hunter2");
        let bytes = STANDARD.decode(&sealed.text).unwrap();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let text = STANDARD.encode(&bytes);
            let changed = Sealed {
                text,
                ..sealed.clone()
            };
            assert!(keys.open(&PLACE, &changed).is_err(), "{at}");
        }
        for text in ["", "AAAA", "not base64!", &sealed.text[..20]] {
            let changed = Sealed {
                text: text.to_owned(),
                ..sealed.clone()
            };
            assert!(keys.open(&PLACE, &changed).is_err(), "{text}");
        }
    }

    #[test]
    fn a_former_key_opens_and_the_first_one_seals() {
        let (old, new) = (Keys::make(), Keys::make());
        let sealed = keys(&old).seal(&PLACE, "hunter2");
        let both = keys(&format!("{new}, {old}\n"));
        assert_eq!(both.open(&PLACE, &sealed).as_deref(), Ok("hunter2"));
        let again = both.seal(&PLACE, "hunter2");
        assert_eq!(again.key, keys(&new).current().as_str());
        assert_eq!(
            keys(&new).open(&PLACE, &sealed),
            Err(OpenError::NoKey(sealed.key))
        );
    }

    #[test]
    fn what_is_not_a_key_is_refused_and_never_repeated() {
        let key = Keys::make();
        let short = &key[1..];
        for (text, expected) in [
            ("", InvalidKeys::None),
            (" ,\n", InvalidKeys::None),
            ("hunter2", InvalidKeys::Form(1)),
            (short, InvalidKeys::Form(1)),
            (&format!("{key},{short}"), InvalidKeys::Form(2)),
            (&format!("{key} {key}"), InvalidKeys::Twice(2)),
        ] {
            assert_eq!(text.parse::<Keys>().unwrap_err(), expected);
        }
        let many: Vec<_> = (0..17).map(|_| Keys::make()).collect();
        assert_eq!(
            many.join(",").parse::<Keys>().unwrap_err(),
            InvalidKeys::TooMany(17)
        );
        assert!(!InvalidKeys::Form(1).to_string().contains("hunter2"));
        assert!(!format!("{:?}", keys(&key)).contains(&key));
    }
}
