package analysis

import (
	"time"

	"bascule/harness/history"
)

// maxBuckets is how many points a chart has at most.
const maxBuckets = 240

// widths are the widths that read well on an axis.
var widths = [...]time.Duration{
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second,
	30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour,
}

// buckets is the load over time, by intended time, all functions together. The
// operations are in order.
func buckets(ops *history.Ops) ([]Bucket, time.Duration) {
	n := ops.Len()
	if n == 0 {
		return []Bucket{}, widths[0]
	}
	first, last := ops.Intended(0), ops.Intended(n-1)
	width := bucketWidth(first, last)
	start := first - (first%width+width)%width
	if start > first { // below the smallest duration that there is
		start = first
	}
	count := int(uint64(last-start)/uint64(width)) + 1
	out := make([]Bucket, count)
	for i := range out {
		out[i].At = start + time.Duration(i)*width
	}
	lat, now := newLatencies(drawnDigits), 0
	settle := func() {
		q := lat.summary()
		out[now].P50, out[now].P95, out[now].P99 = q.p50, q.p95, q.p99
	}
	for i := range n {
		if b := int(uint64(ops.Intended(i)-start) / uint64(width)); b != now {
			settle()
			lat.reset()
			now = b
		}
		switch ops.Outcome(i) {
		case history.Acked:
			out[now].Acked++
			lat.record(ops.Done(i) - ops.Intended(i))
		case history.Rejected:
			out[now].Rejected++
		default:
			out[now].Unknown++
		}
	}
	settle()
	return out, width
}

// bucketWidth is the smallest width that gives no more than maxBuckets.
func bucketWidth(first, last time.Duration) time.Duration {
	span := uint64(last) - uint64(first) // right even where the difference overflows a duration
	for _, w := range widths {
		if span/uint64(w) < maxBuckets-1 { // one less: buckets begin at multiples of their width
			return w
		}
	}
	w := widths[len(widths)-1]
	for span/uint64(w) >= maxBuckets-1 {
		w *= 2
	}
	return w
}
