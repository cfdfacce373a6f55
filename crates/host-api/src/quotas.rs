//! The quantity of each capability that one plugin may use.

use raisfast_contract::for_each_limit;

/// Makes, from the table of limits, their type and its keys.
macro_rules! quotas {
    ($($(#[doc = $doc:literal])* $key:ident = $default:expr;)*) => {
        /// The quantities of a manifest's `[limits]`, with the defaults for those it leaves out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Quotas {
            $(
                $(#[doc = $doc])*
                #[doc = concat!("Default `", stringify!($default), "`.")]
                pub $key: u64,
            )*
            /// Bytes that the host collects for one call before it hands them over: rows, or an
            /// answer's body. It has no key in `[limits]`: it is the most that the guest's own
            /// memory may be, where more would find no place. Default 32 MiB.
            pub collected_bytes: u64,
        }

        impl Quotas {
            /// No quantity has an end.
            pub const UNLIMITED: Self = Self {
                $($key: u64::MAX,)*
                collected_bytes: u64::MAX,
            };

            const KEYS: [&'static str; [$(stringify!($key)),*].len()] = [$(stringify!($key)),*];

            /// Returns each quantity with its key in the manifest's `[limits]`.
            pub fn by_key(self) -> [(&'static str, u64); Self::KEYS.len()] {
                [$((stringify!($key), self.$key)),*]
            }

            fn by_key_mut(&mut self) -> [(&'static str, &mut u64); Self::KEYS.len()] {
                [$((stringify!($key), &mut self.$key)),*]
            }
        }

        impl Default for Quotas {
            fn default() -> Self {
                Self {
                    $($key: $default,)*
                    collected_bytes: 32 << 20,
                }
            }
        }
    };
}

for_each_limit!(quotas);

/// A key that `[limits]` does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no limit `{found}`; there are {}", Quotas::KEYS.join(", "))]
pub struct UnknownQuota {
    /// The key.
    pub found: String,
}

impl Quotas {
    /// Sets the quantity of a key of `[limits]`.
    ///
    /// # Errors
    ///
    /// Where there is no such key.
    ///
    /// ```
    /// use raisfast_host_api::Quotas;
    ///
    /// let mut quotas = Quotas::default();
    /// quotas.set("db_rows", 10)?;
    /// assert_eq!(quotas.db_rows, 10);
    /// assert!(quotas.set("rows", 10).is_err());
    /// # Ok::<(), raisfast_host_api::UnknownQuota>(())
    /// ```
    pub fn set(&mut self, key: &str, most: u64) -> Result<(), UnknownQuota> {
        let mut quotas = self.by_key_mut().into_iter();
        let (_, quota) = quotas
            .find(|(known, _)| *known == key)
            .ok_or_else(|| UnknownQuota {
                found: key.to_owned(),
            })?;
        *quota = most;
        Ok(())
    }

    /// Returns the lower of the two, of each quantity.
    #[must_use]
    pub fn at_most(mut self, ceilings: Self) -> Self {
        for ((_, quota), (_, ceiling)) in self.by_key_mut().into_iter().zip(ceilings.by_key()) {
            *quota = ceiling.min(*quota);
        }
        self.collected_bytes = self.collected_bytes.min(ceilings.collected_bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_lowers_and_never_raises() {
        let mut ceilings = Quotas::UNLIMITED;
        ceilings.set("db_rows", 10).unwrap();
        ceilings.set("kv_keys", 1_000_000).unwrap();
        assert_eq!(
            Quotas::default().at_most(ceilings),
            Quotas {
                db_rows: 10,
                ..Quotas::default()
            }
        );
    }

    #[test]
    fn every_key_can_be_set() {
        let mut quotas = Quotas::default();
        for (number, key) in (0..).zip(Quotas::KEYS) {
            quotas.set(key, number).unwrap();
        }
        for (number, (key, most)) in (0..).zip(quotas.by_key()) {
            assert_eq!(most, number, "{key}");
        }
        let error = quotas.set("kv_key", 1).unwrap_err();
        assert!(error.to_string().contains("kv_keys, kv_bytes"), "{error}");
    }
}
