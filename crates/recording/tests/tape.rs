//! Tapes as a host sees them: what one has written, another plays.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use raisfast_contract::{HookName, hook::FilterHtml};
use raisfast_recording::{
    Begun, EndedCall, Finding, Findings, Mask, Missed, NoAnswer, NotWhole, Outcome, RecordedCall,
    Recorder, Recorders, RecordingOptions, Section, Side, Tape,
};

const GET: &str = "host-api/get-data";
const SET: &str = "host-api/set-data";

fn recorder(options: RecordingOptions) -> Arc<Recorder> {
    Recorders::new(options).of(&"com.example.a".parse().unwrap())
}

fn with_contents(failed_calls: usize, max_bytes: usize) -> Arc<Recorder> {
    recorder(RecordingOptions {
        failed_calls,
        max_bytes,
        contents: true,
    })
}

fn tape(recorder: &Recorder) -> Arc<Tape> {
    let tape = recorder.tape(&Arc::default()).expect("something is kept");
    tape.end_start();
    tape.begin_call();
    tape
}

/// Makes a host call that answers with its own argument.
fn echo(tape: &Arc<Tape>, function: &'static str, argument: &str) -> Result<String, NoAnswer> {
    match tape.host_call::<_, String>(function, &(argument,))? {
        Begun::Answered(answer, _) => Ok(answer),
        Begun::Live(pending) => {
            if let Some(pending) = pending {
                pending.answered(argument);
            }
            Ok(argument.to_owned())
        }
    }
}

fn end(recorder: &Recorder, tape: &Tape, output: Result<&str, &str>) {
    let answer = output.ok().map(str::to_owned);
    recorder.ended(&EndedCall::<FilterHtml> {
        tape,
        params: &("<p>".into(),),
        delivery: None,
        timeout: Duration::from_secs(5),
        max_memory: 1,
        outcome: match &output {
            Ok(_) => Ok(&answer),
            Err(reason) => Err(reason),
        },
        has_failed: output.is_err(),
    });
}

