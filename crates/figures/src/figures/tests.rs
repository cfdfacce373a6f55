use raisfast_contract::{HookName, interface::HostFunction};

use super::*;

const STEP: Duration = Duration::from_secs(10);
const GET: HostFunction = HostFunction::find("raisfast:plugin-wit/host-api", "get-data").unwrap();

fn id(name: &str) -> PluginId {
    format!("com.example.{name}").parse().unwrap()
}

fn call(figures: &Figures, plugin: &str, hook: HookName, micros: u64) {
    let calls = figures.of(&id(plugin)).hook(hook);
    calls.note(Duration::from_micros(micros), micros > 1_000);
}

/// Closes the steps before this one.
fn close(figures: &Figures, steps: u32) {
    figures.close(STEP * steps);
}

fn calls(figures: &Figures, plugin: &str, steps: u32) -> Option<Vec<u32>> {
    let chart = figures.chart(STEP * steps, Range::default());
    let series = chart.plugins[&id(plugin)].series.as_ref();
    series.map(|series| series.calls.clone())
}

#[test]
fn each_step_has_what_was_counted_in_it() {
    let figures = Figures::default();
    call(&figures, "a", HookName::FilterHtml, 10);
    call(&figures, "a", HookName::OnLogin, 2_000);
    close(&figures, 1);
    close(&figures, 2);
    call(&figures, "a", HookName::FilterHtml, 10);
    call(&figures, "b", HookName::FilterHtml, 10);
    // A step is closed once.
    close(&figures, 3);
    close(&figures, 3);
    figures.close(STEP * 3 + Duration::from_millis(9_999));
    assert_eq!(calls(&figures, "a", 3), Some(vec![2, 0, 1]));
    assert_eq!(calls(&figures, "b", 3), Some(vec![0, 0, 1]));

    let chart = figures.plugin_chart(&id("a"), STEP * 3, Range::default());
    let hooks: Vec<_> = chart
        .hooks
        .iter()
        .map(|hook| {
            let series = hook.calls.series.as_ref().expect("it was called");
            (hook.hook, series.calls.clone(), series.errors.clone())
        })
        .collect();
    let expected = [
        (HookName::FilterHtml, vec![1, 0, 1], vec![0, 0, 0]),
        (HookName::OnLogin, vec![1, 0, 0], vec![1, 0, 0]),
    ];
    for row in expected {
        assert!(hooks.contains(&row), "{hooks:?}");
    }
    assert_eq!(hooks.len(), 2);
}

#[test]
fn a_step_that_was_closed_late_leaves_those_before_it_empty() {
    let figures = Figures::default();
    close(&figures, 1);
    call(&figures, "a", HookName::FilterHtml, 10);
    close(&figures, 2);
    call(&figures, "a", HookName::FilterHtml, 10);
    close(&figures, 5);
    assert_eq!(calls(&figures, "a", 5), Some(vec![0, 1, 0, 0, 1]));
    // As if the machine had slept for a day.
    close(&figures, 10_000);
    call(&figures, "a", HookName::FilterHtml, 10);
    close(&figures, 10_001);
    let found = calls(&figures, "a", 10_001).expect("it was called");
    assert_eq!((found.len(), found.iter().sum::<u32>()), (STEPS, 1));
}

#[test]
fn a_page_that_asks_again_gets_what_is_new() {
    let figures = Figures::default();
    for step in 1..=400 {
        call(&figures, "a", HookName::FilterHtml, 10);
        close(&figures, step);
    }
    for (after, last, first, count) in [
        (None, STEPS, 40, 360),
        (None, 10, 390, 10),
        (None, 0, 400, 0),
        (None, usize::MAX, 40, 360),
        (Some(0), STEPS, 40, 360),
        (Some(397), STEPS, 398, 2),
        (Some(399), STEPS, 400, 0),
        // A number from before a restart of the server.
        (Some(u64::MAX), STEPS, 400, 0),
        (Some(380), 5, 395, 5),
    ] {
        let chart = figures.chart(STEP * 400, Range { after, last });
        let steps = chart.steps;
        assert_eq!((steps.first, steps.count), (first, count), "{after:?}");
        let series = chart.plugins[&id("a")].series.as_ref().expect("it has one");
        assert_eq!(series.calls, vec![1; count]);
        let requests = chart.requests.series.expect("always");
        assert_eq!(requests.p99_micros, vec![None; count]);
    }
}

