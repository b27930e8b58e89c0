package reports

import "reflect"

// words are the fixed words of a report. A struct rather than a map: a word
// that one language lacks is a test's failure, and a misspelt key does not
// compile.
type words struct {
	// verdicts
	Pass, Fail, Inconclusive                     string
	PassLine, FailLine, InconclusiveLine         string // what it means for the run
	PassReason                                   string // said of a scenario without reasons
	OnePass, ManyPass, OneFail, ManyFail, OneInc string
	ManyInc, OneScenario, ManyScenarios, NoneYet string
	CheckOK, CheckBad, Serious, Minor, Info      string
	StepDone, StepFailed, StepSkipped, StepOpen  string
	NotMeasured, Unknown, None, NotApply         string

	// document
	Title, Product, Overview, Run, Started, Lasted, Seed, Command, Engine, Version string
	BackToOverview, Scenario, Verdict, Course, Footer                              string

	// sections of a scenario
	Reasons, KeyFigures, Expectations, Findings, Timeline, Zoom, RecoverySection, Topology string
	Decisions, Procedure, LedgerSection, PhasesSection, Preconditions, Source, Environment string
	NotRunSection, LimitsSection, StubLimit                                                string

	// key figures
	RecoveryTime, Goal, LossFigure, Tolerated, Availability, Interruptions, OwnedBy, MTPD string
	NotRecovered, NotInterrupted, NoFault, OverLoad                                       string
	NoInterruption, OneOp, ManyOps, OneFailedOp, ManyFailedOps, NoGoal, LossUnknown       string
	Longest, NothingLost, AcrossFaults, FromFault, LossSpan                               string

	// tables
	Sentence, Measured, What, Planned, Actual, Deadline, Delay, Outcome                                      string
	Step, Owner, Deputy, DecidedBy, Simulated, Missed, Requested, Part, Share, At                            string
	Phase, Rate, Intended, Acked, Rejected, UnknownOps, Writes, Reads, OneWrite, OneRead, P50, P95, P99, Max string
	Lost, Duplicated, Resurrected, UnknownPresent, UnknownAbsent, Examples, Sources                          string
	Disagree, Condition, Detail, Window, Operations, Count, LostByPhase                                      string
	AckedMeans, RejectedMeans, UnknownMeans, LostMeans, DuplicatedMeans, ResurrectedMeans                    string
	UnknownPresentMeans, UnknownAbsentMeans, NoReadback                                                      string

	// headings of the ledger and of the list of faults
	Canary, CanaryBefore, CanaryDuring, CanaryAfter                                 string
	ToldClient, FoundAfter, FaultWord, TargetWord, Until, Proof, Lasts, VersionWord string
	Colon                                                                           string // between a name and its value

	// decisions
	DecideStop, DecideFailover, DecideFailback, DecideRollback string

	// recovery
	Detect, Decide, Act, FirstSuccess, Stable, DetectMeans, DecideMeans, ActMeans string
	FirstMeans, StableMeans, GoalMark, RecoveryOf                                 string
	NotDetected, NotDecided, NeverMeans                                           string

	// phases of the exercise
	PhaseBefore, PhaseDeploying, PhaseFailing, PhaseRecovered, PhaseAll string

	// charts
	ChartTitle, ChartZoomTitle, Throughput, Latency, PerSecond, TimeAxis, FaultMark, RestoredMark string
	LegendActive, LegendStandby, LegendLost, LegendFenced, LegendWritable                         string
	LegendOutage, LegendFault, LegendFailed, LegendBiting                                         string

	// topology
	TopologyTitle, Primary, Standby, Clients, AtStart, AtEnd, StoreMark string
	EntryMark, BrokenPart, ThirdParty, Witness, StubMark                string

	// resilience
	LossTable, LossTableMeans, LostThing, LostService, LostInstance, LostLink, LostFor string
	Unaffected, Degraded, Down, BackByItself, BackRepaired, BackNot, Served, NoLoad    string
	// infrastructure and its code
	InfraSection, InfraCheck, InfraApply, InfraMatches, InfraDiffers, InfraApplied string
	InfraDrift, InfraNotApplied, InfraMended, InfraUnverified, InfraWhere          string

	// environment
	ScenarioID, FileHash, StageWord, Stability, IDPrefix, Incomplete string
	Reproduce, LiveRelease, TargetRelease                            string
}

// typesetAll gives every word the typography of its language.
func (w words) typesetAll(lang string) words {
	v := reflect.ValueOf(&w).Elem()
	for i := range v.NumField() {
		v.Field(i).SetString(typeset(lang, v.Field(i).String()))
	}
	return w
}
