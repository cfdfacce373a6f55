//! Calls in numbers: since the server began, in the last minute, and in each step of the last hour.

use utoipa::ToSchema;

use super::plugins::PluginState;

/// Makes the schema of something that has the numbers of calls among its members.
macro_rules! with_calls {
    ($(#[$about:meta])* $visibility:vis struct $name:ident { $($members:tt)* }) => {
        $(#[$about])*
        #[derive(ToSchema)]
        $visibility struct $name {
            $($members)*
            /// Calls that ended.
            calls: u64,
            /// Those that failed.
            errors: u64,
            /// Microseconds that they took together.
            total_micros: u64,
            /// The median, to within 14 %; null where there was no call.
            #[schema(required)]
            p50_micros: Option<f64>,
            /// The 99th percentile, to within 14 %.
            #[schema(required)]
            p99_micros: Option<f64>,
        }
    };
}

/// Makes the schema of something that has the numbers of calls since the server began, in the last
/// minute and in each step.
macro_rules! with_series_of_calls {
    ($(#[$about:meta])* $visibility:vis struct $name:ident { $($members:tt)* }) => {
        with_calls! {
            $(#[$about])*
            $visibility struct $name {
                $($members)*
                /// Those of the last minute, and of the step that has begun; null where there is no
                /// series although there were calls.
                #[schema(required)]
                recent: Option<RecentCalls>,
                /// Those of each step; null where there were none, or a series has no room.
                #[schema(required)]
                series: Option<CallSeries>,
            }
        }
    };
}

/// The counts of all plugins and of the server's requests, now and in the last hour.
#[derive(ToSchema)]
pub(in crate::openapi) struct Figures {
    /// The present time.
    #[schema(format = DateTime)]
    at: String,
    /// The end of the last step.
    #[schema(format = DateTime)]
    closed_at: String,
    steps: Steps,
    /// The time that `recent` stands for, in milliseconds.
    recent_ms: u64,
    /// The requests that the server has answered.
    requests: CallFigures,
    /// Plugins and hooks that have calls and no series, because as many have one as may.
    left_out: u64,
    /// The installed plugins, the costliest in the last minute first.
    plugins: Vec<InstalledPluginFigures>,
}

/// The steps of all series. Those before the first are not kept, or were not asked for.
#[derive(ToSchema)]
struct Steps {
    /// The length of a step, in milliseconds.
    ms: u64,
    /// The number of the first, counted from the start of the server.
    first: u64,
    /// Their number, which is the length of each list in a series.
    #[schema(maximum = 360)]
    count: u64,
}

with_series_of_calls! {
    /// Calls since the server began, in the last minute, and in each step.
    struct CallFigures {}
}

with_series_of_calls! {
    /// The calls of an installed plugin.
    struct InstalledPluginFigures {
        plugin: String,
        /// Null while the manifest cannot be read.
        #[schema(required)]
        name: Option<String>,
        state: PluginState,
    }
}

with_series_of_calls! {
    /// The counts of a plugin, now and in the last hour. Its calls are those of all hooks.
    pub(in crate::openapi) struct PluginFigures {
        plugin: String,
        /// The present time.
        #[schema(format = DateTime)]
        at: String,
        /// The end of the last step.
        #[schema(format = DateTime)]
        closed_at: String,
        steps: Steps,
        /// The time that `recent` stands for, in milliseconds.
        recent_ms: u64,
        hooks: Vec<HookFigures>,
        /// The calls of each host function, in the contract's order.
        host_calls: Vec<HostCallFigures>,
        /// All host calls by step; null as `series` is.
        #[schema(required)]
        host_call_series: Option<AmountSeries>,
        waits: WaitFigures,
    }
}

with_series_of_calls! {
    /// The calls of a hook.
    struct HookFigures {
        hook: String,
    }
}

with_calls! {
    /// The calls of the last minute.
    struct RecentCalls {
        /// Milliseconds of calls in each second.
        cost: f64,
    }
}

/// Calls by step.
#[derive(ToSchema)]
struct CallSeries {
    /// Calls that ended.
    calls: Vec<u32>,
    /// Those that failed.
    errors: Vec<u32>,
    /// Microseconds that they took together.
    total_micros: Vec<u32>,
    /// The median; null in a step without calls.
    p50_micros: Vec<Option<f64>>,
    /// The 99th percentile.
    p99_micros: Vec<Option<f64>>,
}

/// Numbers and times by step.
#[derive(ToSchema)]
struct AmountSeries {
    count: Vec<u32>,
    /// Microseconds that they took together.
    total_micros: Vec<u32>,
}

/// The calls of a host function since the server began.
#[derive(ToSchema)]
struct HostCallFigures {
    /// The interface and the function, such as `host-api/log`.
    function: String,
    calls: u64,
    /// Microseconds that they took together; null where the function returns at once.
    #[schema(required)]
    total_micros: Option<u64>,
}

/// Calls that waited for an instance since the server began.
#[derive(ToSchema)]
struct WaitFigures {
    /// Their number, those that got none included.
    count: u64,
    /// Microseconds that they waited together.
    total_micros: u64,
    /// The median.
    #[schema(required)]
    p50_micros: Option<f64>,
    /// The 99th percentile.
    #[schema(required)]
    p99_micros: Option<f64>,
    /// Those of each step; null as the series of calls is.
    #[schema(required)]
    series: Option<AmountSeries>,
}
