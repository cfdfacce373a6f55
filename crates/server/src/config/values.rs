//! The types of settings: how each is read and shown.

use std::{
    ffi::OsStr,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use ipnet::IpNet;
use raisfast_contract::{InvalidPluginId, PluginId, Printable, is_printable};
use serde::{Deserialize, de::Error as _};
use toml::de::{Error, ValueDeserializer};

use super::{
    LimitCeilings, LogFormat, PoolSize, Secret,
    setting::{Setting, Value},
};

impl Value for SocketAddr {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            "write an IP address and a port, such as `127.0.0.1:8787` or `0.0.0.0:80`".to_owned()
        })
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        let text = String::deserialize(value)?;
        text.parse().map_err(|_| {
            Error::custom(format_args!(
                "`{text}` is not a valid socket address; write it like 127.0.0.1:8787"
            ))
        })
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Value for PathBuf {
    fn from_text(text: &str) -> Result<Self, String> {
        Self::from_os_text(text.as_ref())
    }

    fn from_os_text(text: &OsStr) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty; leave it out for the default".to_owned());
        }
        Ok(text.into())
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Self::deserialize(value)
    }

    fn below(self, folder: &Path) -> Self {
        folder.join(self)
    }

    fn shown(&self) -> String {
        self.display().to_string()
    }
}

impl Value for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
            _ => Err("write true or false".to_owned()),
        }
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Self::deserialize(value)
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Value for LogFormat {
    fn from_text(text: &str) -> Result<Self, String> {
        [Self::Text, Self::Json]
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| "write text or json".to_owned())
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Self::deserialize(value)
    }

    fn shown(&self) -> String {
        self.as_str().to_owned()
    }
}

macro_rules! numbers {
    ($($type:ty: $expected:literal;)*) => {$(
        impl Value for $type {
            fn from_text(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| $expected.to_owned())
            }

            fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
                Self::deserialize(value)
            }

            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers! {
    u32: "write a whole number";
    NonZeroU32: "write a whole number from 1 on";
    NonZeroU64: "write a whole number from 1 on";
    NonZeroUsize: "write a whole number from 1 on";
}

/// A number of which 0 means that there is none.
impl Value for Option<NonZeroU32> {
    fn from_text(text: &str) -> Result<Self, String> {
        u32::from_text(text).map(NonZeroU32::new)
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        u32::deserialize(value).map(NonZeroU32::new)
    }

    fn shown(&self) -> String {
        self.map_or_else(String::new, |number| number.to_string())
    }
}

/// A name of one line. Where a variable holds it, empty is the same as none.
impl Value for Option<String> {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        let text = String::deserialize(value)?;
        Self::from_text(&text).map_err(Error::custom)
    }

    fn check(&self, _: &Setting) -> Result<(), String> {
        let Some(name) = self else {
            return Ok(());
        };
        let length = name.chars().count();
        if length > MOST_OF_A_NAME || name.chars().any(|c| !is_printable(c) || c.is_whitespace()) {
            return Err(format!(
                "write 1 to {MOST_OF_A_NAME} letters, digits and signs without a space, such as \
                 `web-1`; `{}` has {length} characters",
                Printable::new(name)
            ));
        }
        Ok(())
    }

    fn shown(&self) -> String {
        self.clone().unwrap_or_default()
    }
}

/// The characters of the longest name.
const MOST_OF_A_NAME: usize = 63;

/// Milliseconds.
impl Value for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        let ms = text
            .parse()
            .map_err(|_| "write a whole number of milliseconds from 1 on".to_owned())?;
        Ok(Self::from_millis(NonZeroU64::get(ms)))
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        NonZeroU64::deserialize(value).map(|ms| Self::from_millis(ms.get()))
    }

    fn check(&self, setting: &Setting) -> Result<(), String> {
        match setting.longest {
            Some(longest) if *self > longest => Err(format!(
                "it lasts 1 to {} milliseconds ({} days), not {}",
                longest.as_millis(),
                longest.as_secs() / (24 * 60 * 60),
                self.as_millis()
            )),
            _ => Ok(()),
        }
    }

    fn shown(&self) -> String {
        self.as_millis().to_string()
    }
}

