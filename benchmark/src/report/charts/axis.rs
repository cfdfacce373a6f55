//! The position of a number between the ends of a chart.

use crate::report::Figure;

/// Numbers that lie further apart than this are drawn on a logarithmic scale.
const WIDE: f64 = 20.0;

/// A scale from its first to its last tick.
pub(super) struct Axis {
    pub(super) is_logarithmic: bool,
    low: f64,
    high: f64,
    /// The numbers that are written below it.
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// From 0, or in powers of ten where the medians of the figures lie far apart.
    pub(super) fn of(figures: &[&Figure]) -> Self {
        let medians = || figures.iter().map(|figure| figure.median);
        let least = medians().fold(f64::INFINITY, f64::min);
        let most = figures.iter().map(|figure| figure.high).fold(0.0, f64::max);
        if least > 0.0 && medians().fold(0.0, f64::max) / least > WIDE {
            let lowest = figures.iter().map(|figure| figure.low);
            let lowest = lowest.filter(|low| *low > 0.0).fold(least, f64::min);
            Self::logarithmic(lowest, most)
        } else {
            Self::linear(most)
        }
    }

    pub(super) fn linear(most: f64) -> Self {
        // A step of 1, 2 or 5 with zeros, of which four or five fit.
        let most = if most > 0.0 { most } else { 1.0 };
        let power = 10_f64.powf((most / 4.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = step
            .into_iter()
            .find(|step| step * 5.0 >= most)
            .unwrap_or(most);
        let count = (most / step).ceil();
        let ticks = (0..=5).map(f64::from).take_while(|tick| *tick <= count);
        Self {
            is_logarithmic: false,
            low: 0.0,
            high: count * step,
            ticks: ticks.map(|tick| tick * step).collect(),
        }
    }

    fn logarithmic(least: f64, most: f64) -> Self {
        let (low, high) = ((least * 0.8).log10().floor(), most.log10().ceil());
        let mut ticks = Vec::new();
        let mut power = low;
        while power <= high {
            ticks.push(10_f64.powf(power));
            power += 1.0;
        }
        Self {
            is_logarithmic: true,
            low,
            high,
            ticks,
        }
    }

    /// Between 0 and 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = match self.is_logarithmic {
            true if value > 0.0 => value.log10(),
            true => self.low,
            false => value,
        };
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}
