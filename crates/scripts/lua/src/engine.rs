//! The state of Lua: its scripts, its handlers, and what its functions reach.
//!
//! The argument for every `unsafe` here: what C calls is named in `c/host.h` with what each side
//! promises. Pointers from C are valid for the length beside them until Rust returns; those to C
//! are read before the next call, and point into [`ANSWER`] or [`FILES`], which nothing else
//! changes in between. No error of Lua passes through a frame of Rust: C catches all of them in the
//! functions that Rust calls, and raises them behind the return of those that C calls.

#![allow(unsafe_code, reason = "Lua is in C")]

use std::{cell::OnceCell, cell::RefCell, slice};

use raisfast_script_interface::Value;

use crate::{bindings::raisfast::plugin_wit::script::File, functions, number, packed};

#[repr(C)]
struct Answer {
    bytes: *const u8,
    length: usize,
}

#[repr(C)]
struct RawFailure {
    message: *const u8,
    message_length: usize,
    file: *const u8,
    file_length: usize,
    line: u32,
    stack: *const u8,
    stack_length: usize,
    status: i32,
}

unsafe extern "C" {
    fn raisfast_start(globals: *const u8, length: usize) -> i32;
    fn raisfast_has_started() -> i32;
    fn raisfast_seed(seed: u32) -> i32;
    fn raisfast_load(path: *const u8, length: usize) -> i32;
    fn raisfast_handler(number: i32, name: *const u8, length: usize) -> i32;
    fn raisfast_run(number: i32, arguments: *const u8, length: usize, answer: *mut Answer) -> i32;
    fn raisfast_failed() -> *const RawFailure;
}

thread_local! {
    /// The last answer to Lua.
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static FILES: OnceCell<Vec<File>> = const { OnceCell::new() };
}

/// An answer that is longer than this is not kept for the next one.
const KEPT: usize = 1 << 20;

/// A failure of a script, as Lua describes it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) stack: Option<String>,
    /// The status, where the script has raised what `fail` returns.
    pub(crate) refused: Option<u16>,
}

impl Failure {
    /// A failure that is not at a place in the script.
    pub(crate) fn without_place(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            file: None,
            line: None,
            stack: None,
            refused: None,
        }
    }

    /// Returns what `fail` makes, where the script has raised it.
    pub(crate) fn refusal(&self) -> Option<Value> {
        let status = self.refused?;
        Some(Value::object([
            ("__plugin_error", Value::Boolean(true)),
            ("__status", Value::Integer(status.into())),
            ("__message", self.message.as_str().into()),
        ]))
    }

    fn last() -> Self {
        // SAFETY: see the module. What it points at is static in C.
        let raw = unsafe { &*raisfast_failed() };
        let text = |bytes: *const u8, length: usize| {
            // SAFETY: the same.
            (!bytes.is_null()).then(|| text(unsafe { slice::from_raw_parts(bytes, length) }))
        };
        Self {
            message: text(raw.message, raw.message_length).unwrap_or_default(),
            file: text(raw.file, raw.file_length),
            line: (raw.line > 0).then_some(raw.line),
            stack: text(raw.stack, raw.stack_length).filter(|it| !it.is_empty()),
            refused: (raw.status != 0).then(|| u16::try_from(raw.status).unwrap_or(422)),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Makes the state. `globals` are the functions for `print`, `Host` and the module `sdk`.
pub(crate) fn start(globals: &Value) -> Result<(), Failure> {
    let globals = packed::pack(globals);
    // SAFETY: see the module.
    result(unsafe { raisfast_start(globals.as_ptr(), globals.len()) })
}

/// Returns true once the state is made.
pub(crate) fn has_started() -> bool {
    // SAFETY: see the module.
    unsafe { raisfast_has_started() != 0 }
}

/// Gives the state its seed, and the files of its script.
pub(crate) fn open(seed: u64, files: Vec<File>) -> Result<(), Failure> {
    FILES.with(|it| it.set(files)).ok();
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    let seed = (seed ^ seed >> 32) as u32;
    // SAFETY: see the module.
    result(unsafe { raisfast_seed(seed) })
}

/// Runs a file's top level.
pub(crate) fn load(path: &str) -> Result<(), Failure> {
    // SAFETY: see the module.
    result(unsafe { raisfast_load(path.as_ptr(), path.len()) })
}

/// Keeps the script's handler of this name under a number; false when it has none.
pub(crate) fn handler(number: i32, name: &str) -> bool {
    // SAFETY: see the module.
    unsafe { raisfast_handler(number, name.as_ptr(), name.len()) != 0 }
}

/// Calls a handler with a packed list of arguments.
pub(crate) fn run(number: i32, arguments: &[u8]) -> Result<Value, Failure> {
    let mut answer = Answer {
        bytes: std::ptr::null(),
        length: 0,
    };
    // SAFETY: see the module.
    result(unsafe { raisfast_run(number, arguments.as_ptr(), arguments.len(), &raw mut answer) })?;
    // SAFETY: see the module; the buffer is C's, and stays until the next call.
    let answer = unsafe { slice::from_raw_parts(answer.bytes, answer.length) };
    match packed::read(answer) {
        Ok(Value::List(mut values)) => Ok(values.pop().unwrap_or_default()),
        Ok(_) => Ok(Value::Null),
        Err(error) => Err(Failure::without_place(error.to_string())),
    }
}

fn result(failed: i32) -> Result<(), Failure> {
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::last())
    }
}