/// The record of a call that made these host calls and failed.
fn failed(calls: &[(&'static str, &str)]) -> RecordedCall {
    let recorder = with_contents(1, 1 << 20);
    let tape = tape(&recorder);
    for (function, argument) in calls {
        echo(&tape, function, argument).unwrap();
    }
    end(&recorder, &tape, Err("it trapped"));
    let mut recording = recorder.failed();
    recording.calls.pop().expect("it is kept")
}

fn playing(call: &RecordedCall) -> Arc<Tape> {
    let tape = Tape::playing(call.start.clone(), call.call.clone(), Mask::default());
    tape.end_start();
    tape.begin_call();
    Arc::new(tape)
}

fn findings(tape: &Tape) -> Findings {
    tape.findings().expect("it plays")
}

#[test]
fn the_same_calls_get_the_same_answers() {
    let call = failed(&[(GET, "a"), (SET, "b"), (GET, "a")]);
    assert_eq!(call.hook, HookName::FilterHtml);
    assert!(matches!(&call.outcome, Outcome::Error(reason) if reason == "it trapped"));
    let tape = playing(&call);
    for (function, argument) in [(GET, "a"), (SET, "b"), (GET, "a")] {
        assert_eq!(echo(&tape, function, argument).unwrap(), argument);
    }
    assert_eq!(findings(&tape), Findings::default());
    // What comes after the end is not found.
    assert_eq!(echo(&tape, GET, "a"), Err(NoAnswer::Ended));
    assert_eq!(findings(&tape), Findings::default());
}

#[test]
fn other_arguments_get_the_answer_of_the_function() {
    let tape = playing(&failed(&[(SET, "a"), (GET, "b")]));
    assert_eq!(echo(&tape, GET, "c").unwrap(), "b");
    let found = findings(&tape).findings;
    assert!(
        matches!(
            &found[..],
            [
                Finding::OtherArguments { number: 2, .. },
                Finding::Missing { number: 1, .. }
            ]
        ),
        "{found:?}"
    );
}

#[test]
fn another_order_is_found_once_for_each_call_that_comes_early() {
    let tape = playing(&failed(&[(GET, "a"), (GET, "b")]));
    assert_eq!(echo(&tape, GET, "b").unwrap(), "b");
    assert_eq!(echo(&tape, GET, "a").unwrap(), "a");
    let found = findings(&tape).findings;
    assert!(
        matches!(&found[..], [Finding::OtherOrder { number: 2, .. }]),
        "{found:?}"
    );
}

#[test]
fn what_was_not_recorded_ends_the_call() {
    let tape = playing(&failed(&[(GET, "a")]));
    let ended = NoAnswer::NotRecorded { function: SET };
    assert_eq!(echo(&tape, SET, "a"), Err(ended.clone()));
    let found = findings(&tape);
    assert_eq!(found.stopped, Some(ended));
    assert!(
        matches!(&found.findings[..], [Finding::Added { .. }]),
        "{found:?}"
    );
}

#[test]
fn a_host_call_that_never_ended_ends_the_replay_there() {
    let recorder = with_contents(1, 1 << 20);
    let tape = tape(&recorder);
    assert!(tape.host_call::<_, String>(GET, &("a",)).is_ok());
    end(&recorder, &tape, Err("no answer within 5 ms"));
    let tape = playing(&recorder.failed().calls[0]);
    let ended = NoAnswer::EndedHere { function: GET };
    assert_eq!(echo(&tape, GET, "a"), Err(ended.clone()));
    assert_eq!(findings(&tape).stopped, Some(ended));
}

#[test]
fn an_answer_of_another_type_ends_the_replay() {
    let tape = playing(&failed(&[(GET, "a")]));
    let answer = tape.host_call::<_, u64>(GET, &("a",));
    assert!(matches!(answer, Err(NoAnswer::Unfit { .. })), "{answer:?}");
}

#[test]
fn clocks_and_random_bytes_go_on_after_the_recorded_ones() {
    let recorder = with_contents(1, 1 << 20);
    let tape = tape(&recorder);
    assert_eq!(tape.wall_clock(|| 7), 7);
    tape.random(&mut [0; 3], |bytes| bytes.fill(9));
    end(&recorder, &tape, Err("x"));
    let tape = playing(&recorder.failed().calls[0]);
    let read = || tape.wall_clock(|| unreachable!("the host is not asked"));
    assert_eq!([read(), read(), read()], [7, 1_000_007, 2_000_007]);
    let mut bytes = [1; 5];
    tape.random(&mut bytes, |_| unreachable!("the host is not asked"));
    assert_eq!(bytes, [9, 9, 9, 0, 0]);
    assert_eq!(findings(&tape).remarks.len(), 2);
}

#[test]
fn only_failed_calls_are_kept_and_each_begins_anew() {
    let recorder = with_contents(5, 1 << 20);
    let tape = tape(&recorder);
    echo(&tape, GET, "a").unwrap();
    end(&recorder, &tape, Ok("fine"));
    tape.begin_call();
    echo(&tape, SET, "b").unwrap();
    end(&recorder, &tape, Err("it trapped"));
    let calls = recorder.failed().calls;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].calls_before, 1);
    let host_calls = &calls[0].call.host_calls;
    assert_eq!(host_calls.len(), 1);
    assert_eq!(host_calls[0].function, SET);
}

#[test]
fn an_outline_has_names_and_sizes() {
    let recorder = recorder(RecordingOptions {
        failed_calls: 1,
        ..RecordingOptions::default()
    });
    let tape = tape(&recorder);
    echo(&tape, GET, "hunter2").unwrap();
    end(&recorder, &tape, Err("x"));
    let [call] = &recorder.failed().calls[..] else {
        panic!("one call");
    };
    assert_eq!(call.not_whole, Some(NotWhole::NoContents));
    let host_call = &call.call.host_calls[0];
    assert_eq!(host_call.function, GET);
    assert!(host_call.arguments.bytes >= 7 && host_call.arguments.value.is_none());
    assert!(
        !serde_json::to_string(&recorder.failed())
            .unwrap()
            .contains("hunter2")
    );
}

