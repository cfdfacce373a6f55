#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| raisfast_fuzz::Target::named("sql_gate").check(input));
