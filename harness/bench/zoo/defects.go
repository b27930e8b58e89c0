package main

import "bascule/harness/history"

// specimen is a defect of the zoo and how the harness must catch it.
type specimen struct {
	name    string           // variant of the stage, and name of the feature
	fails   []history.Expect // the expectations that must fail; no other may
	may     []history.Expect // that may fail beside these: consequences that depend on the moment
	says    []string         // words that the reasons of the verdict must have, in English
	finding string           // code of a finding that must be told; "" none
}

// specimens are all defects. The right reason is not that the verdict is fail,
// but that what fails is what the defect breaks. Reads of orders that are lost
// find nothing, so that where orders are lost the function may not count as
// restored either.
func specimens() []specimen {
	const (
		restored = history.ExpectRestored
		lost     = history.ExpectNothingLost
		twice    = history.ExpectNothingTwice
	)
	return []specimen{
		{name: "acks-before-durable", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}},
		{name: "async-called-sync", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}},
		{name: "retries-not-idempotent", fails: []history.Expect{twice}, says: []string{"applied more than once"}},
		{name: "both-sites-take-writes", fails: []history.Expect{history.ExpectOneActive}, says: []string{"both took writes"}, finding: "split-brain"},
		{name: "stale-reads", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "stale-reads"},
		{name: "never-reconnects", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "repaired-not-back"},
		{name: "health-check-lies", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "runbook-failed"},
		{name: "start-order-by-luck", fails: []history.Expect{restored}, says: []string{"Runbook PRA-03 failed at step “Start the Lyon site”", "no ledger"}, finding: "runbook-failed"},
		{name: "migration-locks", fails: []history.Expect{history.ExpectNoInterrupt}, says: []string{"interrupted for"}, finding: "interrupted-by-deployment"},
		{name: "migration-no-way-back", fails: []history.Expect{history.ExpectLiveRelease}, says: []string{"expected 1.0.0"}, finding: "rollback-failed"},
		{name: "deployment-ignores-stop", fails: []history.Expect{history.ExpectNoInterrupt}, says: []string{"interrupted for"}, finding: "deployment-goes-on"},
		{name: "release-needs-variable", fails: []history.Expect{history.ExpectDeployed}, says: []string{"variable CHANNEL is not set"}, finding: "deployment-failed"},
		{name: "standby-needs-primary", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "needs-lost-site"},
		{name: "hard-coded-address", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "undeclared-flow"},
		{name: "queue-drops-in-flight", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}},
		{name: "runbook-step-does-nothing", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "runbook-without-effect"},
		{name: "failback-loses", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}},
		{name: "recovery-flaps", fails: []history.Expect{restored}, says: []string{"restored in"}, finding: "flapping"},
		{name: "degraded-too-slow", fails: []history.Expect{history.ExpectLatency}, says: []string{"of the answers within 300"}},
		{name: "dns-cached-for-ever", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "name-kept"},
		{name: "standby-certificate-expired", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "runbook-failed"},
	}
}
