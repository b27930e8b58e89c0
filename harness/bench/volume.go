package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"bascule/harness/analysis"
	"bascule/harness/history"
)

// analyseWord as the first argument makes this program read and judge one
// history and nothing else: a process of its own, so that its time and memory
// are those of the analysis.
const analyseWord = "analyse"

// What the goal says of a large history.
const (
	volumeOps    = 10_000_000
	volumeRate   = 5000
	volumeTime   = 10 * time.Second
	volumeMemory = 1 << 30
	volumeLost   = 10 // rows
)

// volume measures the analysis of ten million operations, file included.
func volume(ctx context.Context, o options) ([]Row, error) {
	count := volumeOps
	if o.quick {
		count /= 10
	}
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the history: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "history.jsonl")
	if err := writeVolume(ctx, path, count); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start the analysis: %w", err)
	}
	c := exec.CommandContext(ctx, self, analyseWord, path)
	c.Stderr = os.Stderr
	before, err := useNow()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	said, err := c.Output()
	took := time.Since(began)
	if err != nil {
		return nil, fmt.Errorf("analyse: %w", err)
	}
	after, err := useNow()
	if err != nil {
		return nil, err
	}
	_, rest := before.cores(after)
	used, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return nil, errors.New("the system does not tell how much memory a process used")
	}
	memory := int64(used.Maxrss) * 1024
	cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	plain, err := decodePlainly(path, count)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("analysis of %d million operations", count/1_000_000)
	return []Row{
		{
			What: name + ", time", Goal: "< 10 s", Unit: "s", Measured: took.Seconds(),
			Alternative: plain.Seconds(), AlternativeName: "encoding/json over the same lines, decoding alone (first tenth, times ten)",
			Met: took < volumeTime && count == volumeOps, Limit: "decoding the file on all cores, then sorting by intended time",
			Note: fmt.Sprintf("%s; %.1f s of processor time; %s", said, cpu.Seconds(), others(max(0, rest-cpu.Seconds()/took.Seconds()))),
		},
		{
			What: name + ", memory", Goal: "< 1 GiB", Unit: "MiB", Measured: float64(memory) / (1 << 20),
			Met: memory < volumeMemory && count == volumeOps, Limit: "40 bytes an operation, and the ids of the read-back",
		},
	}, nil
}

// analyse reads the history at path, judges it, and says what it found.
func analyse(path string) error {
	h, err := history.ReadFile(path)
	if err != nil {
		return fmt.Errorf("analyse: %w", err)
	}
	r := analysis.Analyze(h)
	if len(r.Functions) != 1 || len(r.Functions[0].Recoveries) != 1 {
		return errors.New("analyse: the fault was not found")
	}
	// An analysis that did not find the loss did not do the work that is measured.
	if lost := r.Functions[0].Loss.Lost; lost != volumeLost {
		return fmt.Errorf("analyse: %d rows found lost, %d were", lost, volumeLost)
	}
	fmt.Printf("%d operations, verdict %s, recovery time %v, %d lost writes found",
		h.Ops.Len(), r.Verdict, r.Functions[0].Recoveries[0].Time, r.Functions[0].Loss.Lost)
	return nil
}

// writeVolume writes a history of count operations: a healthy half, 10 s of
// outage, a healthy rest, a read-back in which 10 acknowledged writes miss.
func writeVolume(ctx context.Context, path string, count int) error {
	at := func(n int) time.Duration { return time.Duration(n) * time.Second / volumeRate }
	h := outageHeader(0, outageRate)
	h.Functions[0].Rate = volumeRate
	h.Expect = []history.Expectation{
		{Kind: history.ExpectRestored, Within: time.Minute, Line: 1}, {Kind: history.ExpectNothingLost, Line: 2},
		{Kind: history.ExpectLatency, Percent: 95, Within: time.Second, Phase: "all", Line: 3},
	}
	w, err := history.Create(path, h, func() time.Duration { return 0 })
	if err != nil {
		return fmt.Errorf("large history: %w", err)
	}
	w.EventAt(0, history.BaselineHealthy, "bench")
	w.EventAt(0, history.LoadStarted, "bench", "function", "bench", "rate", strconv.Itoa(volumeRate))
	from, to := count/2, count/2+10*volumeRate
	var kept []uint64
	lost := 0
	for n := range count {
		if n%volumeRate == 0 && ctx.Err() != nil {
			break
		}
		op := history.Operation{ID: uint64(n + 1), Outcome: history.Acked, Status: 201, Site: "paris",
			Intended: at(n), Sent: at(n) + 400*time.Microsecond, Done: at(n) + 2*time.Millisecond + time.Duration(n%997)*time.Microsecond}
		switch {
		case n == from:
			w.EventAt(at(n), history.FaultInjecting, "f1", "fault", "crash")
			w.EventAt(at(n), history.FaultInjected, "f1")
			w.EventAt(at(n), history.FaultBiting, "f1")
			fallthrough
		case n > from && n < to:
			op.Outcome, op.Status, op.Err, op.Done = history.Unknown, 0, "timeout", op.Sent+2*time.Second
		case n%5 == 0:
			op.Kind, op.Status = history.Read, 200
		case lost < volumeLost && n >= from-100: // writes just before the fault
			lost++
		default:
			kept = append(kept, op.ID)
		}
		w.Operation(op)
	}
	end := at(count) + 3*time.Second
	w.EventAt(end, history.LoadStopped, "bench", "function", "bench", "intended", strconv.Itoa(count), "sent", strconv.Itoa(count), "lag_p99_ns", "1000000")
	w.EventAt(end, history.ReadbackStarted, "service bench", "function", "bench")
	w.Readback(history.Readback{Source: "service", Name: "bench", Site: "paris", IDs: kept})
	w.EventAt(end, history.ReadbackDone, "service bench", "function", "bench", "rows", strconv.Itoa(len(kept)), "unknown_rows", "0")
	w.EventAt(end, history.RunFinished, "")
	if err := errors.Join(w.Close(), ctx.Err()); err != nil {
		return fmt.Errorf("large history: %w", err)
	}
	return nil
}

// decodePlainly decodes a tenth of the lines of path in the ordinary way, and
// scales the time to all of them.
func decodePlainly(path string, count int) (time.Duration, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("decode plainly: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	began := time.Now()
	for n := 0; n < count/10; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("decode plainly: the file ends after %d lines", n)
		}
		if err != nil {
			return 0, fmt.Errorf("decode plainly: %w", err)
		}
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			return 0, fmt.Errorf("decode plainly: line %d: %w", n+1, err)
		}
	}
	return time.Since(began) * 10, nil
}