#[test]
fn a_call_over_the_bound_is_cut_and_what_is_kept_stays_within_it() {
    const ROOM: usize = 10_000;
    let recorder = with_contents(3, ROOM);
    for round in 0..10 {
        let tape = tape(&recorder);
        let long = "x".repeat(3_000 * (round % 3));
        for _ in 0..round {
            if echo(&tape, GET, &long).is_err() {
                unreachable!("the host goes on");
            }
        }
        end(&recorder, &tape, Err(&"r".repeat(100_000)));
        let json = serde_json::to_string(&recorder.failed()).unwrap();
        assert!(json.len() < 2 * ROOM, "round {round}: {}", json.len());
        let calls = recorder.failed().calls;
        assert!(calls.len() <= 3);
        let not_whole = calls.last().unwrap().not_whole;
        if long.is_empty() {
            assert_eq!(not_whole, None, "round {round}");
        } else if round * long.len() > ROOM {
            assert_eq!(not_whole, Some(NotWhole::TooLarge), "round {round}");
        }
    }
}

#[test]
fn host_calls_without_end_are_cut() {
    let recorder = with_contents(1, usize::MAX);
    let tape = tape(&recorder);
    for _ in 0..20_000 {
        tape.tell("host-api/log", &("info", "x")).unwrap();
    }
    end(&recorder, &tape, Err("x"));
    let call = &recorder.failed().calls[0];
    assert_eq!(call.call.host_calls.len(), 10_000);
    assert_eq!(call.not_whole, Some(NotWhole::TooLarge));
}

#[test]
fn by_default_nothing_is_written() {
    let recorder = recorder(RecordingOptions::default());
    assert!(recorder.tape(&Arc::default()).is_none());
}

#[tokio::test]
async fn calls_that_an_operator_asks_for_are_taken_from_new_instances() {
    let recorder = recorder(RecordingOptions::default());
    let recording = recorder.record(2, Duration::from_mins(1));
    let calls = async {
        // The recording has begun when this is polled.
        assert!(recorder.is_asked());
        assert!(recorder.record(1, Duration::from_secs(1)).await.is_err());
        let first = tape(&recorder);
        assert!(first.is_whole_and_new());
        end(&recorder, &first, Ok("one"));
        // This instance has served a call.
        first.begin_call();
        end(&recorder, &first, Ok("not kept"));
        assert!(recorder.is_asked());
        end(&recorder, &tape(&recorder), Err("two"));
        assert!(!recorder.is_asked());
        assert!(!recorder.wants(&first));
    };
    let (recording, ()) = tokio::join!(recording, calls);
    let calls = recording.unwrap().calls;
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.calls_before == 0));
    assert!(recorder.failed().calls.is_empty());

    // The time is over at once; nothing was left behind.
    let none = recorder.record(1, Duration::ZERO).await.unwrap();
    assert!(none.calls.is_empty());
    assert!(!recorder.is_asked());
}

