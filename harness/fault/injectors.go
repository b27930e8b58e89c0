package fault

import (
	"context"
	"fmt"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// Injector carries one fault out. Its methods are called one after the other,
// Undo any number of times.
type Injector interface {
	// Inject puts the fault in force before it returns. One that knows a truer
	// instant than its return says so by Injection.inForce.
	Inject(ctx context.Context) error
	// Bite is one look by other means than Inject's: the kernel's counters, the
	// engine's word. It tells what was seen.
	Bite(ctx context.Context) (history.Text, bool, error)
	// Undo puts things right, also after half an Inject, and when nothing is in
	// force.
	Undo(ctx context.Context) error
}

// lasting is an Injector whose fault is kept up by this process: Keep runs from
// the end of Inject until its context ends, which is before Undo begins.
type lasting interface {
	Injector
	Keep(ctx context.Context)
}

// injectors is who carries out which kind: one line a kind.
func injectors() map[plan.FaultKind]func(*Injection) (Injector, error) {
	return map[plan.FaultKind]func(*Injection) (Injector, error){
		plan.Cut:       onNetwork,
		plan.Refuse:    onNetwork,
		plan.Slow:      onNetwork,
		plan.Bandwidth: onNetwork,
		plan.Slicer:    onNetwork,
		plan.SlowClose: onNetwork,
		plan.Reset:     onNetwork,
		plan.LimitData: onNetwork,
		plan.Flap:      onNetwork,
		plan.Loss:      onNetwork,
		plan.UDPDelay:  onNetwork,
		plan.HTTPError: onNetwork,

		plan.NXDomain:     onNetwork,
		plan.ServFail:     onNetwork,
		plan.SlowNames:    onNetwork,
		plan.StaleAnswer:  onNetwork,
		plan.WrongAddress: onNetwork,

		plan.Crash:     byKilling(plan.Refuse), // the host lives and answers with resets in the process's place
		plan.KillOne:   oneOfSeveral,
		plan.Restart:   byRestarting,
		plan.CrashLoop: overAndOver,
		plan.Freeze:    byFreezing,
		plan.Deaf:      byDeafness,

		plan.CPU:          byStarving,
		plan.OutOfMemory:  byExhausting,
		plan.Descriptors:  byHand,
		plan.DiskFull:     byHand,
		plan.DiskSlow:     byHand,
		plan.DiskReadOnly: byHand,
		plan.Clock:        byShifting,

		plan.CertExpired:     byExpiring,
		plan.SecretMissing:   byTakingASecret,
		plan.PasswordRevoked: byRevoking,
		plan.DBConnections:   byHoarding,

		plan.HostLost:     byKilling(plan.Cut),
		plan.SiteLost:     onSite,
		plan.SiteIsolated: onBorder,
		plan.AllLost:      onEverySite,
	}
}

func injectorFor(i *Injection) (Injector, error) {
	build, ok := injectors()[i.Fault.Kind]
	if !ok {
		return nil, fmt.Errorf("there is no fault %q", i.Fault.Kind)
	}
	return build(i)
}
