//! The host functions as imports of a component.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
};

pub(crate) use raisfast_contract::{boxed, interface::HostFunction};
use raisfast_figures::PluginFigures;
use raisfast_profile::{Frame, TimedHostCall};
use raisfast_recording::{Begun as OnTape, NoAnswer, Pending, Tape};
pub(crate) use raisfast_trace::Instrument;
use serde::{Serialize, de::DeserializeOwned};
use wasmtime::{StoreContextMut, component::Linker};

use crate::{
    Session, interface,
    passage::{Passage, Profiled},
};

/// The data of a store in which a session's functions can be called.
pub trait HasSession: Send + Sized + 'static {
    /// Returns the session of the store's instance.
    fn session(&mut self) -> &mut Session;

    /// Returns the guest's functions that are being called, the innermost first. This is asked for
    /// when an instance is profiled.
    fn stack(store: &StoreContextMut<'_, Self>) -> Vec<Frame>;
}

/// Links every host function of the contract.
///
/// # Errors
///
/// wasmtime's, where the linker has one of the functions already.
pub fn link<T: HasSession>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    interface::link(linker)
}

/// A host call that has begun.
pub(crate) enum Begun<R> {
    /// The host answers; somebody beside the guest may wait for that.
    Live(Option<Waiting>),
    /// A tape has the answer.
    Answered(R),
}

/// The receiver of a host call's answer, beside the guest.
pub(crate) enum Waiting {
    /// A tape that writes.
    Tape(Pending),
    /// A profiler, and a tape that writes.
    Profiler(Box<(TimedHostCall, Option<Pending>)>),
}

impl Waiting {
    pub(crate) fn answered(self, answer: &impl Serialize) {
        let pending = match self {
            Self::Tape(pending) => Some(pending),
            Self::Profiler(waiting) => {
                let (timed, pending) = *waiting;
                drop(timed);
                pending
            }
        };
        if let Some(pending) = pending {
            pending.answered(answer);
        }
    }
}

/// Begins a host call: the host answers it, or the tape that is played.
#[inline]
pub(crate) fn begin<T: HasSession, R: DeserializeOwned>(
    store: &mut StoreContextMut<'_, T>,
    function: &'static str,
    arguments: &impl Serialize,
) -> Result<Begun<R>, NoAnswer> {
    match &store.data_mut().session().passage {
        Passage::Open => Ok(Begun::Live(None)),
        Passage::Taped(tape) => Ok(match tape.host_call(function, arguments)? {
            OnTape::Live(pending) => Begun::Live(pending.map(Waiting::Tape)),
            OnTape::Answered(answer, _) => Begun::Answered(answer),
        }),
        Passage::Profiled(profiled) => {
            let Profiled { tape, profiler } = (**profiled).clone();
            let timed = profiler.host_call(function, || T::stack(store));
            begin_timed(timed, tape.as_ref(), function, arguments)
        }
    }
}

fn begin_timed<R: DeserializeOwned>(
    timed: TimedHostCall,
    tape: Option<&Arc<Tape>>,
    function: &'static str,
    arguments: &impl Serialize,
) -> Result<Begun<R>, NoAnswer> {
    let on_tape = match tape {
        Some(tape) => tape.host_call(function, arguments)?,
        None => OnTape::Live(None),
    };
    Ok(match on_tape {
        OnTape::Live(pending) => Begun::Live(Some(Waiting::Profiler(Box::new((timed, pending))))),
        OnTape::Answered(answer, took) => {
            timed.end_after(took);
            Begun::Answered(answer)
        }
    })
}

/// Notes a host call that has no answer. It ends when what is returned is dropped.
#[inline]
pub(crate) fn note<T: HasSession>(
    store: &mut StoreContextMut<'_, T>,
    function: &'static str,
    arguments: &impl Serialize,
) -> Result<Option<TimedHostCall>, NoAnswer> {
    match &store.data_mut().session().passage {
        Passage::Open => Ok(None),
        Passage::Taped(tape) => tape.tell(function, arguments).map(|()| None),
        Passage::Profiled(profiled) => {
            let Profiled { tape, profiler } = (**profiled).clone();
            let timed = profiler.host_call(function, || T::stack(store));
            if let Some(tape) = tape {
                tape.tell(function, arguments)?;
            }
            Ok(Some(timed))
        }
    }
}

/// Awaits the answer of a host function that may wait, and measures it from its first wait on: the
/// time of one that is there at once would not be worth two readings of a clock.
pub(crate) async fn timed<T>(
    figures: &Arc<PluginFigures>,
    function: HostFunction,
    mut call: Pin<&mut impl Future<Output = T>>,
) -> T {
    let mut running = None;
    poll_fn(|context| {
        let answer = call.as_mut().poll(context);
        if answer.is_pending() && running.is_none() {
            running = Some(figures.wait_of_host_call(function));
        }
        answer
    })
    .await
}

