package fabric

// toxicsOf translates a fault. The whole latency stands on the answers, so that
// it is added once a round trip, and so does a limit; the others are both ways.
// HTTPError is no toxic: the front answers, see counted.
func toxicsOf(f Fault) []toxic {
	both := func(kind string, attributes map[string]any) (out []toxic) {
		for _, stream := range []string{"upstream", "downstream"} {
			out = append(out, toxic{Name: f.ID + "-" + stream, Type: kind, Stream: stream, Toxicity: 1, Attributes: attributes})
		}
		return out
	}
	answers := func(kind string, attributes map[string]any) []toxic {
		return []toxic{{Name: f.ID, Type: kind, Stream: "downstream", Toxicity: 1, Attributes: attributes}}
	}
	switch f.Kind {
	case Latency:
		return answers("latency", map[string]any{"latency": f.Latency.Milliseconds(), "jitter": f.Jitter.Milliseconds()})
	case Bandwidth:
		return both("bandwidth", map[string]any{"rate": f.RateKBps})
	case Slicer:
		return both("slicer", map[string]any{"average_size": f.Bytes, "size_variation": 0, "delay": f.Latency.Microseconds()})
	case SlowClose:
		return both("slow_close", map[string]any{"delay": f.Latency.Milliseconds()})
	case LimitData:
		return answers("limit_data", map[string]any{"bytes": f.Bytes})
	}
	return nil
}
