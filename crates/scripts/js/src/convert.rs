//! Values of JavaScript, from and to those of the interface.
//!
//! Nothing here calls what a script may have replaced on a prototype: properties are defined, not
//! set, and read from the object itself.

use raisfast_script_interface::{Value, json::MAX_DEPTH};
use rquickjs::{
    Array, BigInt, Coerced, Ctx, Exception, Function, Object, Result, String as Text, TypedArray,
    Value as Js, object::Property,
};

use crate::foreign;

/// The numbers up to this one are whole without a gap: 2⁵³ - 1.
const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Returns a value for a script. An integer that a number would change is a `BigInt`.
pub(crate) fn to_js<'js>(ctx: &Ctx<'js>, value: Value) -> Result<Js<'js>> {
    Ok(match value {
        Value::Null => Js::new_null(ctx.clone()),
        Value::Boolean(truth) => Js::new_bool(ctx.clone(), truth),
        Value::Integer(number) => integer(ctx, number)?,
        Value::Float(number) => Js::new_float(ctx.clone(), number),
        Value::Decimal(digits) if is_whole(&digits) => ctx.eval(format!("{digits}n"))?,
        Value::Decimal(text) | Value::Text(text) => {
            Text::from_str(ctx.clone(), &text)?.into_value()
        }
        Value::Bytes(bytes) => TypedArray::<u8>::new(ctx.clone(), bytes)?.into_value(),
        Value::List(items) => {
            let list = Array::new(ctx.clone())?;
            for (index, item) in (0_u32..).zip(items) {
                define(list.as_object(), index, to_js(ctx, item)?)?;
            }
            list.into_value()
        }
        Value::Object(fields) => {
            let object = Object::new(ctx.clone())?;
            for (name, value) in fields {
                define(&object, name, to_js(ctx, value)?)?;
            }
            object.into_value()
        }
    })
}

fn define<'js, K: rquickjs::IntoAtom<'js>>(
    object: &Object<'js>,
    key: K,
    value: Js<'js>,
) -> Result<()> {
    let property = Property::from(value);
    object.prop(key, property.configurable().enumerable().writable())
}

fn integer<'js>(ctx: &Ctx<'js>, number: i64) -> Result<Js<'js>> {
    if let Ok(small) = i32::try_from(number) {
        return Ok(Js::new_int(ctx.clone(), small));
    }
    if number.abs_diff(0) > MAX_SAFE_INTEGER.abs_diff(0) {
        return Ok(BigInt::from_i64(ctx.clone(), number)?.into_value());
    }
    #[allow(clippy::cast_precision_loss, reason = "it is exact up to here")]
    let exact = number as f64;
    Ok(Js::new_float(ctx.clone(), exact))
}

fn is_whole(digits: &str) -> bool {
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let is_written = digits == "0" || !digits.starts_with('0');
    !digits.is_empty() && is_written && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Returns a script's value. As in `JSON.stringify`, functions and `undefined` are left out of
/// objects, and an object with `toJSON`, such as a date, is what that returns.
pub(crate) fn from_js(value: &Js<'_>) -> Result<Value> {
    read(value, 0)
}

fn read(value: &Js<'_>, depth: usize) -> Result<Value> {
    if let Some(text) = value.as_string() {
        return text_of(text).map(Value::Text);
    }
    if let Some(truth) = value.as_bool() {
        return Ok(Value::Boolean(truth));
    }
    if let Some(number) = value.as_int() {
        return Ok(Value::Integer(number.into()));
    }
    if let Some(number) = value.as_float() {
        return Ok(number_of(number));
    }
    if value.is_big_int() {
        let digits: Coerced<String> = value.get()?;
        return Ok(digits
            .0
            .parse()
            .map_or_else(|_| Value::Decimal(digits.0.clone()), Value::Integer));
    }
    match value.as_object() {
        Some(object) if !value.is_function() => read_object(object, depth),
        _ => Ok(Value::Null),
    }
}

fn read_object(object: &Object<'_>, depth: usize) -> Result<Value> {
    if depth == MAX_DEPTH {
        return Err(Exception::throw_type(
            object.ctx(),
            &format!(
                "the value has more than {MAX_DEPTH} lists and objects within each other, or contains itself"
            ),
        ));
    }
    if let Some(bytes) = foreign::bytes(object) {
        return Ok(Value::Bytes(bytes));
    }
    if let Some(items) = object.as_array() {
        let mut list = Vec::new();
        for index in 0..items.len() {
            list.push(read(&items.get(index)?, depth + 1)?);
        }
        return Ok(Value::List(list));
    }
    let own_form: Js<'_> = object.get("toJSON")?;
    if let Some(function) = own_form.as_function() {
        let plain: Js<'_> = function.call((rquickjs::function::This(object.clone()),))?;
        return read(&plain, depth + 1);
    }
    let mut fields = Vec::new();
    for field in object.props::<Text<'_>, Js<'_>>() {
        let (name, value) = field?;
        if value.is_undefined() || value.is_function() || value.is_symbol() {
            continue;
        }
        fields.push((text_of(&name)?, read(&value, depth + 1)?));
    }
    Ok(Value::Object(fields))
}

/// Returns a number as an integer where it is one that 64 bits hold.
fn number_of(number: f64) -> Value {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "it is whole and within 64 bits"
        )]
        return Value::Integer(number as i64);
    }
    Value::Float(number)
}

/// Returns a text. Half of a surrogate pair, which UTF-8 does not have, becomes U+FFFD.
pub(crate) fn text_of(text: &Text<'_>) -> Result<String> {
    if let Ok(text) = text.to_string() {
        return Ok(text);
    }
    let well_formed: Function<'_> = text.ctx().eval("(text) => text.toWellFormed()")?;
    well_formed
        .call::<_, Text<'_>>((text.clone(),))?
        .to_string()
}
