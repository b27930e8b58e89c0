package steps

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"bascule/harness/plan"
)

// When an action happens, tied to the deployment that runs in the background
// ("pendant la migration du schéma", "10 seconds after the deployment starts"),
// to the runbook that is followed (runbooktrigger.go), or to the fault before it.

// The expressions are generous: what they take and nobody understands is told
// as an unknown moment or phase.
const (
	triggerFR = `(?:` + durationPattern + ` après .*|(?:pendant|durant|avant|après|dès) .*|en même temps|au même (?:moment|instant))`
	triggerEN = `(?:` + durationPattern + ` (?:after|into) .*|(?:during|before|after|while|once) .*|at the same (?:time|moment)|simultaneously)`
)

var (
	delayed     = regexp.MustCompile(`^(` + durationPattern + `) (?:apres|after|into) (.*)$`)
	afterReplFR = regexp.MustCompile(`^apres (?:le remplacement de )?l'instance (\d+)(?: sur (\d+))? (?:du service|de) "([^"]*)"$`)
	afterReplEN = regexp.MustCompile(`^after (?:the replacement of )?instance (\d+)(?: of (\d+))? (?:of|for) (?:the )?(?:service )?"([^"]*)"(?: (?:is|was|has been) replaced)?$`)
	sideOf      = regexp.MustCompile(`^(pendant|durant|avant|apres|des|during|before|after|while|once) (.*)$`)
	startOf     = regexp.MustCompile(`^(?:le (?:debut|demarrage|lancement) (?:de la |de l'|du |des |de )|the start of (?:the )?)`)
	startsLater = regexp.MustCompile(` (?:starts|has started|begins|has begun)$`)
)

// progress is how far a deployment has come when a trigger acts.
type progress struct{ phase, moment int }

// phases in their order, as a plan names them.
func phases() []plan.Phase {
	return []plan.Phase{plan.Prepare, plan.Migrate, plan.Replace, plan.Verify, plan.Switch, plan.Finish}
}

// phaseWords is how a phase is called, the first word being the one to show.
func phaseWords(p plan.Phase, lang tongue) []string {
	if lang == "fr" {
		return map[plan.Phase][]string{
			plan.Prepare: {"préparation"}, plan.Migrate: {"migration du schéma", "migration", "migration de la base"},
			plan.Replace: {"remplacement des instances", "remplacement", "remplacement d'instances"},
			plan.Verify:  {"vérification", "vérifications", "contrôle", "contrôles"},
			plan.Switch:  {"aiguillage du trafic", "bascule du trafic"}, plan.Finish: {"clôture", "clôture du déploiement"},
		}[p]
	}
	return map[plan.Phase][]string{
		plan.Prepare: {"preparation", "prepare"}, plan.Migrate: {"schema migration", "migration", "migrate", "schema is being migrated", "schema migrates"},
		plan.Replace: {"instance replacement", "replacement of instances", "replacement", "instances are being replaced", "instances are replaced", "replace"},
		plan.Verify:  {"verification", "verify", "checks"}, plan.Switch: {"traffic switch", "switch"},
		plan.Finish: {"finish", "close-out"},
	}[p]
}

// trigger reads the moment of an action, checks it against the stage, the
// deployment and the runbook, and keeps the order: what lies behind cannot be
// waited for.
func (b *builder) trigger(text string, do plan.Action) (plan.Trigger, bool) {
	if text == "" {
		return plan.Trigger{On: plan.OnNow}, true
	}
	plain := unaccented(text)
	if atOnce.MatchString(plain) {
		return b.together(text, do)
	}
	when, known := instantOf(plain)
	if known {
		if t, ok, mine := b.onRunbook(text, when, do); mine {
			return t, ok
		}
	}
	if b.deploy == nil {
		b.errorAt(text, "« %s » : aucun déploiement n’a démarré avant cette étape", "%q: no deployment has started before this step", text).Hint =
			b.lang.say("ajoutez avant elle « Quand le déploiement de la version \"…\" démarre »", "add before it: When deployment of release \"…\" starts")
		return plan.Trigger{}, false
	}
	if !b.underWay {
		b.errorAt(text, "« %s » : le déploiement est déjà terminé à cette étape", "%q: the deployment has already ended at this step", text)
		return plan.Trigger{}, false
	}
	if m := firstOf(plain, afterReplFR, afterReplEN); m != nil {
		t, ok := b.afterInstance(m)
		return t, ok && b.inOrder(text, t)
	}
	if !known {
		b.errorAt(text, "moment inconnu : « %s »", "unknown moment: %q", text).Hint = b.momentHint()
		return plan.Trigger{}, false
	}
	t, ok := b.onDeployment(text, when)
	return t, ok && b.inOrder(text, t)
}

