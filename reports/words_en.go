package reports

// english are the words of an English report.
func english() words {
	return words{
		Pass: "Pass", Fail: "Fail", Inconclusive: "Inconclusive",
		PassLine:         "Every expectation was met, and every measurement is valid.",
		FailLine:         "At least one expectation was not met. The release does not survive this disaster.",
		InconclusiveLine: "The run proves nothing: what was to be measured could not be.",
		PassReason:       "Every expectation was met.",
		OnePass:          "passed", ManyPass: "passed", OneFail: "failed", ManyFail: "failed",
		OneInc: "inconclusive", ManyInc: "inconclusive", OneScenario: "scenario", ManyScenarios: "scenarios",
		NoneYet: "No scenario to show.",
		CheckOK: "met", CheckBad: "not met", Serious: "serious", Minor: "minor", Info: "note",
		StepDone: "done", StepFailed: "failed", StepSkipped: "not run", StepOpen: "unfinished",
		NotMeasured: "not measured", Unknown: "unknown", None: "none", Yes: "yes", No: "no", NotApply: "—",

		Title: "Failover exercise report", Product: "Bascule", Overview: "Overview", Run: "Run",
		Started: "Started", Lasted: "Lasted", Seed: "Seed", Command: "Command", Engine: "Container engine", Version: "Bascule version",
		BackToOverview: "Overview", Scenario: "Scenario", Verdict: "Verdict", Course: "Course", Feature: "File", Line: "line",
		Footer:   "Verdicts and measurements are computed from the run’s history, from which they can be computed again offline.",
		Contents: "In this scenario",

		Reasons: "Why this verdict", KeyFigures: "Key figures", Expectations: "Expectations", Findings: "Findings",
		Timeline: "Timeline", Zoom: "The outage, close up", RecoverySection: "Recovery time, in its parts", Topology: "Sites, services and links",
		Decisions: "Decisions", Procedure: "Runbook", LedgerSection: "What became of the operations", PhasesSection: "Availability and latency by phase",
		Preconditions: "Is the measurement valid?", Source: "The scenario as written", Environment: "Environment and reproducibility",
		NotRunSection: "What was not applied",

		RecoveryTime: "Recovery time", Goal: "target", LossFigure: "Data loss", Tolerated: "tolerated", Availability: "Availability",
		Interruptions: "Interruptions", OwnedBy: "owner", MTPD: "MTPD", NotRecovered: "not recovered", NotInterrupted: "not interrupted",
		NoFault: "no fault injected", OverLoad: "over the whole load", OneInterruption: "interruption", ManyInterruptions: "interruptions",
		NoInterruption: "none", OneOp: "operation", ManyOps: "operations", OneFailedOp: "failed operation", ManyFailedOps: "failed operations",
		NoGoal: "no target", LossUnknown: "not measured", Longest: "the longest", NothingLost: "no acknowledged operation is lost",
		AcrossFaults: "the longest of those measured", FromFault: "from the fault", LossSpan: "reaching back",

		Sentence: "Expectation", Measured: "Measured", Reason: "Reason", Who: "Who", What: "What", When: "When", Planned: "Planned bound", Actual: "Actual duration",
		Deadline: "Time allowed", Delay: "Time taken", Outcome: "Outcome", Step: "Step", Owner: "Owner", Deputy: "Deputy",
		DecidedBy: "Decided by", Simulated: "simulated person", Missed: "nobody decided in time", Requested: "Requested at", Part: "Part", Share: "Share",
		At: "At", Bound: "bound", Phase: "Phase", Rate: "Rate", Intended: "Operations intended", Acked: "Acknowledged", Rejected: "Rejected", UnknownOps: "No answer",
		Writes: "Writes", Reads: "Reads", OneWrite: "write", OneRead: "read", P50: "Median", P95: "95%", P99: "99%", Max: "Maximum",
		Lost: "Lost", Duplicated: "Applied twice", Resurrected: "Rejected, yet present", UnknownPresent: "No answer, present",
		UnknownAbsent: "No answer, absent", Examples: "Examples of lost operations", Sources: "Read back from",
		Disagree:  "The service and the database do not tell the same.",
		Condition: "Condition", Detail: "Detail", Window: "Window", Operations: "Operations", Fate: "Outcome", Count: "Count", Meaning: "Meaning",
		LostByPhase: "Losses by phase", AckedMeans: "the service confirmed", RejectedMeans: "the service said no, or nothing was sent",
		UnknownMeans: "no clear answer: done or not, the client cannot know", LostMeans: "acknowledged write, absent after recovery",
		DuplicatedMeans: "write present more than once", ResurrectedMeans: "rejected write that is there all the same",
		UnknownPresentMeans: "write without an answer that is there", UnknownAbsentMeans: "write without an answer that is not there",
		NoReadback: "Nothing was read back after recovery: what became of the writes is not known.",
		ReadFrom:   "Read back from", AndText: "and",

		ToldClient: "What the client was told", FoundAfter: "What is there after recovery", FaultWord: "Fault", TargetWord: "Target",
		Until: "Lifted at", Proof: "Effect seen", Lasts: "Time", VersionWord: "version", Colon: ": ",

		DecideStop: "Stop the deployment", DecideFailover: "Fail over to the recovery site", DecideFailback: "Fail back to the primary site",
		DecideRollback: "Roll back to the previous release",

		Detect: "Detect", Decide: "Decide", Act: "Act", FirstSuccess: "First success", Stable: "Stable",
		DetectMeans: "until the alarm", DecideMeans: "until the decision", ActMeans: "until the end of the last step before the service came back",
		FirstMeans: "until the first successful operation", StableMeans: "service stable, not counted in recovery time",
		GoalMark: "target", RecoveryOf: "After the fault", ErrorMeans: "The true value lies in this interval.", Total: "Recovery time",
		NotDetected: "the fault was not detected", NotDecided: "no decision", NeverMeans: "until the end of the run, still without service", Clock: "counted from the fault",

		PhaseBefore: "before", PhaseDeploying: "deploying", PhaseFailing: "failing", PhaseRecovered: "recovered", PhaseAll: "whole run",

		ChartTitle:     "Timeline of the run, throughput and latency on one time axis",
		ChartZoomTitle: "The outage close up, on a larger time axis",
		Throughput:     "Throughput", Latency: "Latency", PerSecond: "op/s", TimeAxis: "time since the start of the run",
		FaultMark: "fault", RestoredMark: "restored", Outage: "outage", LegendActive: "active", LegendStandby: "on standby", LegendLost: "lost",
		LegendFenced: "fenced", LegendWritable: "accepts writes", LegendNumbers: "Numbers in the drawing", LegendOutage: "service outage",
		LegendFault: "fault in force", NoSeries: "No load was measured.", LegendMerged: "intervals merged for the drawing", LegendFailed: "failed",
		LegendBiting: "effect of the fault seen",

		TopologyTitle: "Both sites, their services and links; what the faults hit is crossed out",
		Primary:       "primary site", Standby: "recovery site", Clients: "Clients", Broken: "service hit by a fault",
		BrokenLink: "link hit by a fault", Healthy: "declared link", AtStart: "at the start", AtEnd: "at the end", StoreMark: "database", EntryMark: "entry",
		BrokenPart: "hit",

		RunID: "Run", ScenarioID: "Scenario id", FileHash: "SHA-256 of the file", StageWord: "Stage", Releases: "Releases",
		Stability: "Stability window", IDPrefix: "Prefix of operations", HistoryLine: "History",
		Incomplete: "The history stops before the end of the run.", Reproduce: "To play it again", LiveRelease: "live at the start",
		TargetRelease: "deployed during the run", EnvironmentOf: "Environment", Fingerprint: "Fingerprint",
	}.typesetAll("en")
}
