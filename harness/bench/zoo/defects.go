package main

import "bascule/harness/history"

// specimen is a defect of the zoo and how the harness must catch it.
type specimen struct {
	name    string           // variant of the stage, and name of the feature
	fails   []history.Expect // the expectations that must fail; no other may
	may     []history.Expect // that may fail beside these: consequences that depend on the moment
	says    []string         // words that the reasons of the verdict must have, in English
	finding string           // code of a finding that must be told; "" none
	tells   string           // words that this finding must have, in English: what the defect is, or where
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
		{name: "acks-before-durable", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}, finding: "lost-in-restart", tells: "Paris acknowledges without keeping"},
		{name: "async-called-sync", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}, finding: "lost-in-failover", tells: "what Paris acknowledges is not always on the other side yet"},
		{name: "retries-not-idempotent", fails: []history.Expect{twice}, says: []string{"applied more than once"}},
		{name: "both-sites-take-writes", fails: []history.Expect{history.ExpectOneActive}, says: []string{"both took writes"}, finding: "split-brain", tells: "Paris and Lyon both took writes"},
		{name: "stale-reads", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "stale-reads", tells: "a copy that is behind answers"},
		{name: "never-reconnects", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "repaired-not-back", tells: "has been repaired for"},
		{name: "health-check-lies", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "healthy-but-down", tells: "every container in Lyon says that it is healthy (front, ledger)"},
		{name: "start-order-by-luck", fails: []history.Expect{restored}, says: []string{"Runbook PRA-03 failed at step “Start the Lyon site”", "no ledger"}, finding: "runbook-failed", tells: "no ledger"},
		{name: "migration-locks", fails: []history.Expect{history.ExpectNoInterrupt}, says: []string{"interrupted for"}, finding: "interrupted-by-deployment", tells: "in phase “migrate” of the deployment"},
		{name: "migration-no-way-back", fails: []history.Expect{history.ExpectLiveRelease}, says: []string{"expected 1.0.0"}, finding: "rollback-failed", tells: "there is no way back"},
		{name: "deployment-ignores-stop", fails: []history.Expect{history.ExpectNoInterrupt}, says: []string{"interrupted for"}, finding: "deployment-goes-on", tells: "was stopped, without a fault: it goes on"},
		{name: "release-needs-variable", fails: []history.Expect{history.ExpectDeployed}, says: []string{"variable CHANNEL is not set"}, finding: "deployment-failed", tells: "variable CHANNEL is not set"},
		{name: "standby-needs-primary", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "needs-lost-site", tells: "lyon/ledger still tries to reach paris/ledger"},
		{name: "hard-coded-address", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "undeclared-flow", tells: "lyon/front tried to reach 10.20.0.7:8443"},
		{name: "queue-drops-in-flight", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}, finding: "lost-in-restart", tells: "Paris acknowledges without keeping"},
		{name: "runbook-step-does-nothing", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "runbook-without-effect", tells: "every step of runbook PRA-02 said that it was done"},
		{name: "failback-loses", fails: []history.Expect{lost}, may: []history.Expect{restored}, says: []string{"acknowledged write"}, finding: "lost-in-failback", tells: "by Lyon: the failback does not bring everything along"},
		{name: "recovery-flaps", fails: []history.Expect{restored}, says: []string{"restored in"}, finding: "flapping", tells: "came back and went again"},
		{name: "degraded-too-slow", fails: []history.Expect{history.ExpectLatency}, says: []string{"of the answers within 300"}},
		{name: "dns-cached-for-ever", fails: []history.Expect{restored}, says: []string{"not restored"}, finding: "name-kept", tells: "paris/front/1 goes on calling paris/ledger/1"},
		{name: "standby-certificate-expired", fails: []history.Expect{restored}, says: []string{"Runbook PRA-01 failed at step “Place a control order”"}, finding: "certificate-expired", tells: "lyon/ledger/1 serves a certificate"},
	}
}