// instant is a moment taken apart: a side of something, and how long after it.
type instant struct {
	moment plan.Moment
	delay  string // "" for none
	words  string // what it is a side of
}

// instantOf takes a moment apart; it is false for words that are no moment.
func instantOf(plain string) (instant, bool) {
	if m := delayed.FindStringSubmatch(plain); m != nil {
		i := instant{moment: plan.After, delay: m[1], words: startOf.ReplaceAllString(m[2], "")}
		if i.words != m[2] || startsLater.MatchString(i.words) || strings.Contains(plain, " into ") {
			i.moment, i.words = plan.During, startsLater.ReplaceAllString(i.words, "")
		}
		return i, true
	}
	m := sideOf.FindStringSubmatch(plain)
	if m == nil {
		return instant{}, false
	}
	i := instant{moment: plan.During, words: m[2]}
	switch m[1] {
	case "avant", "before":
		i.moment = plan.Before
	case "apres", "after", "once":
		i.moment = plan.After
	}
	switch {
	case startOf.MatchString(i.words) && i.moment != plan.Before:
		i.moment, i.words = plan.During, startOf.ReplaceAllString(i.words, "")
	case strings.HasPrefix(i.words, "la fin ") || strings.HasPrefix(i.words, "the end of "):
		i.moment, i.words = plan.After, strings.TrimPrefix(i.words, "the end of ")
	case startsLater.MatchString(i.words):
		i.words = startsLater.ReplaceAllString(i.words, "")
		if i.moment == plan.After {
			i.moment = plan.During
		}
	}
	return i, true
}

// onDeployment ties an action to the deployment as a whole, or to a phase of it.
func (b *builder) onDeployment(text string, when instant) (plan.Trigger, bool) {
	delay, ok := b.duration(when.delay)
	if !ok {
		return plan.Trigger{}, false
	}
	if isDeployment(when.words) && (when.delay != "" || when.moment == plan.During) {
		return plan.Trigger{On: plan.OnStart, Delay: plan.Duration(delay)}, true
	}
	return b.atPhase(text, when.words, when.moment, delay)
}

var atOnce = regexp.MustCompile(`^(?:en meme temps|au meme (?:moment|instant)|at the same (?:time|moment)|simultaneously)$`)

// together ties a fault to the one before it.
func (b *builder) together(text string, do plan.Action) (plan.Trigger, bool) {
	if n := len(b.sc.Steps); do != plan.DoFault || n == 0 || b.sc.Steps[n-1].Do != plan.DoFault {
		b.errorAt(text, "« %s » ne se dit que d’une panne, juste après une autre panne", "%q is only said of a fault, right after another fault", text)
		return plan.Trigger{}, false
	}
	return plan.Trigger{On: plan.OnTogether}, true
}

func firstOf(s string, exprs ...*regexp.Regexp) []string {
	for _, e := range exprs {
		if m := e.FindStringSubmatch(s); m != nil {
			return m
		}
	}
	return nil
}

// isDeployment recognises the deployment itself, as against one of its phases.
func isDeployment(words string) bool {
	words = strings.TrimPrefix(strings.TrimPrefix(words, "le "), "the ")
	return words == "deploiement" || words == "deployment"
}

// articles are the words before the name of a phase.
var articles = regexp.MustCompile(`^(?:que |qu')?(?:la |le |les |l'|the )?(?:fin (?:de la |de l'|du |des )?)?(?:phase (?:de la |de l'|du |des |de |d')?)?(?:la |le |les |l'|the )?`)