#[tokio::test]
async fn calls_that_are_followed_are_left_out_while_there_is_no_room() {
    let recorder = recorder(RecordingOptions::default());
    let mut following = recorder.follow(2).unwrap();
    assert!(recorder.gives_way());
    assert!(recorder.follow(2).is_err());
    assert!(recorder.record(1, Duration::from_secs(1)).await.is_err());
    for output in ["one", "two"] {
        assert!(recorder.is_asked());
        end(&recorder, &tape(&recorder), Ok(output));
    }
    assert!(!recorder.is_asked());
    assert!(recorder.tape(&Arc::default()).is_none());

    let output = |call: &RecordedCall| match &call.outcome {
        Outcome::Output(output) => output.parsed().unwrap().unwrap(),
        Outcome::Error(reason) => panic!("{reason}"),
    };
    assert_eq!(output(&following.next().await), "one");
    assert!(recorder.is_asked());
    end(&recorder, &tape(&recorder), Ok("three"));
    assert_eq!(output(&following.next().await), "two");
    assert_eq!(output(&following.next().await), "three");
    let waits = tokio::time::timeout(Duration::from_millis(1), following.next());
    assert!(waits.await.is_err());

    let late = tape(&recorder);
    drop(following);
    assert!(!recorder.is_asked() && !recorder.gives_way());
    end(&recorder, &late, Ok("nobody wants it"));
    assert!(!recorder.is_asked());
    let recording = recorder.record(0, Duration::ZERO).await.unwrap();
    assert!(recording.calls.is_empty());
}

#[tokio::test]
async fn who_watches_is_told_what_calls_change_and_nothing_is_recorded() {
    let recorder = recorder(RecordingOptions {
        failed_calls: 1,
        ..RecordingOptions::default()
    });
    end(&recorder, &tape(&recorder), Ok("before anybody watches"));
    let mut watching = recorder.watch();
    assert!(!recorder.is_asked(), "calls run as they always do");
    end(&recorder, &tape(&recorder), Ok("<p>"));
    end(&recorder, &tape(&recorder), Err("it failed"));
    end(&recorder, &tape(&recorder), Ok("<hr>"));
    let change = watching.next().await.expect("nothing was missed");
    assert_eq!(change.hook, HookName::FilterHtml);
    let [field] = &change.fields[..] else {
        panic!("one text: {change:?}");
    };
    let line = |side: &Option<Side>| side.as_ref().and_then(|side| side.line.clone());
    assert_eq!(line(&field.before).as_deref(), Some("<p>"));
    assert_eq!(line(&field.after).as_deref(), Some("<hr>"));

    for number in 0..70 {
        end(&recorder, &tape(&recorder), Ok(&number.to_string()));
    }
    assert_eq!(watching.next().await, Err(Missed(6)));
    let change = watching.next().await.expect("the others are there");
    assert_eq!(line(&change.fields[0].after).as_deref(), Some("6"));
}

#[test]
fn a_played_call_says_how_long_it_took() {
    let recorder = with_contents(1, 1 << 20);
    let played = Tape::playing(Section::default(), Section::default(), Mask::default());
    played.end_start();
    assert_eq!(played.took(), None);
    played.begin_call();
    assert_eq!(played.took(), None);
    played.end_call();
    assert!(played.took().is_some());
    assert_eq!(tape(&recorder).took(), None);
}

#[test]
fn a_masked_setting_is_given_by_who_replays() {
    let mask = || Mask::new(BTreeMap::from([("key".to_owned(), "hunter2".to_owned())]));
    let recorder = with_contents(1, 1 << 20);
    let tape = recorder.tape(&Arc::new(mask())).unwrap();
    tape.end_start();
    let get = |tape: &Arc<Tape>| match tape
        .host_call::<_, Option<String>>("host-api/get-config", &("key",))
        .unwrap()
    {
        Begun::Answered(answer, _) => answer,
        Begun::Live(pending) => {
            pending.unwrap().answered(&Some("hunter2"));
            None
        }
    };
    get(&tape);
    end(&recorder, &tape, Err("x"));
    let call = recorder.failed().calls.remove(0);
    assert!(!serde_json::to_string(&call).unwrap().contains("hunter2"));

    let without = playing(&call);
    assert_eq!(get(&without).as_deref(), Some("***"));
    assert_eq!(findings(&without).remarks.len(), 1);
    let tape = Arc::new(Tape::playing(call.start, call.call, mask()));
    tape.end_start();
    assert_eq!(get(&tape).as_deref(), Some("hunter2"));
    assert_eq!(findings(&tape), Findings::default());
}
