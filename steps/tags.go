package steps

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bascule/harness/history"
)

// Tag expressions, in both forms that people know: "@a && ~@b", where a comma
// is "or" and binds tighter, and Cucumber's "@a and not @b", with parentheses.
// The two are not mixed: a comma would not mean what it seems to.

// tagFilter tells whether a scenario with those tags is meant.
type tagFilter func(tags []string) bool

// tagWord is a part of an expression.
var tagWord = regexp.MustCompile(`\s*(&&|\|\||[,()~!]|@[^\s,()&|~!]+|[^\s,()&|~!@]+|.)`)

// parseTags reads an expression; an empty one means every scenario.
func parseTags(expr string) (tagFilter, error) {
	expr = strings.TrimSpace(expr)
	if expr == "" {
		return func([]string) bool { return true }, nil
	}
	p := &tagParser{expr: expr}
	for _, m := range tagWord.FindAllStringSubmatch(expr, -1) {
		if w := strings.TrimSpace(m[1]); w != "" {
			p.words = append(p.words, w)
		}
	}
	short := slices.ContainsFunc(p.words, func(w string) bool { return w == "&&" || w == "," || w == "~" })
	long := slices.ContainsFunc(p.words, func(w string) bool { return w == "and" || w == "or" || w == "not" || w == "(" })
	if short && long {
		return nil, tagError(expr, "écrivez « @a && ~@b » ou « @a and not @b », pas les deux à la fois", "write either \"@a && ~@b\" or \"@a and not @b\", not both")
	}
	read := p.or
	if short {
		read = p.all
	}
	f, err := read()
	if err == nil && len(p.words) > 0 {
		err = p.unexpected()
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// tagMistake is what is wrong with an expression, in both languages.
type tagMistake struct{ history.Text }

// Error is the mistake in English.
func (m tagMistake) Error() string { return m.EN }

func tagError(expr, fr, en string, args ...any) error {
	return tagMistake{history.Text{
		FR: fmt.Sprintf(typography("étiquettes « %s » : "), expr) + fmt.Sprintf(typography(fr), args...),
		EN: fmt.Sprintf("tags %q: ", expr) + fmt.Sprintf(en, args...),
	}}
}

type tagParser struct {
	expr  string
	words []string
}

func (p *tagParser) unexpected() error {
	if len(p.words) == 0 {
		return tagError(p.expr, "il manque une étiquette à la fin", "a tag is missing at the end")
	}
	w := p.words[0]
	switch {
	case w == "et" || w == "ou" || w == "sauf" || w == "AND" || w == "OR" || w == "NOT" || w == "||" || w == "!" || w == "&" || w == "|":
		return tagError(p.expr, "« %s » n’est pas connu ici ; écrivez and, or, not", "%q is not known here; use and, or, not", w)
	case regexp.MustCompile(`^\pL`).MatchString(w) && w != "and" && w != "or" && w != "not":
		return tagError(p.expr, "une étiquette commence par @ : vouliez-vous dire @%s ?", "a tag begins with @: did you mean @%s?", w)
	}
	return tagError(p.expr, "« %s » n’est pas attendu à cet endroit", "%q is not expected there", w)
}

func (p *tagParser) take(words ...string) bool {
	if len(p.words) == 0 || !slices.Contains(words, p.words[0]) {
		return false
	}
	p.words = p.words[1:]
	return true
}

// all is "x,y && z": every group, any of a group.
func (p *tagParser) all() (tagFilter, error) { return p.chain("&&", p.any, every) }

func (p *tagParser) any() (tagFilter, error) {
	return p.chain(",", func() (tagFilter, error) {
		if p.take("~") {
			return negated(p.tag())
		}
		return p.tag()
	}, some)
}

// or is "x and y or not z".
func (p *tagParser) or() (tagFilter, error) { return p.chain("or", p.and, some) }

func (p *tagParser) and() (tagFilter, error) { return p.chain("and", p.not, every) }

func (p *tagParser) not() (tagFilter, error) {
	switch {
	case p.take("not"):
		return negated(p.not())
	case p.take("("):
		f, err := p.or()
		if err == nil && !p.take(")") {
			err = tagError(p.expr, "une parenthèse n’est pas fermée", "a parenthesis is not closed")
		}
		return f, err
	}
	return p.tag()
}

func (p *tagParser) tag() (tagFilter, error) {
	if len(p.words) == 0 || len(p.words[0]) < 2 || p.words[0][0] != '@' {
		return nil, p.unexpected()
	}
	tag := p.words[0]
	p.words = p.words[1:]
	return func(tags []string) bool { return slices.Contains(tags, tag) }, nil
}

func (p *tagParser) chain(joint string, part func() (tagFilter, error), join func([]tagFilter) tagFilter) (tagFilter, error) {
	var parts []tagFilter
	for {
		f, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
		if !p.take(joint) {
			return join(parts), nil
		}
	}
}

func every(fs []tagFilter) tagFilter {
	return func(tags []string) bool {
		return !slices.ContainsFunc(fs, func(f tagFilter) bool { return !f(tags) })
	}
}

func some(fs []tagFilter) tagFilter {
	return func(tags []string) bool { return slices.ContainsFunc(fs, func(f tagFilter) bool { return f(tags) }) }
}

func negated(f tagFilter, err error) (tagFilter, error) {
	if err != nil {
		return nil, err
	}
	return func(tags []string) bool { return !f(tags) }, nil
}
