//! A small generator of pseudo-random numbers that is the same on every machine and in every version: SplitMix64 (Steele, Lea
//! and Flood 2014; the constants are those of the reference implementation). It is *not* for keys or anything secret.
//!
//! Random access comes from keying: `Rng::of(seed, person, topic)` starts at its own place, so that one topic of one person can
//! be made without making anything before it, and a change to one topic leaves the others as they were.

/// What a stream of numbers is used for. Each topic of each person has its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Who = 1,
    Health,
    Choice,
    Gp,
    Hospital,
    Community,
    MentalHealth,
    Ambulance,
    SocialCare,
    CareHome,
    Staff,
}

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Rng(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64: a bijection that spreads every bit.
pub const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl Rng {
    /// The stream for one topic of one person (or member of staff, or place).
    pub const fn of(seed: u64, index: u64, topic: Topic) -> Rng {
        Rng(mix(mix(seed ^ STEP).wrapping_add(index)).wrapping_add(mix(topic as u64)))
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// Less than `bound`; zero when `bound` is zero. The bias is below one in four thousand million.
    pub const fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * bound as u64) >> 32) as u32
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = u32::try_from(i64::from(high) - i64::from(low) + 1).unwrap_or(1);
        low.saturating_add_unsigned(self.below(width))
    }

    pub const fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of a table, which must not be empty.
    pub fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len() as u32) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference_implementation() {
        let mut rng = Rng(1_234_567);
        assert_eq!([rng.next(), rng.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn bounds_hold_and_both_ends_are_reached() {
        let mut rng = Rng::of(1, 2, Topic::Who);
        let drawn: Vec<i32> = (0..500).map(|_| rng.between(-2, 2)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-2), Some(&2)));
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn topics_of_one_person_are_apart() {
        assert_ne!(Rng::of(1, 2, Topic::Who).next(), Rng::of(1, 2, Topic::Health).next());
        assert_ne!(Rng::of(1, 2, Topic::Who).next(), Rng::of(2, 1, Topic::Who).next());
    }
}
