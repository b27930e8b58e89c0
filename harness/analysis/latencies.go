package analysis

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latencies is a histogram of latencies from 1 µs to an hour. Only acknowledged
// operations are in it.
type latencies struct {
	hdr *hdrhistogram.Histogram
	max time.Duration
}

const longestLatency = time.Hour

// How exact a histogram is, in decimal digits of each value: a thousandth for
// what is judged, a hundredth for the points of a chart, of which there are many.
const (
	judgedDigits = 3
	drawnDigits  = 2
)

func newLatencies(digits int) *latencies {
	return &latencies{hdr: hdrhistogram.New(int64(time.Microsecond), int64(longestLatency), digits)}
}

func (l *latencies) record(d time.Duration) {
	d = min(max(d, 0), longestLatency)
	l.max = max(l.max, d)
	// Cannot fail: d is within the histogram's bounds.
	_ = l.hdr.RecordValue(int64(d))
}

func (l *latencies) add(o *latencies) {
	l.hdr.Merge(o.hdr)
	l.max = max(l.max, o.max)
}

func (l *latencies) reset() {
	l.hdr.Reset()
	l.max = 0
}

// quantiles of a histogram.
type quantiles struct{ p50, p95, p99, max time.Duration }

func (l *latencies) summary() quantiles {
	if l.hdr.TotalCount() == 0 {
		return quantiles{}
	}
	q := l.hdr.ValueAtPercentiles([]float64{50, 95, 99})
	at := func(p float64) time.Duration { return min(time.Duration(q[p]), l.max) }
	return quantiles{p50: at(50), p95: at(95), p99: at(99), max: l.max}
}
