//! The functions that are the same in `Host` and in the module `sdk`.

use raisfast_plugin::{clock, database::placeholder, deliveries, host_api, identifiers, refusals};

use super::{Answer, Arguments};
use crate::{
    json,
    packed::{Packer, Value},
};

pub(super) fn nothing(packer: &mut Packer) -> Answer {
    packer.none();
    Ok(())
}

pub(super) fn boolean(packer: &mut Packer, value: bool) -> Answer {
    packer.boolean(value);
    Ok(())
}

pub(super) fn text(packer: &mut Packer, text: &str) -> Answer {
    packer.string(text.as_bytes());
    Ok(())
}

/// Packs a text, or `nil`.
pub(super) fn optional(packer: &mut Packer, value: Option<String>) -> Answer {
    match value {
        Some(value) => text(packer, &value),
        None => nothing(packer),
    }
}

pub(super) fn get_config(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::get_config(&arguments.text()?))
}

pub(super) fn http_get(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::http_get(&arguments.text()?))
}

pub(super) fn http_post(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (url, body) = (arguments.text()?, arguments.optional_json()?);
    optional(packer, host_api::http_post(&url, &body.unwrap_or_default()))
}

pub(super) fn get_data(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::get_data(&arguments.text()?))
}

pub(super) fn set_data(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (key, value) = (arguments.text()?, arguments.text_or_json()?);
    boolean(packer, host_api::set_data(&key, &value))
}

pub(super) fn db_placeholder(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let number = arguments.integer()?;
    let number = u32::try_from(number)
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("there is no parameter {number}; they are counted from 1"))?;
    text(packer, &placeholder(number))
}

pub(super) fn vfs_read(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    optional(packer, host_api::vfs_read(&arguments.text()?))
}

pub(super) fn vfs_write(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (path, content) = (arguments.text()?, arguments.text_or_json()?);
    boolean(packer, host_api::vfs_write(&path, &content))
}

pub(super) fn vfs_delete(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    boolean(packer, host_api::vfs_delete(&arguments.text()?))
}

pub(super) fn vfs_exists(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    boolean(packer, host_api::vfs_exists(&arguments.text()?))
}

pub(super) fn new_id(_: &mut Arguments, packer: &mut Packer) -> Answer {
    text(packer, &identifiers::new_id())
}

pub(super) fn now(_: &mut Arguments, packer: &mut Packer) -> Answer {
    text(packer, &clock::now())
}

pub(super) fn unix_milliseconds(_: &mut Arguments, packer: &mut Packer) -> Answer {
    packer.integer(i64::try_from(clock::unix_milliseconds()).unwrap_or(i64::MAX));
    Ok(())
}

/// Refuses the request in the plugin's own words, at a field.
pub(super) fn refuse(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let (pointer, message) = (arguments.optional_json()?, arguments.text()?);
    refusals::refuse(pointer.as_deref(), &message);
    nothing(packer)
}

/// Returns the delivery that this call is.
pub(super) fn delivery(_: &mut Arguments, packer: &mut Packer) -> Answer {
    let Some(delivery) = deliveries::current() else {
        return nothing(packer);
    };
    packer.object(3);
    packer.name("id");
    packer.string(delivery.id.as_bytes());
    packer.name("attempt");
    packer.integer(delivery.attempt.into());
    packer.name("created_at");
    packer.string(delivery.created_at.as_bytes());
    Ok(())
}

pub(super) fn json_encode(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    text(packer, &json::text(&arguments.next())?)
}

pub(super) fn json_decode(arguments: &mut Arguments, packer: &mut Packer) -> Answer {
    let read = json::pack(&arguments.text()?, packer);
    read.map_err(|error| format!("the text is not JSON: {error}"))
}

/// Returns a table's arguments for a function of the database without SQL: the table's name, then
/// a column's name, tables, or JSON text for them.
pub(super) fn typed(arguments: &mut Arguments) -> Result<Vec<Value>, String> {
    let mut values = vec![Value::String(arguments.text()?.into_bytes())];
    while !arguments.is_empty() {
        values.push(arguments.word_or_table()?);
    }
    Ok(values)
}
