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

// When an action happens, tied to the deployment that runs in the background:
// "pendant la migration du schéma", "10 seconds after the deployment starts".

// The expressions are generous: what they take and nobody understands is told
// as an unknown moment or phase.
const (
	triggerFR = `(?:` + durationPattern + ` après .*|(?:pendant|durant|avant|après|dès) .*)`
	triggerEN = `(?:` + durationPattern + ` (?:after|into) .*|(?:during|before|after|while|once) .*)`
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
			plan.Switch:  {"bascule du trafic", "aiguillage du trafic"}, plan.Finish: {"clôture", "clôture du déploiement"},
		}[p]
	}
	return map[plan.Phase][]string{
		plan.Prepare: {"preparation", "prepare"}, plan.Migrate: {"schema migration", "migration", "migrate", "schema is being migrated", "schema migrates"},
		plan.Replace: {"instance replacement", "replacement of instances", "replacement", "instances are being replaced", "instances are replaced", "replace"},
		plan.Verify:  {"verification", "verify", "checks"}, plan.Switch: {"traffic switch", "switch"},
		plan.Finish: {"finish", "close-out"},
	}[p]
}

// trigger reads the moment of an action, checks it against the stage and the
// deployment, and keeps the order: what lies behind cannot be waited for.
func (b *builder) trigger(text string) (plan.Trigger, bool) {
	if text == "" {
		return plan.Trigger{On: plan.OnNow}, true
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
	t, ok := b.parseTrigger(text)
	return t, ok && b.inOrder(text, t)
}

func (b *builder) parseTrigger(text string) (plan.Trigger, bool) {
	plain := unaccented(text)
	if m := firstOf(plain, afterReplFR, afterReplEN); m != nil {
		return b.afterInstance(m)
	}
	var delay time.Duration
	if m := delayed.FindStringSubmatch(plain); m != nil {
		d, ok := b.duration(m[1])
		if !ok {
			return plan.Trigger{}, false
		}
		delay = d
		begin, rest := startOf.FindString(m[2]) != "", startOf.ReplaceAllString(m[2], "")
		if startsLater.MatchString(rest) {
			begin, rest = true, startsLater.ReplaceAllString(rest, "")
		}
		if isDeployment(rest) {
			return plan.Trigger{On: plan.OnStart, Delay: plan.Duration(delay)}, true
		}
		if strings.Contains(plain, " into ") {
			begin = true
		}
		moment := plan.After
		if begin {
			moment = plan.During
		}
		return b.atPhase(text, rest, moment, delay)
	}
	m := sideOf.FindStringSubmatch(plain)
	if m == nil {
		b.errorAt(text, "moment inconnu : « %s »", "unknown moment: %q", text).Hint = b.momentHint()
		return plan.Trigger{}, false
	}
	moment := map[string]plan.Moment{"avant": plan.Before, "before": plan.Before, "apres": plan.After, "after": plan.After, "once": plan.After}[m[1]]
	if moment == "" {
		moment = plan.During
	}
	words := m[2]
	switch {
	case startOf.MatchString(words) && moment != plan.Before:
		moment, words = plan.During, startOf.ReplaceAllString(words, "")
	case strings.HasPrefix(words, "la fin ") || strings.HasPrefix(words, "the end of "):
		moment, words = plan.After, strings.TrimPrefix(words, "the end of ")
	}
	if isDeployment(words) && moment == plan.During {
		return plan.Trigger{On: plan.OnStart}, true
	}
	return b.atPhase(text, words, moment, 0)
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
		b.errorAt(text, "un déploiement « %s » n’a pas de phase de bascule du trafic : ce moment ne viendrait jamais",
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
		b.errorAt(m[2], "le service « %s » a %d instance(s), pas %s", "service %q has %d instance(s), not %s", service, scale, m[2])
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
