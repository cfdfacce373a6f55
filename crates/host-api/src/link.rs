//! The host functions as imports of a component.

pub(crate) use raisfast_recording::Begun;
use wasmtime::component::Linker;

use crate::{Session, interface};

/// The data of a store in which a session's functions can be called.
pub trait HasSession: Send + 'static {
    /// Returns the session of the store's instance.
    fn session(&mut self) -> &mut Session;
}

/// Links every host function of the contract.
///
/// # Errors
///
/// wasmtime's, where the linker has one of the functions already.
pub fn link<T: HasSession>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    interface::link(linker)
}

/// Links functions of one interface: each with its name, and an expression of the session and the
/// guest's parameters.
///
/// A guest has to be prepared to be suspended in a function that `waits`. One that returns
/// `at_once` is linked as synchronous, and costs no future; one that `tells` does the same and
/// returns nothing. Each is called past the [tape](raisfast_recording::Tape) of the instance, if
/// it has one, which writes the call or answers in the host's place; what `tells` is done in any
/// case. A line that says otherwise than the contract's table does not compile.
macro_rules! functions {
    ($linker:ident, $interface:literal; $(
        $kind:ident $name:literal |$session:ident $(, $parameter:ident: $type:ty)*| $call:expr;
    )*) => {{
        $(const {
            assert!(
                matches!(
                    raisfast_contract::interface::returns(
                        concat!("raisfast:plugin-wit/", $interface),
                        $name,
                    ),
                    Some($crate::link::functions!(@returns $kind))
                ),
                concat!("`", $name, "` is linked otherwise than the contract's table says"),
            );
        })*
        let mut interface = $linker.instance(concat!("raisfast:plugin-wit/", $interface))?;
        $($crate::link::functions!(
            @$kind interface, $name, concat!($interface, "/", $name), $session, ($($parameter: $type),*), $call
        );)*
        Ok::<(), wasmtime::Error>(())
    }};
    (@returns waits) => {
        raisfast_contract::interface::Returns::Later
    };
    (@returns $kind:ident) => {
        raisfast_contract::interface::Returns::AtOnce
    };
    (@waits $interface:ident, $name:literal, $function:expr, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap_async($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            Box::new(async move {
                let $session = store.data_mut().session();
                let begun = $session.begin_host_call($function, &($(&$parameter,)*))?;
                Ok(($crate::link::functions!(@answer begun, $call.await),))
            })
        })?
    };
    (@at_once $interface:ident, $name:literal, $function:expr, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            let $session = store.data_mut().session();
            let begun = $session.begin_host_call($function, &($(&$parameter,)*))?;
            Ok(($crate::link::functions!(@answer begun, $call),))
        })?
    };
    (@answer $begun:ident, $call:expr) => {
        match $begun {
            $crate::link::Begun::Answered(answer) => answer,
            $crate::link::Begun::Live(pending) => {
                let answer = $call;
                if let Some(pending) = pending {
                    pending.answered(&answer);
                }
                answer
            }
        }
    };
    (@tells $interface:ident, $name:literal, $function:expr, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            let $session = store.data_mut().session();
            $session.note_host_call($function, &($(&$parameter,)*))?;
            $call;
            Ok(())
        })?
    };
}
pub(crate) use functions;
