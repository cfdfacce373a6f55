//! The file that <https://profiler.firefox.com> opens.

use std::time::{Duration, SystemTime};

use fxprof_processed_profile::{
    CategoryColor, CpuDelta, Frame, FrameFlags, FrameInfo, Profile as Document, SamplingInterval,
    Timestamp,
};

use crate::{Profile, profile::Side};

/// Writes a profile for the Firefox profiler. A sample weighs as much as it took, in microseconds.
///
/// # Panics
///
/// When what was just made cannot be written as JSON, which is this crate's fault.
pub fn firefox(profile: &Profile, title: &str) -> Vec<u8> {
    let microsecond = SamplingInterval::from_nanos(1_000);
    let mut document = Document::new(title, SystemTime::now().into(), microsecond);
    let hook = document.add_category("Hook", CategoryColor::Gray);
    let guest = document.add_category("Plugin", CategoryColor::Orange);
    let host = document.add_category("Host", CategoryColor::Blue);
    let begin = timestamp(Duration::ZERO);
    let process = document.add_process(title, 1, begin);
    let thread = document.add_thread(process, 1, begin, true);
    document.set_thread_name(thread, title);

    let frames: Vec<_> = profile
        .functions
        .iter()
        .map(|function| FrameInfo {
            frame: Frame::Label(document.intern_string(&function.label())),
            category_pair: match function.side {
                Side::Hook => hook,
                Side::Guest => guest,
                Side::Host => host,
            }
            .into(),
            flags: FrameFlags::empty(),
        })
        .collect();
    let mut end = Duration::ZERO;
    for sample in &profile.samples {
        let mut stack = Vec::new();
        let mut next = Some(sample.node);
        while let Some(node) = next.map(|node| &profile.nodes[node]) {
            stack.push(frames[node.function].clone());
            next = node.parent;
        }
        let stack = document.intern_stack_frames(thread, stack.into_iter().rev());
        let is_host = {
            let node = &profile.nodes[sample.node];
            profile.functions[node.function].side == Side::Host
        };
        let cpu = if is_host {
            CpuDelta::ZERO
        } else {
            sample.took.into()
        };
        let weight = i32::try_from(sample.took.as_micros()).unwrap_or(i32::MAX);
        document.add_sample(thread, timestamp(sample.at), stack, cpu, weight);
        end = end.max(sample.at + sample.took);
    }
    document.set_thread_end_time(thread, timestamp(end));
    document.set_process_end_time(process, timestamp(end));
    serde_json::to_vec(&document).expect("a profile is JSON")
}

fn timestamp(at: Duration) -> Timestamp {
    Timestamp::from_nanos_since_reference(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        MOST_SAMPLES,
        profile::tests::{frame, take},
    };

    #[test]
    fn it_has_the_stacks_with_their_times() {
        let mut profile = Profile::default();
        let stack = [frame("greet\"\u{1b}\u{0}", 12), frame("on_login", 30)];
        take(&mut profile, &stack, None);
        take(&mut profile, &stack, Some("host-api/log"));
        let json = firefox(&profile, "com.example.hello");
        assert!(!json.contains(&0x1b) && !json.contains(&0));
        let json: Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["meta"]["product"], "com.example.hello");
        let thread = &json["threads"][0];
        assert_eq!(thread["samples"]["length"], 2);
        assert_eq!(thread["samples"]["weight"], serde_json::json!([1000, 1000]));
        let text = thread.to_string() + &json["shared"].to_string();
        for label in [
            "on-login",
            "on_login (src/lib.rs)",
            r#"greet\"\\u{1b}\\u{0} (src/lib.rs)"#,
            "host-api/log",
        ] {
            assert!(text.contains(label), "{label}: {text}");
        }
    }

    #[test]
    fn its_size_has_a_bound() {
        let mut profile = Profile::default();
        for number in 0..MOST_SAMPLES {
            let name = |number| frame(&format!("{number:0>300}"), 0);
            take(
                &mut profile,
                &[name(number / 300), name(number % 300)],
                None,
            );
        }
        assert!(profile.is_full());
        let json = firefox(&profile, "com.example.hello");
        assert!(json.len() < 32 << 20, "{}", json.len());
    }
}
