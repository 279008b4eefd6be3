//! Photographs of a screen that shows a code: turned, tilted, blurred, dim, noisy, from a phone in a hand. No camera is at hand in a test; what a
//! lens and a sensor do to a code is.

use data_encoding::BASE64;
use desk::bag::Modules;
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma, imageops};
use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around a code.
const QUIET: f64 = 4.0;

/// A code as the device draws it.
pub fn drawn(code: &str) -> Modules {
    let qr = QrCode::with_error_correction_level(code, EcLevel::M).expect("it fits");
    let dark: Vec<bool> = qr.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Modules::of(qr.width() as u16, &dark)
}

/// How it was taken.
#[derive(Debug, Clone, Copy)]
pub struct Shot {
    /// Pixels each way.
    pub side: u32,
    /// How much of the picture the code fills, of 1.
    pub fills: f64,
    /// Degrees.
    pub turned: f64,
    /// How much nearer one side is, of 1.
    pub tilted: f64,
    /// Standard deviation (pixels).
    pub blurred: f32,
    /// Standard deviation (shades).
    pub noise: f64,
    /// What black and white became.
    pub shades: (f64, f64),
    /// How much of the light is lost towards one side, of 1.
    pub shadow: f64,
    /// Of a JPEG.
    pub quality: u8,
}

impl Shot {
    /// Held still, near, in good light.
    pub const GOOD: Shot = Shot {
        side: 640,
        fills: 0.85,
        turned: 0.0,
        tilted: 0.0,
        blurred: 0.0,
        noise: 0.0,
        shades: (20.0, 235.0),
        shadow: 0.0,
        quality: 80,
    };

    /// The photograph, as the screen hands it on.
    pub fn of(&self, code: &Modules) -> String {
        let (modules, width) = (code.dark(), f64::from(code.width));
        let (whole, middle) = (width + 2.0 * QUIET, f64::from(self.side) / 2.0);
        let (sin, cos) = self.turned.to_radians().sin_cos();
        // Four places in each pixel, so that the edges of modules are as soft as on a sensor.
        let light = |x: f64, y: f64| {
            let (u, v) = (x / middle - 1.0, y / middle - 1.0);
            let nearer = 1.0 + self.tilted * u + self.tilted / 2.0 * v;
            let (u, v) = ((cos * u + sin * v) / nearer, (cos * v - sin * u) / nearer);
            let (column, row) = ((u / self.fills + 1.0) / 2.0 * whole, (v / self.fills + 1.0) / 2.0 * whole);
            let within = |at: f64| (0.0..whole).contains(&at);
            let (column, row, on) = (column - QUIET, row - QUIET, within(column) && within(row));
            let inside = (0.0..width).contains(&column) && (0.0..width).contains(&row);
            match (on, inside) {
                (false, _) => 0.35,
                (true, true) if modules[row as usize * usize::from(code.width) + column as usize] => 0.0,
                _ => 1.0,
            }
        };
        let parts = [0.25, 0.75];
        let sharp = GrayImage::from_fn(self.side, self.side, |x, y| {
            let seen = parts.iter().flat_map(|dx| parts.iter().map(move |dy| (dx, dy)));
            let sum: f64 = seen.map(|(dx, dy)| light(f64::from(x) + dx, f64::from(y) + dy)).sum();
            Luma([(sum / 4.0 * 255.0) as u8])
        });
        let soft = if self.blurred > 0.0 { imageops::blur(&sharp, self.blurred) } else { sharp };
        let (black, white) = self.shades;
        let mut chance = Chance(11);
        let taken = GrayImage::from_fn(self.side, self.side, |x, y| {
            let lit = 1.0 - self.shadow * f64::from(x) / f64::from(self.side);
            let shade = black + (white - black) * f64::from(soft.get_pixel(x, y).0[0]) / 255.0;
            Luma([(shade * lit + chance.next() * self.noise).clamp(0.0, 255.0) as u8])
        });
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, self.quality).encode_image(&taken).expect("a photograph");
        format!("data:image/jpeg;base64,{}", BASE64.encode(&bytes))
    }
}

/// About normal, of standard deviation 1, the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        let mut one = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 40) as f64 / f64::from(1 << 24)
        };
        (one() + one() + one() + one() - 2.0) * 3.0_f64.sqrt()
    }
}
