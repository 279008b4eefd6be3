//! Cutting an answer into letters while its bytes arrive, so that every whole one counts wherever the rest is cut. What a letter says is
//! read in [`super::read_letter`]; here only its length is believed, and not beyond what any letter may have.

use super::{LONGEST, WireFault};

/// Cuts an answer into letters as its bytes arrive. What is left at the end was cut and does not count.
#[derive(Default)]
pub struct Splitter(Vec<u8>);

impl Splitter {
    /// Takes in some bytes; gives every block that is now whole.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, WireFault> {
        self.0.extend_from_slice(bytes);
        let mut blocks = Vec::new();
        let mut start = 0;
        while let Some(head) = self.0.get(start..start + 4) {
            let length = head.try_into().map(u32::from_le_bytes).map_err(|_| WireFault::Form)? as usize;
            if length > LONGEST {
                return Err(WireFault::TooLong);
            }
            let Some(block) = self.0.get(start + 4..start + 4 + length) else { break };
            blocks.push(block.to_vec());
            start += 4 + length;
        }
        self.0.drain(..start);
        Ok(blocks)
    }

    /// Bytes of a letter that has not arrived whole.
    pub fn pending(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_out_when_its_last_byte_is_here() {
        let mut splitter = Splitter::default();
        assert!(splitter.push(&[2, 0, 0]).unwrap().is_empty());
        assert!(splitter.push(&[0, 7]).unwrap().is_empty());
        assert_eq!(splitter.pending(), 5);
        assert_eq!(splitter.push(&[8, 1, 0, 0, 0, 9]).unwrap(), [vec![7, 8], vec![9]]);
        assert!(matches!(splitter.push(&[255; 4]), Err(WireFault::TooLong)));
    }
}
