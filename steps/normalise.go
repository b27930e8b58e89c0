package steps

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Normalise makes a feature file as people type it one that Gherkin reads as
// they mean it: composed accents, plain apostrophes, spaces and quotation marks
// in steps, keywords in their own case and accents, no space before the colon
// of a keyword, no byte-order mark, lines ended by a line feed, "# language: fr"
// for "fr-FR". Descriptions, comments and doc strings stay as they are. It is
// pure and idempotent, and a line keeps its number.
func Normalise(src []byte) []byte {
	lines := strings.Split(strings.TrimPrefix(string(src), "\ufeff"), "\n")
	for i, line := range lines {
		lines[i] = cleanLine(line)
	}
	lang, _ := languageOf(lines)
	n := &normaliser{words: keywordsOf(lang.known())}
	for i, line := range lines {
		lines[i] = n.line(line)
	}
	return []byte(strings.Join(lines, "\n"))
}

// cleanLine is a line with its accents composed and without what an editor put
// at its ends.
func cleanLine(line string) string {
	// Only Gherkin's own line feeds end a line.
	line = strings.TrimRight(strings.ToValidUTF8(line, "\ufffd"), "\r")
	line = strings.NewReplacer("\r", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ", "\u200b", "", "\u2060", "", "\ufeff", "").Replace(line)
	line = norm.NFC.String(line) // last: what stood between a letter and its accent is gone
	text := strings.TrimLeft(spaces(line), " ")
	indent := len([]rune(spaces(line))) - len([]rune(text))
	return strings.Repeat(" ", indent) + trimIndent(line)
}

// trimIndent drops every kind of space at the start.
func trimIndent(line string) string {
	for line != "" {
		r := []rune(line[:min(len(line), 4)])[0]
		if c := spaces(string(r)); c != " " && c != "" {
			return line
		}
		line = line[len(string(r)):]
	}
	return line
}

// normaliser goes through a file line by line; it must know where it is, since
// a description may begin with any word.
type normaliser struct {
	words   *keywords
	begun   bool   // a feature or a tag was seen
	inSteps bool   // in a scenario or a background
	seen    bool   // a step was seen there
	doc     string // the mark that ends the doc string we are in
}

func (n *normaliser) line(line string) string {
	text := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(text)]
	switch {
	case n.doc != "":
		if strings.HasPrefix(text, n.doc) {
			n.doc = ""
		}
		return line
	case n.seen && (strings.HasPrefix(text, `"""`) || strings.HasPrefix(text, "```")):
		n.doc = text[:3]
		return line
	case text == "":
		return indent
	case strings.HasPrefix(text, "#"):
		return indent + n.comment(text)
	case strings.HasPrefix(text, "@"):
		n.begun = true
		return indent + spaces(text)
	case strings.HasPrefix(text, "|"):
		return indent + quotes(apostrophes(spaces(text)))
	}
	plain := apostrophes(spaces(text))
	if keyword, rest, ok := n.words.titleLine(plain); ok {
		n.open(n.words.role[keyword])
		// The title keeps its typography: it is shown to people. Both forms have
		// as many characters.
		title := []rune(text)
		return indent + keyword + ":" + string(title[len(title)-len([]rune(rest)):])
	}
	if n.inSteps {
		return indent + n.step(text, plain)
	}
	return line
}

func (n *normaliser) open(r role) {
	n.begun = true
	n.inSteps = r == roleBackground || r == roleScenario || r == roleOutline
	n.seen = false
}

// step writes a step line; a line that is none comes back as it was. "et" in
// lower case begins a step only behind another one: elsewhere it goes on a
// sentence of the description.
func (n *normaliser) step(text, plain string) string {
	if strings.HasPrefix(plain, "* ") {
		n.seen = true
		return single(quotes(plain))
	}
	keyword, typed, rest, ok := n.words.stepLine(plain)
	if !ok || n.words.joins[keyword] && !n.seen && !strings.HasPrefix(typed, keyword[:1]) {
		return text
	}
	n.seen = true
	return keyword + single(quotes(strings.TrimLeft(rest, " ")))
}

// header is a comment that names the language of the file.
var header = regexp.MustCompile(`(?i)^#\s*(?:language|langue|lang)\s*:\s*(\S+)\s*$`)

func (n *normaliser) comment(text string) string {
	if n.begun {
		return text
	}
	m := header.FindStringSubmatch(spaces(text))
	if m == nil {
		return text
	}
	if lang := language(m[1]); lang == "fr" || lang == "en" {
		return "# language: " + string(lang)
	}
	return text
}

// language is the short name of a language: "fr" for fr-FR and français.
func language(name string) tongue {
	name = unaccented(name)
	if i := strings.IndexAny(name, "-_"); i > 0 {
		name = name[:i]
	}
	switch name {
	case "francais", "french":
		return "fr"
	case "anglais", "english":
		return "en"
	}
	return tongue(name)
}

// known is the language of the keywords to use.
func (t tongue) known() tongue {
	if t == "fr" {
		return t
	}
	return "en"
}

// languageOf is the language of a file, and where its header stands (0: it has
// none; then the language is what the keywords tell).
func languageOf(lines []string) (tongue, int) {
	for i, line := range lines {
		text := strings.TrimSpace(spaces(line))
		if text == "" {
			continue
		}
		if !strings.HasPrefix(text, "#") {
			break
		}
		if m := header.FindStringSubmatch(text); m != nil {
			return language(m[1]), i + 1
		}
	}
	fr, en := keywordsOf("fr"), keywordsOf("en")
	for _, line := range lines {
		plain := apostrophes(strings.TrimSpace(spaces(line)))
		if _, _, ok := en.titleLine(plain); ok {
			return "en", 0
		}
		if _, _, ok := fr.titleLine(plain); ok {
			return "fr", 0
		}
	}
	return "en", 0
}
