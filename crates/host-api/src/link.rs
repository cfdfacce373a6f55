//! The host functions as imports of a component.

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
/// returns nothing. A line that says otherwise than the contract's table does not compile.
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
            @$kind interface, $name, $session, ($($parameter: $type),*), $call
        );)*
        Ok::<(), wasmtime::Error>(())
    }};
    (@returns waits) => {
        raisfast_contract::interface::Returns::Later
    };
    (@returns $kind:ident) => {
        raisfast_contract::interface::Returns::AtOnce
    };
    (@waits $interface:ident, $name:literal, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap_async($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            Box::new(async move {
                let $session = store.data_mut().session();
                Ok(($call.await,))
            })
        })?
    };
    (@at_once $interface:ident, $name:literal, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            let $session = store.data_mut().session();
            Ok(($call,))
        })?
    };
    (@tells $interface:ident, $name:literal, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            let $session = store.data_mut().session();
            $call;
            Ok(())
        })?
    };
}
pub(crate) use functions;