/// Links functions of one interface: each with its name, and an expression of the session and the
/// guest's parameters.
///
/// A guest has to be prepared to be suspended in a function that `waits`. One that returns
/// `at_once` is linked as synchronous, and costs no future; one that `tells` does the same and
/// returns nothing. Each is counted, and measured if it waits. Each is called past the
/// [passage](Passage) of the instance: a profiler measures
/// the call, a tape writes it or answers in the host's place; what `tells` is done in any
/// case. A call that waits is a span of its trace, if somebody takes spans; one that returns at
/// once takes less time than a span would. A line that says otherwise than the contract's table
/// does not compile.
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
            @$kind interface, $name, concat!($interface, "/", $name),
            const {
                $crate::link::HostFunction::find(concat!("raisfast:plugin-wit/", $interface), $name)
                    .expect("the contract's table has it")
            },
            $session, ($($parameter: $type),*), $call
        );)*
        Ok::<(), wasmtime::Error>(())
    }};
    (@returns waits) => {
        raisfast_contract::interface::Returns::Later
    };
    (@returns $kind:ident) => {
        raisfast_contract::interface::Returns::AtOnce
    };
    (@waits $interface:ident, $name:literal, $function:expr, $number:expr, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap_async($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            $crate::link::boxed(|| async move {
                let begun = $crate::link::begin(&mut store, $function, &($(&$parameter,)*))?;
                let $session = store.data_mut().session();
                let figures = ::std::sync::Arc::clone(&$session.figures);
                figures.host_call($number);
                Ok(($crate::link::functions!(
                    @answer begun,
                    match $session.host_call_span($function) {
                        None => {
                            let call = ::std::pin::pin!($call);
                            $crate::link::timed(&figures, $number, call).await
                        }
                        // Boxed, so that a call without a span has no room for it.
                        Some(span) => {
                            let call = $crate::link::Instrument::instrument($call, span);
                            let call = ::std::boxed::Box::pin(call);
                            $crate::link::timed(&figures, $number, ::std::pin::pin!(call)).await
                        }
                    }
                ),))
            })
        })?
    };
    (@at_once $interface:ident, $name:literal, $function:expr, $number:expr, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            let begun = $crate::link::begin(&mut store, $function, &($(&$parameter,)*))?;
            let $session = store.data_mut().session();
            $session.figures.host_call($number);
            Ok(($crate::link::functions!(@answer begun, $call),))
        })?
    };
    (@answer $begun:ident, $call:expr) => {
        match $begun {
            $crate::link::Begun::Answered(answer) => answer,
            $crate::link::Begun::Live(waiting) => {
                let answer = $call;
                if let Some(waiting) = waiting {
                    waiting.answered(&answer);
                }
                answer
            }
        }
    };
    (@tells $interface:ident, $name:literal, $function:expr, $number:expr, $session:ident,
        ($($parameter:ident: $type:ty),*), $call:expr) => {
        $interface.func_wrap($name, |mut store, ($($parameter,)*): ($($type,)*)| {
            let noted = $crate::link::note(&mut store, $function, &($(&$parameter,)*))?;
            let $session = store.data_mut().session();
            $session.figures.host_call($number);
            $call;
            drop(noted);
            Ok(())
        })?
    };
}
pub(crate) use functions;

#[cfg(test)]
mod tests {
    use std::{
        future::{pending, ready},
        pin::pin,
        task::{Context, Waker},
        time::Duration,
    };

    use super::*;

    const GET: HostFunction =
        HostFunction::find("raisfast:plugin-wit/host-api", "get-data").unwrap();

    fn time(figures: &PluginFigures) -> Duration {
        figures.host_calls().map(|(_, calls)| calls.total).sum()
    }

    #[test]
    fn a_host_call_is_timed_from_its_first_wait_on_also_if_it_is_given_up() {
        let figures = Arc::new(PluginFigures::default());
        let mut context = Context::from_waker(Waker::noop());
        figures.host_call(GET);
        let answer = pin!(timed(&figures, GET, pin!(ready(7)))).poll(&mut context);
        assert!(answer.is_ready());
        assert_eq!(time(&figures), Duration::ZERO, "the answer was there");

        figures.host_call(GET);
        let mut call = Box::pin(pending::<()>());
        let mut waiting = Box::pin(timed(&figures, GET, call.as_mut()));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(waiting);
        assert!(time(&figures) > Duration::ZERO);
    }
}
