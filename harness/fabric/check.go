package fabric

import (
	"errors"
	"fmt"
	"time"
)

// maxFaultID is how much of an id a rule of the kernel can carry.
const maxFaultID = 200

// check tells what is wrong with a fault by itself, without a topology.
func (f Fault) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("fault %q: %s", f.ID, fmt.Sprintf(format, args...))
	}
	if f.ID == "" {
		return errors.New("a fault needs an id")
	}
	if len(f.ID) > maxFaultID {
		return bad("its id is longer than %d bytes", maxFaultID)
	}
	if f.ExpiresIn < 0 {
		return bad("it expires in %s; give a time to come, or 0 for never", f.ExpiresIn)
	}
	if f.Kind.plane() == 0 {
		return bad("unknown kind %q; there are cut, refuse, flap, loss, udp-delay, latency, bandwidth, slicer, slow-close, limit-data, reset, http-error, dns-nxdomain, dns-servfail, dns-slow, dns-stale and dns-wrong", f.Kind)
	}
	if err := f.aimed(); err != nil {
		return err
	}
	if why := f.measured(); why != "" {
		return bad("%s", why)
	}
	return nil
}

// aimed tells whether a fault names what it acts on, and as its kind can.
func (f Fault) aimed() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("fault %q: %s", f.ID, fmt.Sprintf(format, args...))
	}
	switch f.Direction {
	case BothWays, There, Back:
	default:
		return bad("unknown direction %q; there are %q, %q and none for both", f.Direction, There, Back)
	}
	kernel := f.Kind.plane() == byKernel
	switch {
	case f.Site == "" && len(f.Pairs) == 0:
		return bad("it names no link and no site")
	case f.Site != "" && len(f.Pairs) > 0:
		return bad("it names a site and links at once")
	case f.Site == "" && f.Toward != "":
		return bad("it leads toward site %q and names no site that it comes from", f.Toward)
	case f.Site != "" && !kernel:
		return bad("%s acts on links, not on a whole site", f.Kind)
	case f.Site != "" && f.Site == f.Toward:
		return bad("site %q has no border to itself", f.Site)
	case f.Direction != BothWays && !kernel:
		return bad("%s has no direction", f.Kind)
	}
	return nil
}

// measured tells what is wrong with how hard a fault strikes, "" for nothing.
func (f Fault) measured() string {
	switch f.Kind {
	case Latency, UDPDelay:
		if f.Latency < time.Millisecond || f.Jitter < 0 {
			return fmt.Sprintf("latency %s, jitter %s: at least 1ms, and no negative jitter", f.Latency, f.Jitter)
		}
	case SlowClose, SlowNames:
		if f.Latency < time.Millisecond {
			return fmt.Sprintf("latency %s: at least 1ms", f.Latency)
		}
	case Bandwidth:
		if f.RateKBps < 1 {
			return fmt.Sprintf("a rate of %d KB/s: at least 1; to let nothing through, cut", f.RateKBps)
		}
	case Slicer:
		if f.Bytes < 1 || f.Latency < 0 {
			return fmt.Sprintf("slices of %d bytes, %s apart: at least 1 byte, and no negative time", f.Bytes, f.Latency)
		}
	case LimitData:
		if f.Bytes < 1 {
			return fmt.Sprintf("a limit of %d bytes: at least 1; to let nothing through, cut", f.Bytes)
		}
	case Flap:
		if f.On < MinFlap || f.Off < MinFlap {
			return fmt.Sprintf("broken for %s, whole for %s: at least %s each", f.On, f.Off, MinFlap)
		}
	case Loss:
		if f.Percent < 100.0/lossScale || f.Percent > 100 {
			return fmt.Sprintf("a loss of %g %%: between %g and 100", f.Percent, 100.0/lossScale)
		}
	case HTTPError:
		if f.Status < 400 || f.Status > 599 {
			return fmt.Sprintf("status %d is no error; give one of 400 to 599", f.Status)
		}
	case WrongAddress:
		if len(f.Others) == 0 {
			return "it names nobody whose address is answered"
		}
	}
	return ""
}

// lossScale is how finely a loss is told: one packet of so many.
const lossScale = 10_000

// members tells whether a topology has the members that a fault of names means.
func (f Fault) members(t Topology) error {
	have := map[int]bool{0: true}
	for _, m := range t.Members {
		have[m.Index] = true
	}
	for _, p := range f.Pairs {
		if !have[p.From] {
			return fmt.Errorf("fault %s: no member %d", f.ID, p.From)
		}
	}
	for _, o := range f.Others {
		if !have[o] || o == 0 {
			return fmt.Errorf("fault %s: no member %d", f.ID, o)
		}
	}
	return nil
}
