package reports

import (
	"fmt"
	"math"
	"strings"
	"time"

	"bascule/harness/analysis"
)

const (
	panelHeight = 120.0
	mostBuckets = 300 // as many as the plot can tell apart
)

// slot is a bucket as drawn, with its end.
type slot struct {
	analysis.Bucket
	to time.Duration
}

func (s slot) total() int { return s.Acked + s.Rejected + s.Unknown }

// rate turns a count of the slot into operations a second.
func (s slot) rate(n int) float64 {
	if s.to <= s.At {
		return 0
	}
	return float64(n) / (s.to - s.At).Seconds()
}

// thin gives the buckets of the window, merged where there are more than the
// plot can tell apart: counts add up, high percentiles keep the worst, so that
// an outage never disappears by merging.
func thin(r analysis.Result, a axis) (out []slot) {
	var in []slot
	for i, b := range r.Series {
		to := b.At + r.BucketWidth
		if r.BucketWidth <= 0 {
			to = a.to
			if i+1 < len(r.Series) {
				to = r.Series[i+1].At
			}
		}
		if to > a.from && b.At < a.to {
			in = append(in, slot{b, to})
		}
	}
	k := (len(in) + mostBuckets - 1) / mostBuckets
	if k <= 1 {
		return in
	}
	for i := 0; i < len(in); i += k {
		m := in[i]
		for _, s := range in[i+1 : min(i+k, len(in))] {
			if n := m.Acked + s.Acked; n > 0 {
				m.P50 = (m.P50*time.Duration(m.Acked) + s.P50*time.Duration(s.Acked)) / time.Duration(n)
			}
			m.Acked, m.Rejected, m.Unknown = m.Acked+s.Acked, m.Rejected+s.Rejected, m.Unknown+s.Unknown
			m.P95, m.P99, m.to = max(m.P95, s.P95), max(m.P99, s.P99), s.to
		}
		out = append(out, m)
	}
	return out
}

// drawThroughput stacks acknowledged, rejected and unanswered operations: the
// whole is what clients asked for, whatever came back.
func (t tongue) drawThroughput(c *canvas, series []slot, a axis, y float64) float64 {
	most := 0.0
	for _, s := range series {
		most = max(most, s.rate(s.total()))
	}
	most = niceCeil(most)
	bottom := y + panelHeight
	at := func(v float64) float64 { return bottom - v/most*panelHeight }
	c.text("panel", "start", a.left, y-13, t.W.Throughput)
	t.legendRow(c, a.left+textWidth(t.W.Throughput, 14)+22, y-13, []swatch{{"acked", t.W.Acked}, {"rejected", t.W.Rejected}, {"unknown", t.W.UnknownOps}})
	for _, v := range []float64{0, most / 2, most} {
		c.line("grid", a.left, at(v), a.right, at(v))
		c.text("tick", "end", gutter-8, at(v)+4, t.decimal(v, 1, true)+nbsp+t.W.PerSecond)
	}
	layer := func(class string, below, upto func(slot) int) {
		var d strings.Builder
		for i := 0; i < len(series); {
			j := i // a run of slots that follow each other and hold something
			for j < len(series) && upto(series[j]) > below(series[j]) && (j == i || series[j-1].to == series[j].At) {
				j++
			}
			if j == i {
				i++
				continue
			}
			area(&d, series[i:j], a, func(s slot) float64 { return at(s.rate(upto(s))) }, func(s slot) float64 { return at(s.rate(below(s))) })
			i = j
		}
		c.path("area "+class, d.String())
	}
	none := func(slot) int { return 0 }
	acked := func(s slot) int { return s.Acked }
	rejected := func(s slot) int { return s.Acked + s.Rejected }
	layer("acked", none, acked)
	layer("rejected", acked, rejected)
	layer("unknown", rejected, slot.total)
	return bottom
}

// area draws steps along the top of slots and back along their bottom.
func area(d *strings.Builder, run []slot, a axis, top, bottom func(slot) float64) {
	for i, s := range run {
		cmd := "L"
		if i == 0 {
			cmd = "M"
		}
		fmt.Fprintf(d, "%s%s %sH%s", cmd, px(a.x(s.At)), px(top(s)), px(a.x(s.to)))
	}
	for i := len(run) - 1; i >= 0; i-- {
		fmt.Fprintf(d, "L%s %sH%s", px(a.x(run[i].to)), px(bottom(run[i])), px(a.x(run[i].At)))
	}
	d.WriteString("Z")
}

// drawLatency draws percentiles on a logarithmic scale: a stall of two seconds
// and a baseline of two milliseconds both stay readable. A bucket without an
// answer leaves a gap.
func (t tongue) drawLatency(c *canvas, series []slot, a axis, y float64) float64 {
	bottom := y + panelHeight
	c.text("panel", "start", a.left, y-13, t.W.Latency)
	t.legendRow(c, a.left+textWidth(t.W.Latency, 14)+22, y-13, []swatch{{"p50", t.W.P50}, {"p95", t.W.P95}, {"p99", t.W.P99}})
	low, high := math.Inf(1), 0.0
	for _, s := range series {
		for _, d := range []time.Duration{s.P50, s.P99} {
			if d > 0 {
				low, high = min(low, float64(d)), max(high, float64(d))
			}
		}
	}
	if high == 0 {
		return bottom
	}
	from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	if to <= from {
		to = from + 1
	}
	at := func(d time.Duration) float64 { return bottom - (math.Log10(float64(d))-from)/(to-from)*panelHeight }
	for e := from; e <= to; e++ {
		d := time.Duration(math.Round(math.Pow(10, e)))
		c.line("grid", a.left, at(d), a.right, at(d))
		c.text("tick", "end", gutter-8, at(d)+4, t.span(d))
	}
	for _, l := range []struct {
		class string
		of    func(slot) time.Duration
	}{{"p99", func(s slot) time.Duration { return s.P99 }}, {"p95", func(s slot) time.Duration { return s.P95 }}, {"p50", func(s slot) time.Duration { return s.P50 }}} {
		var d strings.Builder
		down := false
		for _, s := range series {
			v := l.of(s)
			if v <= 0 || s.Acked == 0 {
				down = false
				continue
			}
			cmd := "M"
			if down {
				cmd = "L"
			}
			mid := a.x(s.At/2 + s.to/2)
			fmt.Fprintf(&d, "%s%s %s", cmd, px(mid), px(at(v)))
			if !down {
				d.WriteString("h0.1") // a lone bucket is a dot, not nothing
			}
			down = true
		}
		c.path("curve "+l.class, d.String())
	}
	return bottom
}

// legendRow draws samples with their names, left to right.
func (t tongue) legendRow(c *canvas, x, y float64, entries []swatch) {
	for _, e := range entries {
		if strings.HasPrefix(e.Class, "p") {
			c.path("curve "+e.Class, "M"+px(x)+" "+px(y-4)+"h22")
			x += 28
		} else {
			c.rect("area "+e.Class, x, y-10, 14, 11, 1)
			x += 20
		}
		c.text("tick halo", "start", x, y, e.Name)
		x += textWidth(e.Name, 11.5) + 18
	}
}
