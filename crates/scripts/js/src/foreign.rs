//! The places where the engine asks for `unsafe`.

#![allow(unsafe_code, reason = "each has its argument")]

use rquickjs::{JsLifetime, Object, Persistent};

/// The functions of the module `sdk`, where a context keeps them.
pub(crate) struct Functions(pub(crate) Persistent<Object<'static>>);

// SAFETY: a persistent value has no lifetime of the engine's in it, so the type is its own whatever
// `'to` is.
unsafe impl JsLifetime<'_> for Functions {
    type Changed<'to> = Functions;
}

/// Returns the bytes of a `Uint8Array` or an `ArrayBuffer`; none of another object.
pub(crate) fn bytes(object: &Object<'_>) -> Option<Vec<u8>> {
    let bytes = if let Some(array) = object.as_typed_array::<u8>() {
        // SAFETY: the bytes are copied before anything of the script's runs, which alone could
        // change or free them.
        unsafe { array.as_bytes() }.map(<[u8]>::to_vec)
    } else {
        let buffer = object.as_array_buffer()?;
        // SAFETY: as above.
        unsafe { buffer.as_bytes() }.map(<[u8]>::to_vec)
    };
    // One that is detached has none.
    Some(bytes.unwrap_or_default())
}