impl Value for PoolSize {
    fn from_text(text: &str) -> Result<Self, String> {
        let number: i64 = text
            .parse()
            .map_err(|_| format!("write a number from 1 to {}", Self::MOST))?;
        Self::try_from(number).map_err(|error| error.to_string())
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Self::deserialize(value)
    }

    fn shown(&self) -> String {
        self.get().to_string()
    }
}

impl Value for Vec<IpNet> {
    fn from_text(text: &str) -> Result<Self, String> {
        let networks = text.split(',').map(str::trim);
        let networks = networks.filter(|network| !network.is_empty());
        networks.map(network).collect()
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        let networks = Vec::<String>::deserialize(value)?;
        let networks = networks.iter().map(|text| network(text));
        networks.collect::<Result<_, _>>().map_err(Error::custom)
    }

    fn shown(&self) -> String {
        let networks: Vec<_> = self.iter().map(ToString::to_string).collect();
        networks.join(" ")
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a valid network; write it like 10.0.0.0/8"))
}

impl Value for Vec<PluginId> {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty; leave it out for the default".to_owned());
        }
        let plugins = text.split(',').map(|plugin| plugin.trim().parse());
        let plugins: Result<_, InvalidPluginId> = plugins.collect();
        plugins.map_err(|error| error.to_string())
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        let plugins = Vec::<String>::deserialize(value)?;
        let plugins = plugins.iter().map(|plugin| plugin.parse());
        let plugins: Result<_, InvalidPluginId> = plugins.collect();
        plugins.map_err(Error::custom)
    }

    fn shown(&self) -> String {
        let plugins: Vec<_> = self.iter().map(ToString::to_string).collect();
        plugins.join(" ")
    }
}

/// A URL that may hold a password.
impl Value for Secret {
    const HIDDEN: bool = true;

    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty; leave it out for the default".to_owned());
        }
        Ok(Self::new(text))
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Self::deserialize(value)
    }

    fn has_secret(&self) -> bool {
        let shown = self.as_url_without_secrets();
        shown.contains("***") && shown != self.expose()
    }

    fn shown(&self) -> String {
        self.as_url_without_secrets()
    }
}

/// A password. Where a variable holds it, empty is the same as none.
impl Value for Option<Secret> {
    const HIDDEN: bool = true;

    fn from_text(text: &str) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| Secret::new(text)))
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Secret::deserialize(value).map(Some)
    }

    fn over(self, weaker: Self) -> Self {
        self.or(weaker)
    }

    fn has_secret(&self) -> bool {
        self.is_some()
    }

    fn shown(&self) -> String {
        self.as_ref().map_or("", |_| "***").to_owned()
    }
}

/// Ceilings of several limits: a source takes the place of a weaker one limit by limit.
impl Value for LimitCeilings {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: super::InvalidLimits| error.to_string())
    }

    fn from_file(value: ValueDeserializer<'_>) -> Result<Self, Error> {
        Self::deserialize(value)
    }

    fn over(self, weaker: Self) -> Self {
        LimitCeilings::over(self, weaker)
    }

    fn shown(&self) -> String {
        let limits: Vec<_> = self
            .iter()
            .map(|(key, most)| format!("{key}={most}"))
            .collect();
        limits.join(",")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LimitCeilings, Setting, Value};
    use crate::config::setting::key;

    #[test]
    fn a_time_has_a_length_that_makes_sense() {
        const PAUSE: Setting = key("plugins.breaker.pause_ms").longest(Duration::from_hours(720));
        for bad in ["0", "-1", "1s", ""] {
            assert!(Duration::from_text(bad).is_err(), "{bad}");
        }
        let longest = Duration::from_text("2592000000").unwrap();
        assert_eq!(longest.check(&PAUSE), Ok(()));
        let longer = longest + Duration::from_millis(1);
        let refused = longer.check(&PAUSE).unwrap_err();
        assert_eq!(
            refused,
            "it lasts 1 to 2592000000 milliseconds (30 days), not 2592000001"
        );
    }

    #[test]
    fn limits_are_those_that_there_are() {
        for bad in ["rows=1", "db_rows", "db_rows=many", "db_rows=-1"] {
            assert!(LimitCeilings::from_text(bad).is_err(), "{bad}");
        }
        assert_eq!(LimitCeilings::from_text(""), Ok(LimitCeilings::default()));
    }
}
