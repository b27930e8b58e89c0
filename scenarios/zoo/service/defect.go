package main

import (
	"fmt"
	"slices"
)

// defect is what is wrong with this instance of the service; "" nothing.
type defect string

// The defects, each in one place of the code.
const (
	acksBeforeDurable  defect = "acks-before-durable"         // the ledger acknowledges what is in memory only
	asyncReplication   defect = "async-called-sync"           // the ledger acknowledges before the other site has it
	notIdempotent      defect = "retries-not-idempotent"      // the ledger keeps a retried order twice
	bothTakeWrites     defect = "both-sites-take-writes"      // the standby's ledger takes writes, too
	staleReads         defect = "stale-reads"                 // a former primary still answers reads, and the front asks it
	neverReconnects    defect = "never-reconnects"            // the front keeps its broken connections
	healthLies         defect = "health-check-lies"           // the standby cannot write, and says that it is well
	startOrderByLuck   defect = "start-order-by-luck"         // the front dies where its ledger is not there yet
	migrationLocks     defect = "migration-locks"             // the migration holds the table
	migrationNoWayBack defect = "migration-no-way-back"       // and cannot be undone
	ignoresStop        defect = "deployment-ignores-stop"     // the migration goes on after it was stopped
	needsVariable      defect = "release-needs-variable"      // the new release wants a setting that one site lacks
	needsPrimary       defect = "standby-needs-primary"       // the standby asks the primary for each number
	hardCodedAddress   defect = "hard-coded-address"          // the standby's front goes to an address, not to a name
	queueDrops         defect = "queue-drops-in-flight"       // the front acknowledges what is in its queue
	promoteDoesNothing defect = "runbook-step-does-nothing"   // promote says done and does nothing
	resyncCopiesNone   defect = "failback-loses"              // resync brings nothing back
	flapping           defect = "recovery-flaps"              // once promoted, the ledger comes and goes
	slowStandby        defect = "degraded-too-slow"           // the standby serves, but slowly
	cachesName         defect = "dns-cached-for-ever"         // the front asks for the ledger's address once, when it starts
	expiredCertificate defect = "standby-certificate-expired" // of the standby's ledger
)

func defects() []defect {
	return []defect{
		acksBeforeDurable, asyncReplication, notIdempotent, bothTakeWrites, staleReads, neverReconnects, healthLies, startOrderByLuck,
		migrationLocks, migrationNoWayBack, ignoresStop, needsVariable, needsPrimary, hardCodedAddress, queueDrops, promoteDoesNothing,
		resyncCopiesNone, flapping, slowStandby, cachesName, expiredCertificate,
	}
}

// check refuses a defect that does not exist: a misspelt one would pass for the
// sound system.
func (d defect) check() error {
	if d == "" || slices.Contains(defects(), d) {
		return nil
	}
	return fmt.Errorf("DEFECT=%s: there is no such defect; there are %v", d, defects())
}
