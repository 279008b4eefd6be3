//! The run of NEWS2 totals as a small picture: the bands of the chart behind, a number at every point, and the same as words for whoever
//! cannot see it. Only whole scores are points: a gap in the line is never drawn as nought, for what is incomplete has no place on it.

use record::Stamp;
use record::visit::news2::Score;
use yew::prelude::*;

/// The newest scores shown.
const MOST: usize = 12;
/// The picture's own measures.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 26.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 24.0;
/// The scale ends above the emergency threshold; the few totals beyond it stand at the top with their number.
const HIGHEST: f64 = 12.0;

#[derive(Properties, PartialEq)]
pub struct News2ChartProps {
    /// Oldest first.
    pub scores: Vec<(Stamp, Score)>,
}

#[component]
pub fn News2Chart(props: &News2ChartProps) -> Html {
    let from = props.scores.len().saturating_sub(MOST);
    let scores = &props.scores[from..];
    if scores.is_empty() {
        return Html::default();
    }
    let points: Vec<(f64, f64)> = scores
        .iter()
        .enumerate()
        .map(|(place, (_, score))| (across(place, scores.len()), down(score.total().into())))
        .collect();
    let line = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
    let said =
        scores.iter().map(|(at, score)| format!("{}: {}", at.display(), score.total())).collect::<Vec<_>>().join("; ");
    let band = |from: f64, to: f64, class: &'static str| {
        html! { <rect x={LEFT.to_string()} y={format!("{:.1}", down(to))} width={format!("{:.1}", WIDTH - LEFT)}
        height={format!("{:.1}", down(from) - down(to))} class={class} /> }
    };
    let tick = |value: f64| {
        html! { <text x="2" y={format!("{:.1}", down(value) + 4.0)} class="s-chart__tick">{ value.to_string() }</text> }
    };
    let (first, last) = (scores.first().map(|(at, _)| at.display()), scores.last().map(|(at, _)| at.display()));
    html! {
        <section class="s-section" aria-label="NEWS2 over time" data-test="news2-chart">
            <h2 class="s-section__heading">{ "NEWS2 over time" }</h2>
            <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} class="s-news2chart" role="img" aria-label={format!("NEWS2 totals: {said}")}>
                { band(0.0, 4.5, "s-band s-band--low") }
                { band(4.5, 6.5, "s-band s-band--medium") }
                { band(6.5, HIGHEST, "s-band s-band--high") }
                { for [0.0, 5.0, 7.0].map(tick) }
                <polyline points={line} class="s-news2chart__line" />
                { for points.iter().zip(scores).map(|((x, y), (_, score))| html! {
                    <>
                    <circle cx={format!("{x:.1}")} cy={format!("{y:.1}")} r="4" class="s-news2chart__point" />
                    <text x={format!("{x:.1}")} y={format!("{:.1}", y - 8.0)} text-anchor="middle" class="s-chart__value">{ score.total() }</text>
                    </>
                }) }
            </svg>
            <p class="s-quiet">{ match (first, last) {
                (Some(first), Some(last)) if first != last => format!("{first} to {last}. Incomplete sets are not points of it."),
                (Some(only), _) => format!("{only}. Incomplete sets are not points of it."),
                _ => String::new(),
            } }</p>
            <p class="s-quiet">{ "5 and 6: urgent response threshold. 7 and over: emergency response threshold." }</p>
        </section>
    }
}

fn across(place: usize, all: usize) -> f64 {
    let room = WIDTH - LEFT - 24.0;
    let step = if all > 1 { room / (all - 1) as f64 } else { 0.0 };
    LEFT + 12.0 + step * place as f64
}

fn down(total: f64) -> f64 {
    let room = HEIGHT - TOP - BOTTOM;
    TOP + room * (1.0 - total.min(HIGHEST) / HIGHEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stay_inside_the_picture_and_higher_is_worse() {
        for total in 0..=20u8 {
            let y = down(f64::from(total));
            assert!((TOP..=HEIGHT - BOTTOM).contains(&y), "{total}");
            assert!(total == 0 || y <= down(f64::from(total - 1)));
        }
        assert!(across(0, 1) >= LEFT && across(11, 12) <= WIDTH - 12.0);
    }
}