/// Returns a line of one of the script's files, counted from 1.
pub(crate) fn line_of(file: &str, line: u32) -> Option<String> {
    let index = usize::try_from(line.checked_sub(1)?).ok()?;
    FILES.with(|files| {
        let mut files = files.get()?.iter();
        let text = &files.find(|it| it.path == file)?.text;
        text.lines().nth(index).map(str::to_owned)
    })
}

#[unsafe(no_mangle)]
extern "C" fn raisfast_call(
    function: u32,
    arguments: *const u8,
    length: usize,
    answer: *mut Answer,
) -> i32 {
    // SAFETY: see the module.
    let arguments = unsafe { slice::from_raw_parts(arguments, length) };
    let returned = packed::read(arguments)
        .map_err(|error| error.to_string())
        .and_then(|arguments| functions::call(function, arguments));
    let (failed, bytes) = match returned {
        Ok(answer) => (0, packed::pack(&answer)),
        Err(message) => (1, message.into_bytes()),
    };
    ANSWER.with_borrow_mut(|kept| {
        // What is short is copied, so that its block is used again.
        if bytes.len() <= KEPT && kept.capacity() <= KEPT {
            kept.clear();
            kept.extend(&bytes);
        } else {
            *kept = bytes;
        }
        // SAFETY: see the module.
        unsafe {
            *answer = Answer {
                bytes: kept.as_ptr(),
                length: kept.len(),
            };
        }
    });
    failed
}

#[unsafe(no_mangle)]
extern "C" fn raisfast_file(path: *const u8, length: usize, text: *mut Answer) -> i32 {
    // SAFETY: see the module.
    let path = unsafe { slice::from_raw_parts(path, length) };
    FILES.with(|files| {
        let mut files = files.get().into_iter().flatten();
        let Some(file) = files.find(|it| it.path.as_bytes() == path) else {
            return 0;
        };
        // SAFETY: see the module. The files never change.
        unsafe {
            *text = Answer {
                bytes: file.text.as_ptr(),
                length: file.text.len(),
            };
        }
        1
    })
}

/// `strtod`, with its end.
#[unsafe(no_mangle)]
extern "C" fn strtod(text: *const u8, end: *mut *const u8) -> f64 {
    // SAFETY: it is a text of C, which ends with a zero.
    let bytes = unsafe { std::ffi::CStr::from_ptr(text.cast()) }.to_bytes();
    let (number, length) = number::read(bytes).unwrap_or((0.0, 0));
    // SAFETY: `length` is at most that of the text.
    unsafe { *end = text.add(length) };
    number
}

/// The digits of a number; see `c/library.c`. A negative precision is none.
#[unsafe(no_mangle)]
extern "C" fn raisfast_write_number(
    to: *mut u8,
    size: usize,
    number: f64,
    conversion: u8,
    precision: i32,
    alternate: i32,
) -> usize {
    let precision = usize::try_from(precision).ok();
    let text = number::write(number, conversion.into(), precision, alternate != 0);
    let length = text.len().min(size);
    // SAFETY: there are `size` bytes to write.
    unsafe { slice::from_raw_parts_mut(to, length) }.copy_from_slice(&text.as_bytes()[..length]);
    length
}
