package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// truthRates are the rates at which the stated error is held against the truth,
// and how many services are looked at at a time.
var truthRates = []struct{ rate, parallel int }{{50, 8}, {200, 4}, {1000, 2}}

// leastCovered is the share of outages whose true length must lie within what
// the report states: value ± error.
const leastCovered = 0.99

// truth measures whether the error that the analysis states is honest: for 100
// outages of known length at each rate, is the truth inside value ± error?
func truth(ctx context.Context, o options) ([]Row, error) {
	count, longest := 100, outageLongest
	if o.quick {
		count, longest = 10, time.Second
	}
	dir, err := os.MkdirTemp("", "bascule-bench-")
	if err != nil {
		return nil, fmt.Errorf("folder for the histories: %w", err)
	}
	defer os.RemoveAll(dir)
	var rows []Row
	for _, r := range truthRates {
		outages := script(count, r.rate, longest)
		rest, err := playAll(ctx, outages, r.parallel, dir, o)
		if err != nil {
			return nil, err
		}
		row, err := cover(outages, "a process that stops itself", others(rest))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// cover makes the row of outages that were made in one way. Even the shortest
// outage is longer than two operations are apart at the lowest rate: one that
// was missed is a failure.
func cover(outages []outage, made, busy string) (Row, error) {
	var errs []error
	var rates []int
	inside, worst := 0, ""
	var doubt, longest time.Duration
	for _, o := range outages {
		if o.err != nil {
			errs = append(errs, fmt.Errorf("at %d op/s: %w", o.rate, o.err))
			continue
		}
		if !slices.Contains(rates, o.rate) {
			rates = append(rates, o.rate)
		}
		longest = max(longest, o.length)
		doubt = max(doubt, o.doubt)
		if d := o.measured - o.true; !o.missed && d.Abs() <= o.stated+o.doubt {
			inside++
		} else {
			worst += fmt.Sprintf("; outside: %s for %.1f ms, measured %.1f ± %.1f ms", o.how, ms(o.true), ms(o.measured), ms(o.stated))
		}
	}
	if len(errs) > 0 {
		return Row{}, errors.Join(errs...) // an outage left out would flatter the figure
	}
	if doubt > 0 {
		worst += fmt.Sprintf("; the truth itself known to %.2f ms at worst", ms(doubt))
	}
	var at, spacing, off []string
	for _, rate := range rates {
		at = append(at, strconv.Itoa(rate))
		spacing = append(spacing, fmt.Sprint(time.Second/time.Duration(rate)))
		off = append(off, errorsAt(outages, rate))
	}
	covered := float64(inside) / float64(len(outages))
	return Row{
		What: fmt.Sprintf("recovery time at %s op/s, %s, truth within the stated error", strings.Join(at, ", "), made), Goal: ">= 99 %", Unit: "%",
		Measured: 100 * covered, Met: covered >= leastCovered,
		Limit: fmt.Sprintf("the load's spacing, %s, and the machine's scheduling", strings.Join(spacing, ", ")),
		Note: fmt.Sprintf("%d outages of %v to %v; %s%s; %s",
			len(outages), outageShortest, longest.Round(time.Millisecond), strings.Join(off, "; "), worst, busy),
	}, nil
}

// errorsAt tells how the errors at one rate are distributed, against the truth
// and against what is stated.
func errorsAt(outages []outage, rate int) string {
	var off, ratio []float64
	var stated []time.Duration
	for _, o := range outages {
		if o.rate != rate {
			continue
		}
		d := (o.measured - o.true).Abs()
		off = append(off, ms(d))
		stated = append(stated, o.stated)
		if o.stated > 0 {
			ratio = append(ratio, float64(d)/float64(o.stated))
		}
	}
	slices.Sort(off)
	slices.Sort(ratio)
	slices.Sort(stated)
	return fmt.Sprintf("at %d op/s off by %.2f ms in the median, %.2f at the 90th, %.2f at most, stated ± %.2f ms in the median; off by %.2f of what is stated in the median, %.2f at the 99th",
		rate, quantile(off, 0.5), quantile(off, 0.9), quantile(off, 1), ms(stated[len(stated)/2]), quantile(ratio, 0.5), quantile(ratio, 0.99))
}

// quantile of sorted values; 0 of none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(q*float64(len(sorted))))-1]
}
