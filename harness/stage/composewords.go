package stage

import (
	"regexp"

	"bascule/harness/history"
)

// sentence is an error of compose-go and how to say it to an author. Compose
// speaks English alone; what is not in the table is quoted as it is.
type sentence struct {
	expr   *regexp.Regexp
	fr, en string // every group of expr, as %[1]s...
}

func sentences() []sentence {
	s := func(expr, fr, en string) sentence { return sentence{regexp.MustCompile(expr), fr, en} }
	return []sentence{
		s(`^service "([^"]+)" depends on undefined service "([^"]+)"$`,
			"le service « %[1]s » dépend de « %[2]s », qui n’existe pas sur ce site", "service \"%[1]s\" depends on \"%[2]s\", which does not exist on this site"),
		s(`^service "([^"]+)" refers to undefined (?:build )?(volume|network|config|secret|model) (\S+)$`,
			"le service « %[1]s » emploie « %[3]s » (%[2]s), qui n’est déclaré nulle part", "service \"%[1]s\" uses %[2]s \"%[3]s\", which is declared nowhere"),
		s(`^service "([^"]+)" has neither an image nor a build context specified$`,
			"le service « %[1]s » n’a ni « image » ni « build »", "service \"%[1]s\" has neither \"image\" nor \"build\""),
		s(`^env file (\S+) not found: .*$`, "le fichier « %[1]s » n’existe pas", "file \"%[1]s\" does not exist"),
		s(`^dependency cycle detected: (.+)$`, "des services dépendent les uns des autres en rond : %[1]s", "services depend on each other in a circle: %[1]s"),
		s(`^(\S+) must be an? (.+)$`, "« %[1]s » est d’un autre type que celui attendu (%[2]s)", "\"%[1]s\" must be of another type (%[2]s)"),
		s(`^error while interpolating (\S+): failed to cast to expected type: .* parsing "([^"]*)": .*$`,
			"« %[1]s » n’admet pas la valeur « %[2]s »", "\"%[1]s\" does not admit \"%[2]s\""),
		s(`^invalid containerPort: (.+)$`, "« %[1]s » n’est pas un numéro de port", "\"%[1]s\" is not a port number"),
		s(`^decoding failed due to the following error\(s\): '(\S+)' time: invalid duration "([^"]*)"$`,
			"« %[1]s » n’est pas une durée : « %[2]s »", "\"%[1]s\" is not a duration: \"%[2]s\""),
	}
}

// sayCompose puts an error of compose-go into both languages.
func sayCompose(message string) history.Text {
	for _, s := range sentences() {
		m := s.expr.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		groups := make([]any, len(m)-1)
		for i, g := range m[1:] {
			groups[i] = g
		}
		return bilingual(s.fr, s.en, groups...)
	}
	return bilingual("Compose refuse ce fichier : %s", "Compose refuses this file: %s", message)
}
