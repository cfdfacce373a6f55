#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| raisfast_fuzz::Target::named("filter_results").check(input));
