//! The parts of a memory that are worth writing down.

use std::ops::Range;

/// Zeros between two parts that are written too: a part of its own costs about as many bytes.
const GAP: usize = 16;

/// Returns the parts of a memory outside of which there are only zeros, in their order.
pub(crate) fn of(memory: &[u8]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < memory.len() {
        let Some(begin) = position(&memory[at..], |byte| byte != 0) else {
            break;
        };
        let begin = at + begin;
        let length = position(&memory[begin..], |byte| byte == 0);
        let end = length.map_or(memory.len(), |length| begin + length);
        match ranges.last_mut() {
            Some(last) if begin - last.end <= GAP => last.end = end,
            _ => ranges.push(begin..end),
        }
        at = end;
    }
    ranges
}

fn position(bytes: &[u8], is: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|byte| is(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_close_are_one() {
        let mut memory = vec![0; 1_000];
        assert_eq!(of(&memory), []);
        assert_eq!(of(&[]), []);
        memory[0] = 1;
        memory[1 + GAP] = 2;
        memory[3 + 2 * GAP] = 3;
        memory[500..503].fill(4);
        memory[999] = 5;
        let expected = [0..2 + GAP, 3 + 2 * GAP..4 + 2 * GAP, 500..503, 999..1_000];
        assert_eq!(of(&memory), expected);
        assert_eq!(of(&[0, 1, 2]), std::slice::from_ref(&(1..3)));
    }
}