#[test]
fn now_is_the_last_minute_and_the_step_that_has_begun() {
    let figures = Figures::default();
    call(&figures, "a", HookName::FilterHtml, 500);
    let recent = |now: Duration| {
        let chart = figures.chart(now, Range::default());
        let recent = chart.plugins[&id("a")].recent.expect("it has a series");
        (chart.recent_ms, recent.summary.calls, recent.cost)
    };
    // Before any step was closed.
    assert_eq!(recent(Duration::from_secs(1)), (1_000, 1, 0.5));
    for step in 1..=6 {
        close(&figures, step);
    }
    call(&figures, "a", HookName::OnLogin, 500);
    assert_eq!(recent(Duration::from_secs(62)), (62_000, 2, 0.016));
    close(&figures, 7);
    assert_eq!(recent(Duration::from_secs(70)), (60_000, 1, 0.008));
}

#[test]
fn there_is_room_for_a_number_of_series_and_it_comes_back() {
    // A plugin and its one hook take two.
    let figures = Figures::with_room_for(3, STEP);
    for plugin in ["a", "b", "c"] {
        call(&figures, plugin, HookName::FilterHtml, 10);
    }
    close(&figures, 1);
    let chart = figures.chart(STEP, Range::default());
    assert_eq!(chart.left_out, 3, "b as a whole, and c");
    assert!(chart.plugins[&id("a")].series.is_some());
    let left_out = &chart.plugins[&id("c")];
    assert_eq!((left_out.series.as_ref(), left_out.recent), (None, None));
    assert_eq!(left_out.all.calls, 1, "it is counted all the same");

    // After an hour without a call, the others have the room.
    for step in 2..=361 {
        close(&figures, step);
    }
    assert_eq!(figures.chart(STEP * 361, Range::default()).left_out, 0);
    call(&figures, "c", HookName::FilterHtml, 10);
    close(&figures, 362);
    assert_eq!(calls(&figures, "a", 362), None);
    let found = calls(&figures, "c", 362).expect("there is room");
    assert_eq!(found.last(), Some(&1), "the call from before is not in it");
    assert_eq!(found.iter().sum::<u32>(), 1);
}

#[test]
fn host_calls_and_waits_have_series_of_their_own() {
    let figures = Figures::default();
    let plugin = figures.of(&id("a"));
    call(&figures, "a", HookName::FilterHtml, 10);
    drop(plugin.waiting_host_call(GET));
    drop(plugin.waiting_host_call(GET));
    close(&figures, 1);
    drop(plugin.waiting());
    plugin.host_call(GET);
    close(&figures, 2);
    let chart = figures.plugin_chart(&id("a"), STEP * 2, Range::default());
    let [get] = chart.host_calls.as_slice() else {
        panic!("{:?}", chart.host_calls);
    };
    assert_eq!((get.function.as_str(), get.calls), ("host-api/get-data", 3));
    assert!(get.total_micros.is_some());
    assert_eq!(chart.host_call_series.expect("it was called").count, [2, 1]);
    assert_eq!(chart.waits.count, 1);
    assert_eq!(chart.waits.series.expect("it was called").count, [0, 1]);
}

#[test]
fn a_plugin_that_nobody_has_called_has_figures_of_nothing() {
    let figures = Figures::default();
    let chart = figures.plugin_chart(&id("x"), STEP, Range::default());
    assert_eq!(chart.calls.all.calls, 0);
    assert_eq!(chart.calls.all.p99_micros, None);
    assert!(chart.hooks.is_empty() && chart.host_calls.is_empty());
    assert!(figures.plugins().is_empty(), "to ask makes nothing");
}

#[test]
fn a_step_is_over_at_its_end_whenever_one_looks() {
    let figures = Figures::default();
    for (now, left) in [
        (0, 10_000),
        (1, 9_999),
        (9_999, 1),
        (10_000, 10_000),
        (25_000, 5_000),
    ] {
        let (now, left) = (Duration::from_millis(now), Duration::from_millis(left));
        assert_eq!(figures.left_of_step(now), left);
    }
}
