package reports

// english are the words of an English report.
func english() words {
	return words{
		Pass: "Pass", Fail: "Fail", Inconclusive: "Inconclusive",
		PassLine:         "Every expectation was met, and every measurement is valid.",
		FailLine:         "At least one expectation was not met. The release does not survive this disaster.",
		InconclusiveLine: "At least one scenario proves nothing: what it was to measure could not be.",
		PassReason:       "Every expectation was met.",
		OnePass:          "passed", ManyPass: "passed", OneFail: "failed", ManyFail: "failed",
		OneInc: "inconclusive", ManyInc: "inconclusive", OneScenario: "scenario", ManyScenarios: "scenarios",
		NoneYet: "No scenario to show.",
		CheckOK: "met", CheckBad: "not met", Serious: "serious", Minor: "minor", Info: "note",
		StepDone: "done", StepFailed: "failed", StepSkipped: "not run", StepOpen: "unfinished",
		NotMeasured: "not measured", Unknown: "unknown", None: "none", NotApply: "—",

		Title: "Failover exercise report", Product: "Bascule", Overview: "Overview", Run: "Run",
		Started: "Started", Lasted: "Lasted", Seed: "Seed", Command: "Command", Engine: "Container engine", Version: "Bascule version",
		BackToOverview: "Overview", Scenario: "Scenario", Verdict: "Verdict", Course: "Course",
		Footer: "Verdicts and measurements are computed from the run’s history, from which they can be computed again offline.",

		Reasons: "Why this verdict", KeyFigures: "Key figures", Expectations: "Expectations", Findings: "Findings",
		Timeline: "Timeline", Zoom: "The outage, close up", RecoverySection: "Recovery time, in its parts", Topology: "Sites, services and links",
		Decisions: "Decisions", Procedure: "Runbook", LedgerSection: "What became of the operations", PhasesSection: "Availability and latency by phase",
		Preconditions: "Is the measurement valid?", Source: "The scenario as written", Environment: "Environment and reproducibility",
		NotRunSection: "What was not applied", LimitsSection: "Limits of representativeness",
		StubLimit: "A stub stood in for third party “%s”: the exercise says nothing of its own continuity.",

		RecoveryTime: "Recovery time", Goal: "target", LossFigure: "Data loss", Tolerated: "tolerated", Availability: "Availability",
		Interruptions: "Interruptions", OwnedBy: "owner", MTPD: "MTPD", NotRecovered: "not recovered", NotInterrupted: "not interrupted",
		NoFault: "no fault injected", OverLoad: "over the whole load",
		NoInterruption: "none", OneOp: "operation", ManyOps: "operations", OneFailedOp: "failed operation", ManyFailedOps: "failed operations",
		NoGoal: "no target", LossUnknown: "not measured", Longest: "the longest", NothingLost: "no acknowledged operation is lost",
		AcrossFaults: "the longest of those measured", FromFault: "from the fault", LossSpan: "reaching back",

		Sentence: "Expectation", Measured: "Measured", What: "What", Planned: "Planned bound", Actual: "Actual duration",
		Deadline: "Time allowed", Delay: "Time taken", Outcome: "Outcome", Step: "Step", Owner: "Owner", Deputy: "Deputy",
		DecidedBy: "Decided by", Simulated: "simulated person", Missed: "nobody decided in time", Requested: "Requested at", Part: "Part", Share: "Share",
		At: "At", Phase: "Phase", Rate: "Rate", Intended: "Operations intended", Acked: "Acknowledged", Rejected: "Rejected", UnknownOps: "No answer",
		Writes: "Writes", Reads: "Reads", OneWrite: "write", OneRead: "read", P50: "Median", P95: "95%", P99: "99%", Max: "Maximum",
		Lost: "Lost", Duplicated: "Applied twice", Resurrected: "Rejected, yet present", UnknownPresent: "No answer, present",
		UnknownAbsent: "No answer, absent", Examples: "Examples of lost operations", Sources: "Read back from",
		Disagree:  "The service and the database do not tell the same.",
		Condition: "Condition", Detail: "Detail", Window: "Window", Operations: "Operations", Count: "Count",
		LostByPhase: "Losses by phase", AckedMeans: "the service confirmed", RejectedMeans: "the service said no, or nothing was sent",
		UnknownMeans: "no clear answer: done or not, the client cannot know", LostMeans: "acknowledged write, absent after recovery",
		DuplicatedMeans: "write present more than once", ResurrectedMeans: "rejected write that is there all the same",
		UnknownPresentMeans: "write without an answer that is there", UnknownAbsentMeans: "write without an answer that is not there",
		NoReadback: "Nothing was read back after recovery: what became of the writes is not known.",

		Canary: "Canary traffic", CanaryBefore: "before", CanaryDuring: "during", CanaryAfter: "after",
		ToldClient: "What the client was told", FoundAfter: "What is there after recovery", FaultWord: "Fault", TargetWord: "Target",
		Until: "Lifted at", Proof: "Effect seen", Lasts: "Time", VersionWord: "version", Colon: ": ",

		DecideStop: "Stop the deployment", DecideFailover: "Fail over to the recovery site", DecideFailback: "Fail back to the primary site",
		DecideRollback: "Roll back to the previous release",

		Detect: "Detect", Decide: "Decide", Act: "Act", FirstSuccess: "First success", Stable: "Stable",
		DetectMeans: "until the alarm", DecideMeans: "until the decision", ActMeans: "until the end of the last step before the service came back",
		FirstMeans: "until the first successful operation", StableMeans: "service stable, not counted in recovery time",
		GoalMark: "target", RecoveryOf: "After the fault",
		NotDetected: "the fault was not detected", NotDecided: "no decision", NeverMeans: "until the end of the run, still without service",

		PhaseBefore: "before", PhaseDeploying: "deploying", PhaseFailing: "failing", PhaseRecovered: "recovered", PhaseAll: "whole run",

		ChartTitle:     "Timeline of the run, throughput and latency on one time axis",
		ChartZoomTitle: "The outage close up, on a larger time axis",
		Throughput:     "Throughput", Latency: "Latency", PerSecond: "op/s", TimeAxis: "time since the start of the run",
		FaultMark: "fault", RestoredMark: "restored", LegendActive: "active", LegendStandby: "on standby", LegendLost: "lost",
		LegendFenced: "fenced", LegendWritable: "accepts writes", LegendOutage: "service outage",
		LegendFault: "fault in force", LegendFailed: "failed",
		LegendBiting: "effect of the fault seen",

		TopologyTitle: "Both sites, their services and links; what the faults hit is crossed out",
		Primary:       "primary site", Standby: "recovery site", Clients: "Clients",
		AtStart: "at the start", AtEnd: "at the end", StoreMark: "database", EntryMark: "entry",
		BrokenPart: "hit", ThirdParty: "third party", Witness: "witness", StubMark: "third party (stub)",

		LossTable:      "Loss of each service, then of each link",
		LossTableMeans: "Each was taken away in turn, under load, and put back. “Down”: most operations failed for half a second or more. Times count from the loss.",
		LostThing:      "Lost", LostService: "service", LostInstance: "one instance of several", LostLink: "link", LostFor: "for",
		Unaffected: "unaffected", Degraded: "degraded", Down: "down", BackByItself: "back by itself in %s",
		BackRepaired: "back in %s, %s after the repair", BackNot: "not back in %s", Served: "%s of operations served", NoLoad: "no load",
		InfraSection: "Infrastructure and its code", InfraCheck: "Check", InfraApply: "Application of the code",
		InfraMatches: "matches", InfraDiffers: "differs", InfraApplied: "applied", InfraDrift: "differs", InfraNotApplied: "never applied",
		InfraMended: "mended", InfraUnverified: "not verified", InfraWhere: "In the code",

		ScenarioID: "Scenario id", FileHash: "SHA-256 of the file", StageWord: "Stage",
		Stability: "Stability window", IDPrefix: "Prefix of operations",
		Incomplete: "The history stops before the end of the run.", Reproduce: "To play it again", LiveRelease: "Live at the start",
		TargetRelease: "Deployed during the run",
	}.typesetAll("en")
}