// atPhase ties an action to a phase, before it, inside it or after it.
func (b *builder) atPhase(text, words string, moment plan.Moment, delay time.Duration) (plan.Trigger, bool) {
	name := articles.ReplaceAllString(words, "")
	name = strings.TrimSuffix(strings.TrimSuffix(name, " phase"), " phases")
	var known []string
	shown := map[string]string{}
	for _, p := range phases() {
		names := phaseWords(p, b.lang)
		known = append(known, names[0])
		for _, n := range names {
			shown[n] = names[0]
		}
		if !same(name, names...) {
			continue
		}
		if !b.hasPhase(text, p) {
			return plan.Trigger{}, false
		}
		return plan.Trigger{On: plan.OnPhase, Phase: p, Moment: moment, Delay: plan.Duration(delay)}, true
	}
	b.errorAt(text, "phase de déploiement inconnue : « %s »", "unknown phase of a deployment: %q", text).Hint =
		knownHint(b.lang, cmp.Or(shown[nearest(name, slices.Sorted(maps.Keys(shown)))], name), known)
	return plan.Trigger{}, false
}

// hasPhase tells whether this deployment goes through a phase.
func (b *builder) hasPhase(text string, p plan.Phase) bool {
	release, _ := b.release(b.deploy.Deploy.Release)
	switch {
	case p == plan.Migrate && release.Migration == nil:
		b.errorAt(text, "la version « %s » ne migre pas de schéma : ce moment ne viendrait jamais", "release %q migrates no schema: this moment would never come", release.Version)
		return false
	case p == plan.Switch && (b.deploy.Deploy.Strategy == "rolling" || b.deploy.Deploy.Strategy == "recreate"):
		b.errorAt(text, "un déploiement « %s » n’a pas de phase d’aiguillage du trafic : ce moment ne viendrait jamais",
			"a %s deployment has no traffic switch: this moment would never come", b.deploy.Deploy.Strategy)
		return false
	}
	return true
}

// afterInstance ties an action to the replacement of one instance.
func (b *builder) afterInstance(m []string) (plan.Trigger, bool) {
	site, ok := b.siteNamed(b.deploy.Deploy.Sites[0])
	if !ok {
		return plan.Trigger{}, false
	}
	service, ok := b.service(m[3], site)
	if !ok {
		return plan.Trigger{}, false
	}
	if services := b.stage.Deployment.Services; !slices.Contains(services, service) {
		b.errorAt(m[3], "le déploiement ne remplace pas le service « %s »", "the deployment does not replace service %q", service).Hint =
			knownHint(b.lang, service, services)
		return plan.Trigger{}, false
	}
	n := node{site: site, service: service}
	k, ok := b.instance(m[1], n)
	if !ok {
		return plan.Trigger{}, false
	}
	scale := b.scale(site, service)
	if m[2] != "" && atoi(m[2]) != scale {
		b.errorAt(m[2], "le service « %s » a %s, pas %s", "service %q has %s, not %s", service, b.instances(scale), m[2])
		return plan.Trigger{}, false
	}
	return plan.Trigger{On: plan.OnInstance, Phase: plan.Replace, Moment: plan.After, Service: service, K: k, N: scale}, true
}

// inOrder refuses a moment that has passed when its step comes: steps run one
// after the other.
func (b *builder) inOrder(text string, t plan.Trigger) bool {
	if t.On == plan.OnStart {
		return true
	}
	at := progress{phase: slices.Index(phases(), t.Phase), moment: slices.Index([]plan.Moment{plan.Before, plan.During, plan.After}, t.Moment)}
	if t.On == plan.OnInstance {
		at.moment = 1
	}
	if at.phase < b.reached.phase || at.phase == b.reached.phase && at.moment < b.reached.moment {
		b.errorAt(text, "« %s » : ce moment est déjà passé, une étape d’avant attend plus tard dans le déploiement",
			"%q: this moment has passed, a step before waits for a later one of the deployment", text).Hint =
			b.lang.say("mettez les étapes dans l’ordre du déploiement", "put the steps in the order of the deployment")
		return false
	}
	b.reached = at
	return true
}

func (b *builder) momentHint() string {
	return b.lang.say("par exemple « pendant la migration du schéma », « après le remplacement de l’instance 1 du service \"orders\" », « 10 secondes après le début du déploiement »",
		"for example: during schema migration, after instance 1 of service \"orders\" is replaced, 10 seconds after the deployment starts")
}
