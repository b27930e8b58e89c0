package reports

import (
	"math"
	"time"
)

// axis is the time axis that every panel of a chart shares.
type axis struct {
	from, to time.Duration
	left     float64 // of the plot, right of the names
	right    float64
}

// x is where an instant stands, held inside the plot.
func (a axis) x(at time.Duration) float64 {
	if a.to <= a.from {
		return a.left
	}
	f := float64(at-a.from) / float64(a.to-a.from)
	return a.left + math.Min(math.Max(f, 0), 1)*(a.right-a.left)
}

// shows tells whether any of a span lies in the window.
func (a axis) shows(from, to time.Duration) bool { return to >= a.from && from <= a.to }

// steps of the time axis that people count in.
func tickSteps() []time.Duration {
	ms, s, m, h := time.Millisecond, time.Second, time.Minute, time.Hour
	return []time.Duration{ms, 2 * ms, 5 * ms, 10 * ms, 20 * ms, 50 * ms, 100 * ms, 200 * ms, 500 * ms, s, 2 * s, 5 * s, 10 * s,
		15 * s, 30 * s, m, 2 * m, 5 * m, 10 * m, 15 * m, 30 * m, h, 2 * h, 4 * h, 6 * h, 12 * h, 24 * h}
}

// ticks are the labelled instants: about ten, at round times.
func (a axis) ticks() []time.Duration {
	const most = 11
	width := a.to - a.from
	if width <= 0 {
		return nil
	}
	step := time.Duration(0)
	for _, s := range tickSteps() {
		if width/s <= most {
			step = s
			break
		}
	}
	if step == 0 {
		step = (width/most/(24*time.Hour) + 1) * 24 * time.Hour
	}
	var out []time.Duration
	first := (a.from + step - 1) / step * step
	for at := first; at <= a.to; at += step {
		out = append(out, at)
	}
	return out
}

// niceCeil is the least of 1, 2, 5 times a power of ten that is not below f.
func niceCeil(f float64) float64 {
	if f <= 0 {
		return 1
	}
	p := math.Pow10(int(math.Floor(math.Log10(f))))
	for _, k := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if k*p >= f*0.9999 {
			return k * p
		}
	}
	return 10 * p
}
