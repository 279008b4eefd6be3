//! A signature as ink: the picture that was drawn or photographed, as black runs on white, so that it prints on any printer and says the same in
//! black and white. Paper draws it, and so do the hub's pages, which show no other picture. The picture itself, to the byte, stays where it is
//! kept: this is how it looks, not what was signed.

use image::{ImageReader, Limits, imageops};
use std::fmt::Write;
use std::io::Cursor;

/// No picture is drawn with more dots than these.
const WIDEST: u32 = 480;
const HIGHEST: u32 = 240;
/// No picture is opened that would take more (bytes), whatever it says of its size.
const MOST: u64 = 96 << 20;
/// Nor one with a longer side (dots): a telephone's camera takes 4,032.
const SIDE: u32 = 4_096;
/// A dot is ink where it is darker than this much of what lies around it (percent): paper in a photograph is not white everywhere.
const DARKER: u64 = 85;

/// Black on white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ink {
    /// Dots.
    pub wide: u32,
    pub high: u32,
    /// Row, where it begins, and how long it is: every run of ink, in dots.
    pub runs: Vec<(u32, u32, u32)>,
}

impl Ink {
    /// `None`: no PNG or JPEG that can be read, or nothing is drawn on it.
    pub fn of(picture: &[u8]) -> Option<Ink> {
        let mut reader = ImageReader::new(Cursor::new(picture)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MOST);
        (limits.max_image_width, limits.max_image_height) = (Some(SIDE), Some(SIDE));
        reader.limits(limits);
        let read = reader.decode().ok()?.into_luma_alpha8();
        // What is not drawn on shows the paper.
        let on_paper = |[light, covers]: [u8; 2]| {
            let (light, covers) = (u16::from(light), u16::from(covers));
            u8::try_from((light * covers + 255 * (255 - covers)) / 255).unwrap_or(u8::MAX)
        };
        let grey = image::GrayImage::from_fn(read.width(), read.height(), |x, y| {
            image::Luma([on_paper(read.get_pixel(x, y).0)])
        });
        let (wide, high) = (grey.width().max(1), grey.height().max(1));
        let fits = (WIDEST as f32 / wide as f32).min(HIGHEST as f32 / high as f32);
        let of = |side: u32| ((side as f32 * fits) as u32).max(1);
        let grey = if fits < 1.0 { imageops::thumbnail(&grey, of(wide), of(high)) } else { grey };
        Some(Ink::dark(&grey)).filter(|ink| !ink.runs.is_empty())
    }

    /// What is darker than its surroundings (Bradley and Roth 2007).
    fn dark(grey: &image::GrayImage) -> Ink {
        let (wide, high) = grey.dimensions();
        let width = wide as usize + 1;
        let mut sums = vec![0u64; width * (high as usize + 1)];
        let sum = |sums: &[u64], x: u32, y: u32| sums.get(y as usize * width + x as usize).copied().unwrap_or(0);
        for (x, y, dot) in grey.enumerate_pixels() {
            let all = u64::from(dot.0[0]) + sum(&sums, x, y + 1) + sum(&sums, x + 1, y) - sum(&sums, x, y);
            if let Some(place) = sums.get_mut((y as usize + 1) * width + x as usize + 1) {
                *place = all;
            }
        }
        let reach = (wide.max(high) / 16).max(4);
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        for (x, y, dot) in grey.enumerate_pixels() {
            let (left, top) = (x.saturating_sub(reach), y.saturating_sub(reach));
            let (right, foot) = ((x + reach + 1).min(wide), (y + reach + 1).min(high));
            let around =
                sum(&sums, right, foot) + sum(&sums, left, top) - sum(&sums, right, top) - sum(&sums, left, foot);
            let dots = u64::from((right - left) * (foot - top));
            if u64::from(dot.0[0]) * dots * 100 >= around * DARKER {
                continue;
            }
            match runs.last_mut() {
                Some((row, from, long)) if *row == y && *from + *long == x => *long += 1,
                _ => runs.push((y, x, 1)),
            }
        }
        Ink { wide, high, runs }
    }

    /// As an outline for `<path d="…">`, one unit a dot.
    pub fn path(&self) -> String {
        self.runs.iter().fold(String::new(), |mut path, (row, from, long)| {
            let _ = write!(path, "M{from} {row}h{long}v1h-{long}z");
            path
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Luma, LumaA};

    fn png<P: image::PixelWithColorType<Subpixel = u8>>(picture: &image::ImageBuffer<P, Vec<u8>>) -> Vec<u8>
    where
        [u8]: image::EncodableLayout,
    {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_stroke_on_nothing_is_ink() {
        let drawn = |x, y| LumaA([0u8, if y == 100 && (200..300).contains(&x) { 255 } else { 0 }]);
        let ink = Ink::of(&png(&image::ImageBuffer::from_fn(480, 240, drawn))).unwrap();
        assert_eq!(ink, Ink { wide: 480, high: 240, runs: vec![(100, 200, 100)] });
        assert_eq!(ink.path(), "M200 100h100v1h-100z");
    }

    #[test]
    fn a_pen_on_paper_in_the_shade_is_ink_and_the_shade_is_not() {
        // Light on the left, a quarter of it on the right.
        let light = |x: u32| 240 - (x * 180 / 1440) as u8;
        let shot = |x, y| Luma([if (300..312).contains(&y) { light(x) / 3 } else { light(x) }]);
        let ink = Ink::of(&png(&image::ImageBuffer::from_fn(1440, 720, shot))).unwrap();
        assert_eq!((ink.wide, ink.high), (480, 240));
        assert!(ink.runs.iter().all(|(row, ..)| (99..=104).contains(row)), "{:?}", ink.runs);
        assert!(ink.runs.iter().any(|(_, from, long)| *from == 0 && *long == 480));
    }

    #[test]
    fn what_cannot_be_drawn_is_none() {
        let blank = image::ImageBuffer::from_pixel(100, 50, Luma([255u8]));
        let whole = png(&image::ImageBuffer::from_fn(64, 64, |x, _| Luma([(x * 4) as u8])));
        for bytes in [&b""[..], b"%PDF-1.7", b"\xFF\xD8\xFF\xE0 and nothing", &whole[..whole.len() / 2], &png(&blank)] {
            assert_eq!(Ink::of(bytes), None);
        }
    }
}
